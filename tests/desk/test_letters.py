"""The page of letters: by title, person and campaign, how far they have come, and who has not answered."""

import json
import re
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from colophon.config.files import SHIPPED
from colophon.domain.delivery import Intent, OutcomeEvent, Verdict
from colophon.ledger import Ledger
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon_airflow.desk.source import now
from colophon_sandbox.app import START

REQUESTS, READERS = "exstream__contributor_requests", "exstream__reader_campaigns"
ASKED = "page_proofs/work:9/2026-06-01/contact:44"


def write(ledger: Ledger, use_case: str, kind: str, subject: str, labels: Mapping[str, str], *outcomes: str, days: int = 3) -> str:
    """A letter that went so many days ago, and what was reported of it; its id."""
    letter = {
        "DeliveryPreference": "email",
        "EmailAddress": "canary@readers.example",
        "Name": "Canary",
        "Data": {"Title": "Sea Room", "Kind": kind},
    }
    as_of = now() - timedelta(days=days)
    named = {"title": "Sea Room", "template": "AuthorLetter 4", "channel": "email", **labels}
    ledger.plan(
        [Intent(use_case=use_case, destination=kind, subject=subject, delivery_class=str(SUBMIT.writes), content=json.dumps(letter).encode(),
                media_type="application/json", as_of=as_of, occurrence="once", labels=named)]
    )  # fmt: skip
    if outcomes:
        for delivery in ledger.claim(use_case, kind, owner="me", lease_s=60, limit=99):
            ledger.finish([Verdict(delivery.id, "accepted", remote_id=f"j/{delivery.id}")], owner="me")
            events = [OutcomeEvent(delivery.id, word, START + timedelta(minutes=n), "opentext_exstream") for n, word in enumerate(outcomes)]
            ledger.record_outcomes(events)
    return next(row.delivery_id for row in ledger.all_of(use_case, kind) if row.subject == subject)


@pytest.fixture(autouse=True)
def told(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two readers heard of a launch, one of whom opened it; a third letter waits; a contributor was asked and chased, another answered."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(SHIPPED))
    asked = {"contact": "44", "kind": "page_proofs", "work": "9", "isbns": "9781999000004"}
    return {
        "opened": write(ledger, READERS, "launch", "launch/work:9/reader:R1", {"campaign": "launch"}, "sent", "confirmed", "opened"),
        "returned": write(ledger, READERS, "launch", "launch/work:9/reader:R2", {"campaign": "launch"}, "sent", "bounced"),
        "asked": write(ledger, REQUESTS, "page_proofs", ASKED, asked, "sent", "confirmed", days=9),
        "chased": write(ledger, REQUESTS, "page_proofs", f"{ASKED}/chaser:1", asked, "sent"),
        "answered": write(ledger, REQUESTS, "page_proofs", ASKED.replace("44", "45"), {**asked, "contact": "45"}, "sent", "responded"),
        "waits": write(ledger, READERS, "sale", "letter/sale/reader:R1", {"campaign": "sale", "title": "A sale"}),
    }  # fmt: skip


def funnel(text: str) -> dict[str, int]:
    """The numbers of the funnel."""
    return {name: int(number) for number, name in re.findall(r"<b>(\d+)</b> ([a-z ]+)</a>", text)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"planned": 7, "sent": 5, "delivered": 3, "opened": 2, "answered": 1, "returned": 1}),
        ("campaign=launch", {"planned": 2, "sent": 2, "delivered": 1, "opened": 1, "answered": 0, "returned": 1}),
        ("key=R1", {"planned": 2, "sent": 1, "delivered": 1, "opened": 1, "answered": 0, "returned": 0}),
        ("key=45", {"planned": 1, "sent": 1, "delivered": 1, "opened": 1, "answered": 1, "returned": 0}),
        ("title=9781999000004", {"planned": 3, "sent": 3, "delivered": 2, "opened": 1, "answered": 1, "returned": 0}),
    ],
)
def test_the_funnel_counts_by_title_person_and_campaign_and_every_number_links_to_its_rows(
    desk, query: str, expected: dict[str, int]
) -> None:
    """As many rows as the number says, with the one notice that the ledger has beside them; no address, no name."""
    viewer = desk.client("viewer")
    text = viewer.get(f"/letters?{query}").text
    assert funnel(text) == expected
    tiles = re.findall(r'class="tile"><a href="([^"]*)"[^>]*><b>(\d+)</b>', text)
    for address, number in tiles:
        page = viewer.get(address.replace("&amp;", "&")).text
        rows = page.partition('aria-labelledby="h-letters"')[2]
        assert len(set(re.findall(r'href="/deliveries/d-\w+"', rows))) == int(number), address
        assert "anary" not in page


def test_ex8_g_open_requests_are_listed_by_title_with_their_age(desk) -> None:
    """Once, however often somebody was chased; who has answered is not there, and neither is who was not asked."""
    text = desk.client("viewer").get("/letters").text.partition('id="h-open"')[2].partition("</section>")[0]
    assert re.findall(r"<td[^>]*>(?:<a[^>]*>)?([^<]+)", text) == ["9", "Sea Room", "page proofs", "contact 44", "2 times"]
    assert "contact 44" in desk.client("viewer").get("/letters?title=sea+room").text.partition('id="h-open"')[2]
    assert 'id="h-open"' not in desk.client("viewer").get("/letters?title=foxglove").text


def test_what_a_letter_says_is_for_operators_and_without_whom_it_is_for(desk, told: dict[str, str]) -> None:
    """A viewer sees that it went."""
    operator, viewer = (desk.client(role).get(f"/deliveries/{told['opened']}").text for role in ("op", "viewer"))
    assert ("Sea Room&#34;" in operator, "anary" in operator, f"/letters/{told['opened']}/preview" in operator) == (True, False, True)
    assert ("Data of the letter" in viewer, desk.client("viewer").get(f"/letters/{told['opened']}/preview").status_code) == (False, 403)


def test_a_letter_is_shown_as_composed_to_who_follows_its_link_and_that_is_in_the_audit(
    desk, ledger, told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link brings no form's token; it has somebody's name in it, so who looked is kept."""
    output = SimpleNamespace(content=b"%PDF", mime="application/pdf")
    letter, hook = SimpleNamespace(composed=lambda _client: output), SimpleNamespace(client=nullcontext())
    monkeypatch.setattr("colophon_airflow.desk.pages.letters.preview_of", lambda *_: letter)
    monkeypatch.setattr("colophon_airflow.systems.opentext_exstream.hook.OpentextExstreamHook", lambda _name: hook)
    answer = desk.client("op").get(f"/letters/{told['opened']}/preview")
    assert (answer.status_code, answer.content) == (200, b"%PDF")
    assert [(line.action, line.target, line.by) for line in ledger.people.audit_page()] == [("preview letter", told["opened"], "ann-op")]
