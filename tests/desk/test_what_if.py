"""*What if*: a contract's end, a day of publication or a rule's severity on paper; who would be closed, kept back or told. Nothing is saved."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from colophon.domain.delivery import Intent, Verdict
from colophon.ledger.tables import deliveries, exceptions

ISBN, SHOP, USE_CASE = "9781999000110", "retailer-plain", "xconnector__metadata_syndication"
"""One that may be sold in all the world, and a recipient who has it."""


def asked(client, isbn: str = ISBN, **question: object) -> str:
    """The page in words."""
    answer = client.get(f"/titles/{isbn}/what-if", params=question)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_title_on_paper(desk, catalogue, connect, ledger) -> None:
    """Each question by the same judgement as a run's: a contract that has ended closes, one that ends soon tells people, a stricter rule keeps back."""
    connect(catalogue)
    intent = Intent(
        USE_CASE, SHOP, f"isbn:{ISBN}", "A", b"<Product/>", "application/xml", ledger.clock(), labels={"isbn": ISBN, "title": "T"}
    )
    ledger.plan([intent])
    [claim] = ledger.claim(USE_CASE, SHOP, owner="test", lease_s=60, limit=1)
    ledger.finish([Verdict(claim.id, "confirmed")], owner="test")
    with ledger.engine.connect() as connection:
        counts = [connection.scalar(select(func.count()).select_from(table)) for table in (deliveries, exceptions)]
    viewer, today = desk.client("viewer"), datetime.now(UTC).date()
    page = viewer.get(f"/titles/{ISBN}/what-if").text
    assert "Nothing is asked yet" in page
    [contract] = re.findall(r'<option value="(\d+)">[^<]*(?:until|without end)', page)

    ended = asked(viewer, contract=contract, ends=today - timedelta(days=3))
    assert re.search(rf"{SHOP} would go would be closed", ended)
    assert re.search(rf"closes 24\d countries through online, from {today}", ended)
    assert f"Today: head contract contract:{contract} ends on {today - timedelta(days=3)}, remove from distribution" in ended

    soon = asked(viewer, contract=contract, ends=today + timedelta(days=200))
    assert "Nothing would change at any recipient today." in soon
    assert f"from {today + timedelta(days=201)}" in soon
    assert re.search(rf"On {today + timedelta(days=20)}: head contract contract:{contract} .* legal, contact \d+", soon)

    later = asked(viewer, published=today + timedelta(days=400))
    assert re.search(r"Date .*→ \d{8}", later)
    assert "working days to spare" in later or "not known → " in later

    strict = asked(viewer, rule="c4", severity="E")
    assert re.search(rf"{SHOP} would go kept back C4", strict) or "Nothing would change at any recipient today." in strict
    with ledger.engine.connect() as connection:
        assert counts == [connection.scalar(select(func.count()).select_from(table)) for table in (deliveries, exceptions)]


def test_half_a_question_is_refused(desk, catalogue, connect) -> None:
    """A day without a contract, a contract of others, a day that is none, a rule that is none: in words, and nothing breaks."""
    connect(catalogue)
    viewer = desk.client("viewer")
    for question, words in (
        ({"ends": "2027-01-01"}, "half a question"),
        ({"contract": "999999", "ends": "2027-01-01"}, "no contract 999999"),
        ({"contract": "1", "ends": "2027-02-30"}, "is no day"),
        ({"rule": "D99", "severity": "E"}, "no rule on records"),
    ):
        answer = viewer.get(f"/titles/{ISBN}/what-if", params=question)
        assert (answer.status_code, words in answer.text) == (422, True), (question, answer.text)
