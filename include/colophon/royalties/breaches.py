"""Identities of section 12 that do not hold; nothing is issued while one does not."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from colophon.errors import UnbalancedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One identity that does not hold; `identity` is its number in section 12.

    `by`: how far its two sides are apart, minor units of `currency`, or copies or a number where that is empty; `rows`: what they
    are made of.
    """

    identity: int
    subject: str
    what: str
    by: int = field(default=0, repr=False)
    currency: str = ""
    rows: tuple[str, ...] = ()


def require(breaches: Iterable[Breach]) -> None:
    """Nothing if all identities hold.

    :raises UnbalancedError: one does not; the batch must not be issued. It carries all of them, amounts only as attributes.
    """
    found = tuple(breaches)
    if found:
        first = found[0]
        raise UnbalancedError(
            f"Control total {first.identity} does not hold: {first.what}.",
            breaches=found,
            subject=first.subject,
            evidence=f"{len(found)} in all; the first over {len(first.rows)} rows: {', '.join(first.rows[:5])}",
        )
