"""Whether the bytes of an approved asset are those that somebody approved: an approval is of one version's bytes, and of no others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from colophon.systems.fourallportal.assets import Asset

Approvals = dict[str, list[str]]
"""By file id: version, day of approval, hash, and whether the bytes were looked at (`good`, `bad`, empty: not). JSON, for the ledger."""
CHANGED, OTHERS, WAITS = "its bytes changed after its approval", "its bytes are not those that its hash names", "its bytes wait to be read"
_DOUBTS = {"good": "", "bad": OTHERS, "": WAITS}


def doubted(
    assets: Iterable[Asset],
    approved: Iterable[str],
    known: Mapping[str, list[str]],
    look: Callable[[Asset], str | None] | None,
) -> Iterator[tuple[Asset, list[str] | None]]:
    """Each asset with what is to be doubted of its bytes, and what to remember of it (None: it is not approved).

    :param approved: statuses that approve. :param look: says of bytes whether they are `good` or `bad`, None where it may not look any
        more in this run; without it the portal's word counts.
    """
    statuses = frozenset(approved)
    for asset in assets:
        if asset.status not in statuses:
            yield asset, None
            continue
        entry: list[str] = [asset.version, asset.approved_on, asset.sha256, ""]
        before: list[Any] = known.get(asset.id, entry)
        if before[:2] == entry[:2] and before[2] != entry[2] and before[3] != "bad":
            yield asset._replace(doubt=CHANGED), before
            continue
        is_good = before[:3] == entry[:3] and before[3] == "good"
        if look is None or not asset.sha256:
            yield asset, entry
            continue
        entry[3] = "good" if is_good else look(asset) or ""
        yield asset._replace(doubt=_DOUBTS[entry[3]]), entry
