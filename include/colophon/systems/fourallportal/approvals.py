"""Whether the bytes of an approved asset are those that somebody approved: an approval is of one version's bytes, and of no others."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from colophon.systems.fourallportal.assets import Asset

Approvals = dict[str, list[str]]
"""By file id: version, day of approval, hash, and what was seen of the bytes: `good`, `bad`, `waits` to be read, empty (believed). JSON, for the ledger."""
CHANGED, OTHERS, WAITS = "its bytes changed after its approval", "its bytes are not those that its hash names", "its bytes wait to be read"
GOOD, BELIEVED = "good", ""
_DOUBTS = {GOOD: "", BELIEVED: "", "bad": OTHERS, "waits": WAITS}


def doubted(
    assets: Iterable[Asset],
    approved: Iterable[str],
    known: Mapping[str, list[str]],
    look: Callable[[Asset], str | None] | None,
) -> Iterator[tuple[Asset, list[str] | None]]:
    """Each asset with what is to be doubted of its bytes, and what to remember of it (None: it is not approved).

    :param approved: statuses that approve. :param look: says of bytes whether they are `good` or `bad`, None where it may not look any
        more in this run: what is new then waits, and what was believed until now still is. Without it the portal's word counts.
    """
    statuses = frozenset(approved)
    for asset in assets:
        if asset.status not in statuses:
            yield asset, None
            continue
        mark, before = [asset.version, asset.approved_on], known.get(asset.id)
        if before is not None and before[:2] == mark and before[2] != asset.sha256 and before[3] != "bad":
            yield asset._replace(doubt=CHANGED), before
            continue
        seen = before[3] if before is not None and before[:3] == [*mark, asset.sha256] else None
        if look is None or not asset.sha256:
            seen = GOOD if seen == GOOD else BELIEVED
        elif seen != GOOD:
            seen = look(asset) or (BELIEVED if seen == BELIEVED else "waits")
        yield asset._replace(doubt=_DOUBTS[seen]), [*mark, asset.sha256, seen]
