"""Who owns which field of a title, on its page."""

import json

from filled import DAY, ISBN, intent

from colophon.domain.delivery import Verdict
from colophon.domain.supplement import Copy, Supplement
from colophon.systems.fourallportal.words import keep_words

KEY = "00000000-0000-4000-8000-000000000001"


def test_each_field_has_its_owner_and_what_it_says(desk, ledger) -> None:
    """Ours as it was written, the portal's as it was taken and for whom, links as we made them; hostile text is shown and does nothing."""
    titles, links = "fourallportal__title_metadata", "fourallportal__format_links"
    facts = {"title": [{"value": "<b>Sea</b>", "dimensions": {"locale": "en_GB"}}], "authors": [{"value": ["Ana", "Bo"], "dimensions": {}}]}
    for use_case, order in ((titles, {"facts": facts}), (links, {"links": {"cover": "file-7"}})):
        ledger.plan([intent(f"portal:{KEY}", json.dumps(order).encode(), "4allportal", use_case=use_case)])
        taken = ledger.claim(use_case, "4allportal", owner="me", lease_s=60, limit=9)
        ledger.finish([Verdict(each.id, "confirmed") for each in taken], owner="me")
    copy = Copy(kind="main", html="<p>For the shop.</p>", recipients=("marketplace",), language="eng", channel="web")
    keep_words(ledger.memory, {KEY: Supplement(isbn13=ISBN, keywords=("tides", "salt"), copies=(copy,))}, DAY)
    page = desk.client("viewer").get(f"/titles/{ISBN}").text
    section = page[page.index('id="h-owned"') : page.index('id="h-wrong"')]
    rows = [row.split("</tr>")[0] for row in section.split("<tr>")[2:]]
    said = {row.split(">", 1)[1].split("</th>")[0]: row for row in rows}
    assert {*said} == {"title (en_GB)", "authors", "main text (web, eng)", "keywords", "link cover"}
    assert "&lt;b&gt;Sea&lt;/b&gt;" in said["title (en_GB)"]
    assert all(words in said["title (en_GB)"] for words in ("Consonance", "confirmed", "who changed it there hears so"))
    assert all(words in said["main text (web, eng)"] for words in ("the portal", "For the shop.", "for marketplace"))
    assert all(words in said["keywords"] for words in ("the portal", "tides; salt"))
    assert all(words in said["link cover"] for words in ("who linked it", "file-7"))


def test_a_title_that_the_portal_has_not_has_no_such_part(desk) -> None:
    """Nor has one of an installation without these use cases."""
    assert "h-owned" not in desk.client("viewer").get(f"/titles/{ISBN}").text
