"""What a recipient said, on the page of its exception."""

from filled import DAY, ISBN, UC

from colophon.domain.finding import Finding, Severity
from colophon.ledger.exception_queue import Chosen


def test_an_exception_has_the_recipient_s_own_words_and_its_deliveries(desk, ledger) -> None:
    """What was refused is quoted, and the page does not say that nothing ever went."""
    found = Finding(
        subject=f"isbn:{ISBN}",
        rule="ACK",
        severity=Severity.ERROR,
        field="no_price",
        found="record status 03: The shop says: No <b>price</b>.",
        expected="00",
        remedy="Look; then `colophon inbox again`.",
        owner="metadata",
    )
    ledger.exceptions.record(f"{UC}:acknowledgement", "to-refused", [f"isbn:{ISBN}"], [found], as_of=DAY)
    [row] = ledger.people.exceptions_page(Chosen(rule="ACK"))
    page = desk.client("viewer").get(f"/exceptions/{row.id}").text
    assert "“No &lt;b&gt;price&lt;/b&gt;.”" in page
    assert "<code>colophon inbox again</code>" in page
    assert "None was ever planned" not in page
    assert f"/titles/{ISBN}" in page
