"""EX-1: readers get the letters that are meant for them, once, by the channel that they chose, and only where they may."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from letter_house import written
from reader_house import (
    CLUB,
    DAG,
    EBOOK,
    ISBN,
    READER,
    campaign,
    fresh,
    furnish,
    kept_back,
    listed,
    members,
    morning,
    offers,
    on,
    orders,
    posted,
    reader,
    readers,
    rules,
    who,
)
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell
from typer.testing import CliRunner

from colophon.config.load import load_config
from colophon.errors import BadConfigError, NotFoundError
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_airflow.operators import reader_campaigns


@pytest.fixture
def house(station: Station) -> Station:
    """Three readers, of whom two are in the crime club; *Sea Room* came out yesterday."""
    furnish(station)
    readers(station, reader("R1"), reader("R2", prefers="PRINT"), reader("R3"))
    members(station, "R1", "R2")
    return station


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_ex1_a_a_launch_is_announced_to_the_club_for_its_genre_once_by_each_readers_preference(house: Station, account: str) -> None:
    """The same day again nothing goes."""
    lists = {file.name: file.read_bytes() for file in (house.folder / "reports").iterdir()}
    tell(house, account, as_of=morning(2))
    for name, content in lists.items():
        (house.folder / "reports" / name).write_bytes(content)
    fresh(house, morning(2))
    assert house.twice(DAG, morning(2)).state == "success"
    first, second = posted(house, "launch")
    assert [(each["Name"], each["DeliveryPreference"]) for each in (first, second)] == [("Reader R1", "email"), ("Reader R2", "print")]
    assert (first["Data"]["Title"], first["Data"]["Author"], first["Data"]["Formats"][0]["Price"]) == ("Sea Room", "Ada Quill", "12.00 GBP")
    assert first["Data"]["ListUnsubscribePost"] == "List-Unsubscribe=One-Click"
    assert (first["Data"]["UnsubscribeUrl"], second["Address"]["Line3"]) == ("https://larkspur.example/out?reader=R1", "N1 1AA")
    assert first["labels"]["ground"] == "consent of 2025-01-01, the shop, wording v3"
    assert first["labels"]["row"].startswith("readers.csv ")


def test_ex1_b_a_renewal_is_told_60_and_14_days_before_the_end_and_not_after_renewal(house: Station) -> None:
    """S2 is renewed on the eve, by a new row; S3 by another end. A run that was missed is made up for once."""
    ends = "2026-08-01"
    rows = [(name, who_, CLUB, "2025-08-01", ends) for name, who_ in (("S1", "R1"), ("S2", "R2"), ("S3", "R3"))]
    campaign(house, "launch", "kind: launch\nactive: false")
    members(house, *rows)
    on(house, 4)
    assert who(house, "renewal") == ["R1", "R2", "R3"]
    assert posted(house, "renewal")[0]["Data"]["EndsOn"] == ends
    members(house, rows[0], rows[1], ("S4", "R2", CLUB, ends, "2027-08-01"), (*rows[2][:4], "2027-08-01"))
    on(house, 19, 7)
    assert who(house, "renewal") == ["R1", "R2", "R3", "R1"]


def test_ex1_c_an_order_is_confirmed_once_also_when_its_file_comes_twice(house: Station) -> None:
    """An order of two lines is one letter."""
    campaign(house, "launch", "kind: launch\nactive: false")
    two = [("N1", "R1", ISBN, "1", "2026-06-01", "12.00", "GBP"), ("N1", "R1", EBOOK, "1", "2026-06-01", "9.00", "GBP")]
    orders(house, *two)
    on(house, 2)
    orders(house, *reversed(two))
    on(house, 3)
    (letter,) = posted(house, "orders")
    assert [line["Isbn"] for line in letter["Data"]["Lines"]] == [ISBN, EBOOK]


@pytest.mark.nightly
def test_ex1_c_an_order_that_was_corrected_and_put_back_is_confirmed_each_time(house: Station) -> None:
    """The reader heard the other one last."""
    campaign(house, "launch", "kind: launch\nactive: false")
    two = [("N1", "R1", ISBN, "1", "2026-06-01", "12.00", "GBP"), ("N1", "R1", EBOOK, "1", "2026-06-01", "9.00", "GBP")]
    for day, rows in ((2, two), (4, two[:1]), (5, two[:1]), (6, two), (7, two)):
        orders(house, *rows)
        on(house, day)
    assert [len(each["Data"]["Lines"]) for each in posted(house, "orders")] == [2, 1, 2]


def test_ex1_d_a_subscriber_who_is_club_member_gets_one_launch_letter_the_better_offer(house: Station) -> None:
    """Also on the days after, and where the same address stands in the list twice, in capitals."""
    campaign(house, "launch", "kind: launch\nsegment: {genre_clubs: true}\noffer: if_any")
    campaign(house, "subscribers", "kind: launch\nsegment: {clubs: [Histories quarterly]}\noffer: only")
    readers(house, reader("R1"), reader("R9", email="R1@Readers.example"))
    members(house, "R1", "R9", ("S7", "R1", "Histories quarterly", "2026-01-01", "2028-01-01"))
    offers(house, {}, {"id": "O2", "price": "8.00", "club": "Histories quarterly"})
    for day in (2, 3):
        on(house, day)
    (letter,) = posted(house, "launch", "subscribers")
    assert (letter["Data"]["Offer"]["Id"], letter["EmailAddress"]) == ("O2", "r1@readers.example")


def test_ex1_e_an_opt_out_stops_announcements_and_no_order_confirmation(house: Station) -> None:
    """By the list of readers, a list of its own, the CRM, or what Exstream heard; for every row of that address, and for ever."""
    readers(house, reader("R1", out="2026-05-01"), reader("R2"), reader("R3"), reader("R4"), reader("R5", email="R1@readers.example"))
    members(house, "R1", "R2", "R3", "R4", "R5")
    listed(house, "opt_outs", ("Reader ID", "E-mail", "Channel", "Opted out on"), [("", "R2@readers.example", "", "2026-05-30")])
    event = {"specversion": "1.0", "id": "e-1", "source": "/crm", "type": "colophon.crm.opt_out.v1", "time": "2026-05-30T09:00:00Z"}
    with house.ledger() as ledger:
        ledger.inbox.take(
            "/crm", "e-1", event["type"], json.dumps({**event, "data": {"reader_id": "R3", "since_on": "2026-05-30"}}).encode()
        )
    orders(house, *((f"N{who_}", f"R{who_}", ISBN, "1", "2026-06-01", "", "") for who_ in (1, 2, 3, 4)))
    run = on(house, 2)
    assert (who(house, "launch"), who(house, "orders")) == (["R4"], ["R1", "R2", "R3", "R4"])
    assert kept_back(run, "launch") == {"opted out": 4}
    with house.ledger() as ledger:
        (row,) = ledger.newest(DAG, "launch")
    house.seed("exstream", {"outcomes": [{"type": "opted_out", "deliveryId": row.delivery_id, "at": "2026-06-02T09:00:00Z"}]})
    listed(house, "opt_outs", ("Reader ID", "E-mail", "Channel", "Opted out on"), [("", "R2@readers.example", "", "2026-05-30")])
    campaign(house, "sale", "kind: letter\nfrom_on: 2026-06-01\nuntil_on: 2026-06-30\noffer: none")
    run = on(house, 4)
    assert (who(house, "sale"), kept_back(run, "sale")) == ([], {"opted out": 5})


def test_ex1_f_price_and_currency_follow_the_country_and_an_offer_outside_its_dates_never_goes(house: Station) -> None:
    """Printed, it has to hold until the letter is there; where prices are fixed, nobody speaks of less."""
    readers(
        house,
        reader("R1"),
        reader("R2", country="IE"),
        reader("R3", country="DE", language="ger"),
        reader("R4", prefers="PRINT"),
        reader("R5", country="US"),
    )
    members(house, "R1", "R2", "R3", "R4", "R5")
    offers(
        house,
        {"until": "2026-06-10"},
        {"id": "E1", "price": "13.00", "currency": "EUR"},
        {"id": "Gone", "price": "1.00", "until": "2026-06-01", "from": "2026-05-01"},
    )
    on(house, 2)
    told = {
        each["Name"]: (each["Data"].get("Offer", {}).get("Id"), each["Data"]["Formats"][0]["Price"]) for each in posted(house, "launch")
    }
    assert told == {
        "Reader R1": ("O1", "12.00 GBP"),
        "Reader R2": ("E1", "15.00 EUR"),
        "Reader R3": (None, "15.00 EUR"),
        "Reader R4": (None, "12.00 GBP"),
        "Reader R5": (None, "18.00 USD"),
    }


@pytest.mark.nightly
def test_ex1_f_what_waits_goes_in_the_words_of_today(house: Station) -> None:
    """Exstream was down while the offer ran out."""
    offers(house, {"until": "2026-06-02"})
    house.fault("exstream", "status", "*/oauth2/token", skip=1, value={"status": 503})
    assert on(house, 2).state == "failed"
    assert ["Offer" in each["Data"] for each in posted(house, "launch")] == [True, False]
    house.mend()
    assert on(house, 3).state == "success"
    assert [("Offer" in each["Data"], each["state"]) for each in posted(house, "launch")] == [(False, "sent"), (False, "sent")]


def test_ex1_g_a_title_that_is_not_for_sale_in_the_readers_country_is_not_offered_there(station: Station) -> None:
    """As the rights engine says; and nobody whose country is not told is offered anything."""
    furnish(station, territories=["GB", "IE"])
    readers(station, reader("R1"), reader("R2", country="US"), reader("R3", country=""))
    members(station, "R1", "R2", "R3")
    run = on(station, 2)
    assert (who(station, "launch"), kept_back(run, "launch")) == (["R1"], {"not for sale there": 1, "country not known": 1})


def test_ex1_h_a_row_that_cannot_be_read_is_an_exception_and_the_rest_goes(house: Station) -> None:
    """With file, row, column and remedy, and no name; when the corrected file comes, only what was missing goes."""
    bad = [reader("R5", prefers="EMAIL;PRINT"), reader("R6", country="UK"), reader("R1"), reader("R7", email="Canary at home")]
    readers(house, reader("R1"), reader("R2"), *bad)
    members(house, "R1", "R2", "R5", "R6", "R7")
    orders(house, ("N1", "R1", ISBN, "1", "1961-04-03", "", ""), ("N2", "R2", ISBN, "1", "2026-06-01", "", ""))
    run = on(house, 2)
    assert (run.state, who(house, "launch", "orders")) == ("success", ["R1", "R2", "R2"])
    with house.ledger() as ledger:
        found = {row.subject: (row.field, row.found, row.expected, row.remedy) for row in ledger.exceptions.open(use_case=DAG)}
    assert found["report:readers.csv, row 5"][0:3] == ("Country", "'UK'", "a country of ISO 3166; did you mean GB?")
    assert found["report:readers.csv, row 4"][0] == "Delivery preference"
    assert found["report:readers.csv, row 6"][2] == "an id that no row above has"
    assert "birthday" in found["report:orders.csv, row 2"][2]
    assert found["report:orders.csv, row 2"][3].startswith("Correct Ordered on in orders.csv, row 2")
    assert "Canary" not in str([*found.values(), *run.logs, run.xcoms])
    readers(house, reader("R1"), reader("R2"), reader("R5"), reader("R6"), reader("R7"))
    on(house, 3)
    assert who(house, "launch") == ["R1", "R2", "R5", "R6", "R7"]
    assert [rule for rule, subject in house.exceptions(DAG) if "readers" in subject] == []


def test_ex1_h_a_list_with_a_wrong_header_holds_back_what_needs_it_and_nothing_else(house: Station) -> None:
    """Without readers nothing goes; with a list of objections that cannot be read no advertising does."""
    orders(house, ("N1", "R1", ISBN, "1", "2026-06-01", "", ""))
    listed(house, "opt_outs", ("Reader ID", "E-Mail", "Opted out on"), [])
    run = on(house, 2)
    assert (run.state, who(house, "launch", "orders")) == ("success", ["R1"])
    with house.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (row.subject, row.found) == ("report:opt_outs", "opt_outs.csv: there is an unknown column 'E-Mail'")
    (house.folder / "reports" / "opt_outs.csv").unlink()
    listed(house, "readers", [name.replace("Country", "Land") for name in READER], [])
    on(house, 3)
    assert who(house, "launch", "orders") == ["R1"]
    assert house.exceptions(DAG) == [("G7", "report:readers")]


def test_ex1_h_a_list_that_looks_cut_off_is_not_taken_until_another_one_is_as_short(house: Station) -> None:
    """Or whoever objected would be written to. The next morning the same file is no other one."""
    objections = [(f"R{number}", "2026-05-01") for number in range(1, 31)]
    listed(house, "opt_outs", ("Reader ID", "Opted out on"), objections)
    on(house, 2)
    listed(house, "opt_outs", ("Reader ID", "Opted out on"), objections[20:])
    assert [on(house, day).state for day in (3, 4)] == ["success"] * 2
    with house.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (who(house, "launch"), row.found) == ([], "opt_outs has 10 rows that can be read, and had 30: it looks cut off")
    listed(house, "opt_outs", ("Reader ID", "Opted out on"), objections[2:14])
    on(house, 5)
    assert (who(house, "launch"), house.exceptions(DAG)) == (["R1", "R2"], [])


def test_ex1_i_many_readers_go_in_batches_after_a_person_has_approved_and_the_counts_balance(house: Station) -> None:
    """The publisher's own addresses have it before. Who objects while somebody thinks about it gets none."""
    rows = [
        reader(f"R{number}", country="GB" if number % 3 else "IE", out="2026-05-01" if number % 10 == 0 else "") for number in range(1, 241)
    ]
    readers(house, *rows)
    members(house, *(row[0] for row in rows))
    house.connect("opentext_exstream", batch_customers=100)
    rules(house, "approve_above: 100")
    run = on(house, 3)
    ((_, page),) = run.asked
    (shown,) = run.xcoms["decide", -1]["campaigns"]
    assert "About: `Sea Room`. For: **member of a club for the title's genre**." in page
    assert "**216 letters**; 240 readers are meant" in page
    assert (shown["meant"], shown["letters"], shown["kept_back"], shown["countries"]) == (
        240,
        216,
        {"opted out": 24},
        {"GB": 144, "IE": 72},
    )
    assert (run.state, len(posted(house, "launch")), {each["state"] for each in posted(house, "launch")}) == ("success", 216, {"sent"})
    (own,) = posted(house, "launch-seed")
    assert (own["EmailAddress"], own["Data"]["UnsubscribeUrl"]) == ("seed@larkspur.example", "https://larkspur.example/out?reader=seed")
    assert len({key.partition("/")[0] for key in house.effects("exstream.") if key.startswith("job-")}) == 4


