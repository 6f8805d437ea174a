"""What a recipient said, on the page of its exception."""

import re

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


def test_today_and_recipients_say_the_same_of_what_was_rejected(desk) -> None:
    """Also of what the middleware did not take, of which the recipient never heard: by its code, and with a link to the rows."""
    viewer = desk.client("viewer")
    card = viewer.get("/recipients").text.partition('id="h-to-refused"')[2].partition("</section>")[0].replace("&amp;", "&")
    link, number = re.findall(r'<dt>Rejected</dt><dd><a class="is-missing" href="([^"]+)">(\d+)', card)[0]
    night = viewer.get("/").text.partition('id="h-night"')[2].partition("</section>")[0]
    row = next(row for row in night.split("<tr>") if ">to-refused<" in row)
    assert re.findall(r'data-of="Rejected"><a[^>]*>(\d+)', row) == [number] == ["1"]
    assert viewer.get(link).text.count('<td data-of="Outcome">') == 1
    assert re.findall(r"Rejected on its way because of</b> <a[^>]*>([^<]+)", card) == ["c.refused"]
