"""Whom letters go to stands in no log, XCom, rendered field or question: a canary in every name, address and e-mail of a house, through all DAGs that write."""

import pytest
from reader_house import campaign, rules
from station import Station
from two_accounts import EXTENDED, FORMS, NIGHT, furnish, tell

LETTERS = (
    "exstream__royalty_statements",
    "exstream__rights_notices",
    "exstream__contributor_requests",
    "exstream__milestone_letters",
    "exstream__launch_communications",
    "exstream__partner_updates",
    "exstream__service_outcomes",
    "exstream__reader_campaigns",
)
QUIET = {"exstream__service_outcomes"}
"""It writes to nobody."""


@pytest.fixture
def house(station: Station) -> Station:
    """A small house in which everybody is a canary."""
    furnish(station, works=6)
    records = station.sandbox.systems["consonance"].records
    for name in ("contacts", "readers"):
        rows = [dict(row) for row in records.table(name).values()]
        for row in rows:
            row |= {"name": f"Canary {row['id']}"}
            row |= {"email": f"canary{row['id']}@readers.example", "line1": "1 Canary Row"} if name == "readers" else {}
            row |= {"emails": [{"email": f"canary{row['id']}@contacts.example"}]} if name == "contacts" else {}
        station.seed("consonance", {name: rows})
    tell(station, EXTENDED)
    rules(station, "approve_above: 2")
    campaign(station, "sale", "kind: letter\nfrom_on: 2026-05-01\nuntil_on: 2026-06-30")
    return station


@pytest.mark.nightly
def test_no_name_no_address_and_no_e_mail_leaves_the_ledger(house: Station) -> None:
    """The letters themselves have them."""
    for dag_id in LETTERS:
        run = house.run(dag_id, NIGHT, FORMS.get(dag_id))
        with house.ledger() as ledger:
            rows = [row for place in ledger.counts(dag_id) for row in ledger.all_of(dag_id, place)]
            said = b"".join(ledger.content(row.content_hash) or b"" for row in rows)
            found = [row.found for row in ledger.exceptions.open(use_case=dag_id, limit=10_000)]
        assert (b"anary" in said) == (dag_id not in QUIET), dag_id
        told = str(
            [run.logs, run.xcoms, run.rendered, run.asked, run.events, found, [row.labels for row in rows], [row.detail for row in rows]]
        ).lower()
        assert "canary" not in told, (dag_id, told[max(0, told.find("canary") - 200) :][:400])
