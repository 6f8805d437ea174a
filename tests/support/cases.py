"""What a use case needs, as its operators ask for it."""

from collections.abc import Callable

from colophon.blocks.use_case import Needs
from colophon.readiness import needs_of_all


def case_of(use_case: str) -> Callable[[], Needs]:
    """The loader of a use case by its name, such as `push.rights_expiry_scan`."""
    return lambda: needs_of_all()[use_case.replace(".", "__")]
