"""What the tests of all systems share: a sandbox that answers at an address."""

from collections.abc import Iterator

import pytest

from colophon_sandbox.serve import running_sandbox


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """Where the sandbox answers."""
    with running_sandbox() as url:
        yield url