def test_ex1_i_what_a_person_refused_does_not_go(house: Station) -> None:
    """The publisher's own addresses have it, and orders go."""
    rules(house, "approve_above: 1")
    orders(house, ("N1", "R3", ISBN, "1", "2026-06-01", "", ""))
    run = on(house, 2, answer="Reject")
    assert (run.state, who(house, "launch", "orders"), len(posted(house, "launch-seed"))) == ("success", ["R3"], 1)


@pytest.mark.parametrize(
    ("meanwhile", "says"),
    [
        (lambda house: members(house, "R1", "R2", "R3"), "launch has 3 letters now, and 2 were approved"),
        (lambda house: offers(house, {"price": "0.10"}), "launch says something else now, or to others, than was approved"),
        pytest.param(
            lambda house: campaign(house, "launch", "kind: launch\nsegment: {genre_clubs: true, countries: [GB]}\noffer: if_any"),
            "than was approved",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_ex1_while_somebody_thinks_about_it_orders_go_and_a_campaign_that_changed_is_not_taken_for_approved(
    house: Station, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Station], None], says: str
) -> None:
    """One more member after the count; another offer, or another segment, of as many."""
    rules(house, "approve_above: 1")
    orders(house, ("N1", "R3", ISBN, "1", "2026-06-01", "", ""))
    answered = reader_campaigns.CampaignAskOperator.asks

    def changed(ask: object, context: object) -> bool:
        meanwhile(house)
        return answered(ask, context)

    monkeypatch.setattr(reader_campaigns.CampaignAskOperator, "asks", changed)
    run = on(house, 2)
    assert (run.state, says in str(run.error)) == ("failed", True)
    assert (who(house, "orders"), posted(house, "launch")) == (["R3"], [])


def test_ex1_who_objects_while_somebody_thinks_about_it_gets_none(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count is of before, the letters are of after."""
    rules(house, "approve_above: 1")
    answered = reader_campaigns.CampaignAskOperator.asks

    def objected(ask: object, context: object) -> bool:
        readers(house, reader("R1", out="2026-06-02"), reader("R2"))
        return answered(ask, context)

    monkeypatch.setattr(reader_campaigns.CampaignAskOperator, "asks", objected)
    run = on(house, 2)
    assert (run.state, run.xcoms["decide", -1]["campaigns"][0]["letters"], who(house, "launch")) == ("success", 2, ["R2"])


def test_ex1_who_objects_after_the_letter_was_planned_gets_none(house: Station) -> None:
    """It waits, for Exstream is down; the next run takes it back."""
    house.fault("exstream", "status", "*/oauth2/token", skip=1, value={"status": 503})
    on(house, 2)
    house.mend()
    readers(house, reader("R1", out="2026-06-02"), reader("R2"))
    on(house, 3)
    assert [(each["Name"], each["state"]) for each in posted(house, "launch")] == [("Reader R2", "sent")]


def test_ex1_what_waits_gives_way_where_another_campaign_or_template_tells_it_today(house: Station) -> None:
    """Exstream was down; then a better offer of another campaign came, and R2 reads German: each gets one letter of the title."""
    readers(house, reader("R1"), reader("R2"))
    house.fault("exstream", "status", "*/oauth2/token", skip=1, value={"status": 503})
    on(house, 2)
    house.mend()
    german = '{id: de, languages: [ger], template: AuthorLetter, version: "4"}'
    campaign(house, "subscribers", "kind: launch\nsegment: {clubs: [Histories quarterly]}\noffer: only")
    house.configure(
        "campaigns/launch.yaml",
        f'id: launch\nname: The launch\ntemplates: [{german}, {{template: AuthorLetter, version: "4"}}]\nkind: launch\nsegment: {{genre_clubs: true}}\n',
    )
    readers(house, reader("R1"), reader("R2", language="ger"))
    members(house, "R1", "R2", ("S7", "R1", "Histories quarterly", "2026-01-01", "2028-01-01"))
    offers(house, {"id": "O2", "price": "8.00", "club": "Histories quarterly"})
    on(house, 3)
    sent = [(each["subject"][-2:], each["state"]) for each in posted(house, "launch", "launch-de", "subscribers")]
    assert sent == [("R1", "sent"), ("R2", "sent")]


def test_ex1_the_law_of_a_country_is_kept(house: Station) -> None:
    """No legal text, no letter; a window for renewals that was missed; what is no advertising and reaches nobody: each is an exception."""
    (Path(house.config) / "letters.yaml").write_text('legal: [{territories: [GB, FR], version: "1", text: Larkspur}]\n', encoding="utf-8")
    readers(house, reader("R1", country="IE"), reader("R2", country="FR"), reader("R3", email="", line1=""))
    members(house, "R1", ("S2", "R2", "Other", "2025-06-20", "2026-06-20"))
    orders(house, ("N1", "R3", ISBN, "1", "2026-06-01", "", ""))
    run = on(house, 2)
    assert (run.state, who(house, "launch", "renewal", "orders")) == ("success", [])
    assert house.exceptions(DAG) == [
        ("LETTER-ADDRESS", "reader:R3/orders"),
        ("LETTER-LEGAL", "campaign:launch/IE"),
        ("LETTER-RENEWAL", "subscription:S2"),
    ]


@pytest.mark.nightly
def test_ex1_what_comes_back_is_not_written_to_again(house: Station) -> None:
    """A dead address: by post, where the reader did not object; returned post of somebody who died: no more letters."""
    campaign(house, "sale", "kind: letter\nfrom_on: 2026-06-05\nuntil_on: 2026-06-30")
    readers(house, reader("R1", email="ndlv@readers.example"), reader("R2", prefers="PRINT"))
    on(house, 2)
    with house.ledger() as ledger:
        row = next(row for row in ledger.newest(DAG, "launch") if row.subject.endswith("R2"))
    house.clock(morning(4))
    house.seed(
        "exstream", {"outcomes": [{"type": "returned", "deliveryId": row.delivery_id, "reason": "deceased", "at": "2026-06-04T09:00:00Z"}]}
    )
    run = on(house, 8)
    assert [(each["Name"], each["DeliveryPreference"]) for each in posted(house, "sale")] == [("Reader R1", "print")]
    assert kept_back(run, "sale") == {"deceased": 1}


def test_ex1_an_answer_is_told_to_the_title_and_an_opened_letter_proves_nothing(house: Station) -> None:
    """Once, with the words, which stand in no log."""
    readers(house, reader("R1", email="reply@readers.example"))
    on(house, 2)
    run = on(house, 3)
    assert [(row["workId"], row["responseText"]) for row in written(house, "recordCommunication")] == [(9, "approve: Fine by me")]
    assert "Fine by me" not in str([run.logs, run.xcoms])


def test_ex1_names_and_addresses_are_in_no_log_no_xcom_and_no_rendered_field(house: Station) -> None:
    """A canary in every column that is about a person."""
    rules(house, "approve_above: 0")
    readers(house, reader("R1", name="Canary", email="canary@readers.example", line1="Canary", city="Canary", postcode="CANARY"))
    orders(house, ("N1", "R1", ISBN, "1", "2026-06-01", "", ""))
    run = on(house, 2)
    assert who(house, "launch", "orders") == ["R1", "R1"]
    assert "canary" not in str([run.logs, run.xcoms, run.rendered, run.asked, run.events]).lower()


def test_ex1_a_backfill_and_a_dry_run_write_to_nobody(house: Station) -> None:
    """The dry run counts."""
    dry = on(house, 2, params={"dry_run": True})
    backfill = house.run(DAG, morning(2), backfill=True)
    assert (dry.state, backfill.state, house.effects("exstream."), posted(house, "launch")) == ("success", "success", [], [])
    assert [row["letters"] for row in dry.xcoms["decide", -1]["counts"]] == [2]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("kind: launch\nsegment: {genre_club: true}", "segment.genre_club: .*did you mean genre_clubs"),
        ("kind: launch\nsegment: {clubs: [Crime shelve]}", "did you mean Crime shelf"),
        ("kind: launch\nsegment: {countries: [UK]}", "did you mean GB"),
        ("kind: launch\nisbns: ['9781999000005']", "9781999000005 is no ISBN"),
        ("kind: letter\nfrom_on: 2026-06-01", "until_on"),
        ("kind: order\noffer: only", "advertising"),
    ],
)
def test_ex1_a_campaign_that_cannot_be_meant_is_refused_with_file_key_and_the_nearest_right_value(
    house: Station, lines: str, says: str
) -> None:
    """When it is loaded."""
    campaign(house, "sale", lines)
    with pytest.raises(BadConfigError, match=rf"(?s)sale\.yaml: .*{says}"):
        load_config(house.config)


def test_ex1_a_letter_is_previewed_by_campaign_and_reader_with_exstreams_own_page(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says, without whom it is for; a page in a test domain alone, which counts as no letter."""
    on(house, 2)
    monkeypatch.setenv("AIRFLOW_HOME", str(house.folder))
    monkeypatch.setattr(console, "_width", 200)
    page, url = house.folder / "page.pdf", f"sqlite:///{house.folder / 'ledger.db'}"
    shown = said("letters", "preview", "launch", "--to", "R1", "--page", str(page), "--ledger", url)
    assert ('"Title": "Sea Room"' in shown, "AuthorLetter" in shown, "r1@readers" in shown, "Reader R1" in shown) == (
        True,
        True,
        False,
        False,
    )
    assert page.stat().st_size > 0
    assert [key for key in house.effects("exstream.letter") if "preview" in key] == []
    with pytest.raises(NotFoundError, match="no letter of kind 'launch' was planned for 'R9'"):
        said("letters", "preview", "launch", "--to", "R9", "--ledger", url)


def said(*words: str) -> str:
    """What a command says."""
    with console.capture() as captured:
        result = CliRunner().invoke(app, list(words))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return captured.get()
