"""Who owns a field wins; its own side is never written; a change of the other side is not lost in silence."""

from hypothesis import given
from hypothesis import strategies as st

from colophon.blocks.ownership import Change, Owner, changes

FIELDS = ("title", "subtitle", "keywords")
RECORDS = st.fixed_dictionaries({}, optional={field: st.sampled_from(["sea", "fox", ""]) for field in FIELDS})


def test_the_owners_word_goes_to_the_other_side_and_a_foreign_change_is_named() -> None:
    """A person at the portal changed our subtitle; its keywords are its own; what nobody owns stays."""
    owners = {"subtitle": Owner.OURS, "keywords": Owner.THEIRS}
    agreed = {"subtitle": "A sea story", "keywords": "sea", "note": "x"}
    theirs = {"subtitle": "A fox story", "keywords": "sea, storm", "note": "z"}
    assert list(changes(owners, agreed=agreed, ours=agreed, theirs=theirs)) == [
        Change("subtitle", Owner.THEIRS, "A sea story", is_overruled=True),
        Change("keywords", Owner.OURS, "sea, storm", is_overruled=False),
    ]


@given(st.fixed_dictionaries({}, optional={f: st.sampled_from(Owner) for f in FIELDS}), RECORDS, RECORDS, RECORDS)
def test_after_the_changes_both_sides_agree_and_no_owner_was_written(
    owners: dict[str, Owner], agreed: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    """Whatever stood where; and the night after nothing is to be done."""
    sides = {Owner.OURS: dict(ours), Owner.THEIRS: dict(theirs)}
    for change in changes(owners, agreed=agreed, ours=ours, theirs=theirs):
        assert change.side is not owners[change.field]
        assert change.is_overruled == (sides[change.side].get(change.field) != agreed.get(change.field))
        sides[change.side][change.field] = change.value
    assert all(sides[Owner.OURS].get(field) == sides[Owner.THEIRS].get(field) for field in owners)
    now = {field: sides[owner].get(field) for field, owner in owners.items()}
    assert list(changes(owners, agreed=now, ours=sides[Owner.OURS], theirs=sides[Owner.THEIRS])) == []
    assert all(
        sides[side].get(field) == record.get(field)
        for side, record in ((Owner.OURS, ours), (Owner.THEIRS, theirs))
        for field in FIELDS
        if field not in owners
    )
