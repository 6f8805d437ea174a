"""Rights facts between the steps of a run: nothing is lost, and what nobody can read closes what it may concern."""

from datetime import date

from rights_records import ATLAS, DAY, contract, deal, grant, product

from colophon.domain.finding import Finding, Severity
from colophon.domain.team import TeamMember, TeamRole
from colophon.rights import judge
from colophon.rights.facts import FactLines, read_facts

MEMBER = TeamMember(id=1, work_id=3, role=TeamRole.LEGAL, contact_id=31, ends_on=date(2026, 12, 31))


def unreadable(subject, about=""):
    """A record that could not be read."""
    words = {"field": "territories", "found": "'??'", "expected": "codes", "remedy": "Correct it.", "owner": "operations"}
    return Finding(subject=subject, rule="G7", severity=Severity.ERROR, about=about, **words)


def facts_of(*records, known=("contract", "head_grant", "rights_deal"), size=100):
    """Staged and read again, batch by batch."""
    lines = FactLines()
    for kind in known:
        lines.know(kind)
    for record in records:
        lines.add(record)
    return [read_facts(batch) for batch in lines.batches(size)]


def is_open(facts, number=0):
    """Whether the paperback may be sold in Germany."""
    return judge(list(facts.holdings())[number], ATLAS).is_open("DE", "retail", DAY)


def test_what_is_staged_is_what_was_read() -> None:
    """Records survive whole, and open what they opened; a title in any script, with quotes and line ends, too."""
    title = 'He said "no"\n\u2028 \u05d0\u05d1 </script>'
    (facts,) = facts_of(product(title=title), contract(), grant(), deal(), MEMBER, known=("team_member",))
    assert facts.products[0].title == title
    assert (facts.contracts, facts.grants, facts.deals, facts.team) == (None, None, None, (MEMBER,))
    (facts,) = facts_of(product(), contract(), grant(), deal())
    assert (facts.contracts, facts.grants, facts.deals) == ((contract(),), (grant(),), (deal(),))
    assert facts.team is None
    assert is_open(facts)


def test_a_kind_that_is_not_known_closes() -> None:
    """No report of licences is not "no licences"."""
    (facts,) = facts_of(product(), contract(), grant(), known=("contract", "head_grant"))
    assert facts.deals is None
    assert not is_open(facts)


def test_works_stay_whole_in_their_batch() -> None:
    """Batches are cut between works; a product never loses its contract to another batch."""
    records = [
        made
        for number in range(1, 8)
        for made in (
            product(id=number, work_id=number),
            contract(id=number, work_id=number),
            grant(id=number, work_id=number, contract_id=number),
        )
    ]
    batches = facts_of(*records, size=7)
    assert [len(batch.products) for batch in batches] == [2, 2, 2, 1]
    assert all(is_open(batch, number) for batch in batches for number in range(len(batch.products)))


def test_a_licence_that_cannot_be_read_closes_its_work_or_if_nobody_knows_which_every_work() -> None:
    """An exclusive licence may hide behind it."""
    others = [product(id=8, work_id=4, isbn13="9781999000011"), contract(id=2, work_id=4), grant(id=6, work_id=4, contract_id=2)]
    mine = [product(), contract(), grant()]
    (facts,) = facts_of(*mine, *others, unreadable("rights_deal:9", "work:3"))
    assert (is_open(facts, 0), is_open(facts, 1)) == (False, True)
    batches = facts_of(*mine, *others, unreadable("report:rights_deals.csv, row 9"), size=4)
    assert len(batches) == 2
    assert not any(is_open(batch) for batch in batches)


def test_a_team_that_cannot_be_read_closes_nothing() -> None:
    """Who is told has nothing to do with what may be sold; the fault is told all the same."""
    (facts,) = facts_of(product(), contract(), grant(), unreadable("report:team.csv, row 2", "work:3"))
    assert is_open(facts)
    assert [finding.subject for finding in facts.unreadable] == ["report:team.csv, row 2"]
