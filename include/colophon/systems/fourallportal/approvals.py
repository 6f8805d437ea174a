"""Whether the bytes of an approved asset are those that somebody approved, and fit to be used: an approval is of one version's bytes, and of no others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from colophon.config.portal_assets import AssetCheck
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.contents import Content, faults_of

Approvals = dict[str, list[Any]]
"""By file id: version, day of approval, hash, what was seen of the bytes (`good`, `bad`, `waits` to be read, empty: believed), and what they are. JSON, for the ledger."""
Look = Callable[[Asset], tuple[str, Content | None] | None]
"""Says of bytes whether they are `good` or `bad`, and what they are; None where it may not look any more in this run."""
CHANGED, OTHERS, WAITS = "its bytes changed after its approval", "its bytes are not those that its hash names", "its bytes wait to be read"
GOOD, BAD, BELIEVED = "good", "bad", ""
_DOUBTS = {GOOD: "", BELIEVED: "", BAD: OTHERS, "waits": WAITS}


def doubted(
    assets: Iterable[Asset], approved: Iterable[str], known: Approvals, look: Look | None, checks: Mapping[str, AssetCheck]
) -> Iterator[tuple[Asset, list[Any] | None]]:
    """Each asset with what is to be doubted of its bytes, and what to remember of it (None: it is not approved).

    :param approved: statuses that approve. :param look: what it may not look at is new and waits, or was believed until now and still is.
        Without it the portal's word counts. :param checks: what a kind of asset has to be.
    """
    statuses = frozenset(approved)
    for asset in assets:
        if asset.status not in statuses:
            yield asset, None
            continue
        mark, before = [asset.version, asset.approved_on], known.get(asset.id)
        if before is not None and before[:2] == mark and before[2] != asset.sha256 and before[3] != BAD:
            yield asset._replace(doubt=CHANGED), before
            continue
        check = checks.get(asset.kind)
        seen, content = _seen(
            asset, before if before is not None and before[:2] == mark and before[2] == asset.sha256 else None, look, check
        )
        found = list(faults_of(content, check, asset.isbns)) if content is not None and check is not None else []
        stops, warns = ("; ".join(words for is_stop, words in found if is_stop is wanted) for wanted in (True, False))
        yield asset._replace(doubt=_DOUBTS[seen] or stops, remarks=warns), [*mark, asset.sha256, seen, content and list(content)]


def _seen(asset: Asset, before: list[Any] | None, look: Look | None, check: AssetCheck | None) -> tuple[str, Content | None]:
    """What was seen of the bytes, now or before."""
    seen, content = (before[3], Content(*before[4]) if before[4:] and before[4] else None) if before else (None, None)
    is_known = seen == GOOD and (content is not None or check is None)
    if look is None or is_known or not (asset.sha256 or check):
        return (seen if seen in {GOOD, BAD} else BELIEVED), content
    return look(asset) or (seen if seen in {GOOD, BELIEVED} else "waits", content)
