"""Whether rights that end are carried on by others: the one rule for alerts and letters.

A later right carries on an older one that gives at least the same formats, territories, languages and channels, ends later and
leaves no day between. A licence is carried on by the renewal that names it, or by one of the same licensee that names none and
licenses the same kind of right; one that was terminated carries nothing on. What is not recorded is never "at least the same".
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta

from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import ALL, DealStatus, RightsDeal, RightsFormat
from colophon.rights.formats import is_granted

IN_FORCE = frozenset({DealStatus.AGREED, DealStatus.SIGNED})
"""Licences that hold, or will when their first day comes."""
_WORLD = "WORLD"
_DAY = timedelta(days=1)


def carried_on(records: Iterable[HeadGrant | RightsDeal]) -> frozenset[str]:
    """Subjects of those records that another one of them carries on; a work's records are to be looked at together."""
    by_work = defaultdict[int | None, list[HeadGrant | RightsDeal]](list)
    for record in records:
        by_work[record.work_id].append(record)
    return frozenset(old.subject for own in by_work.values() for old in own if any(_carries_on(new, old) for new in own))


def _carries_on(new: HeadGrant | RightsDeal, old: HeadGrant | RightsDeal) -> bool:
    if not _is_next(new, old) or old.expires_on is None or (new.expires_on is not None and new.expires_on <= old.expires_on):
        return False
    has_gap = new.starts_on is not None and new.starts_on > old.expires_on + _DAY
    return not has_gap and _gives_as_much(new, old)


def _is_next(new: HeadGrant | RightsDeal, old: HeadGrant | RightsDeal) -> bool:
    """Whether the two are about the same right of the same holder."""
    if isinstance(new, RightsDeal) and isinstance(old, RightsDeal):
        return new.status in IN_FORCE and new.terminated_on is None and (new.renewal_of == old.id if new.renewal_of else _follows(new, old))
    return new.contract_id == old.contract_id


def _follows(new: RightsDeal, old: RightsDeal) -> bool:
    """Whether a licence that names no other continues one by its content. Without a first day nobody knows that it follows."""
    same = (new.licensee_id, new.rights_type, new.is_exclusive) == (old.licensee_id, old.rights_type, old.is_exclusive)
    return same and new.id != old.id and new.starts_on is not None and (old.starts_on is None or new.starts_on > old.starts_on)


def _gives_as_much(new: HeadGrant | RightsDeal, old: HeadGrant | RightsDeal) -> bool:
    if not set(new.excluded_territories or ()) <= set(old.excluded_territories or ()):
        return False
    if isinstance(new, RightsDeal) and isinstance(old, RightsDeal) and not _covers(new.isbns or (ALL,), old.isbns or (ALL,)):
        return False
    everywhere = _WORLD in (new.territories or ())
    return (
        _has_formats(new.formats, old.formats)
        and (_covers(new.territories, old.territories) or (everywhere and bool(old.territories)))
        and _covers(new.languages, old.languages)
        and _covers(new.channels, old.channels)
    )


def _has_formats(new: Collection[str] | None, old: Collection[str] | None) -> bool:
    """As `_covers`, and who has print has hardback."""
    if not new or not old or _covers(new, old):
        return _covers(new, old)
    return all(name in RightsFormat.__members__ and is_granted(RightsFormat[name], new) for name in old)


def _covers(new: Collection[str] | None, old: Collection[str] | None) -> bool:
    return bool(new and old) and (ALL in (new or ()) or set(old or ()) <= set(new or ()))
