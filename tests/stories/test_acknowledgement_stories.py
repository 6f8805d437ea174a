"""Acknowledgements, seen from outside: recipients answer in the forms that they really use, and every rejection is somebody's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station

from colophon_sandbox import seeds
from colophon_sandbox.systems.xconnector.acknowledgements import VERDICTS

NIGHTLY, TASKS, LIBRARY = "xconnector__metadata_syndication", "push__downstream_exceptions", "library-supplier"
WHOLESALER = "us-wholesaler"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
TABLE = "columns: {record: ISBN, status: Status, code: Code, words: Reason, message: Batch}, message: column, accepted: [OK], rejected: [REJECTED]"
REJECTS = {
    "csv": f"{{format: csv, {TABLE}}}",
    "xlsx": f"{{format: xlsx, {TABLE}}}",
    "html": f"{{format: html, {TABLE}}}",
    "text": '{format: text, lines: ["{record} [{code}] {words}"], whole: ["was rejected: {words}"], message: "your batch {message}",'
    " accepted: [Accepted], rejected: [Rejected]}",
}
FORMS = ["onix", "onix_gzip", "onix_utf16", "onix_own_references", *REJECTS]


def house_with(station: Station, form: str) -> Station:
    """Twenty titles, and a library supplier that answers in a form."""
    for system, records in seeds.catalogue(20, 7).items():
        station.seed(system, records)
    if form in REJECTS:
        profile = station.config / "recipients" / f"{LIBRARY}.yaml"
        station.configure(f"recipients/{LIBRARY}.yaml", f"{profile.read_text(encoding='utf-8')}\nrejects: {REJECTS[form]}\n")
    station.sandbox.world.change_settings({"xconnector": {"answer_forms": {LIBRARY: form}}})
    return station


def night(house: Station, days: int, **form: Any) -> Any:
    """A night for this supplier alone."""
    run = house.run(
        NIGHTLY, NIGHT + timedelta(days=days), {"mode": "delta", "recipients": [LIBRARY], "isbns": [], "dry_run": False, **form}
    )
    assert run.state == "success", run.states
    return run


def open_here(house: Station) -> list[tuple[str, str, str, str]]:
    """Rule, subject, owner and what was found of each exception about what the supplier does not take."""
    with house.ledger() as ledger:
        rows = ledger.exceptions.open(use_case=f"{NIGHTLY}:acknowledgement", destination=LIBRARY)
    return [(row.rule, row.subject, row.owner, row.found) for row in rows if row.rule != "ACK-REMARK"]


def titles(house: Station) -> dict[str, str]:
    """State of each title at the supplier."""
    return {subject: state for subject, state in house.deliveries(NIGHTLY, LIBRARY).items() if subject.startswith("isbn:")}


@pytest.mark.parametrize("form", FORMS)
def test_a_rejection_in_any_form_is_owned_becomes_a_task_and_ends(station: Station, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """In its own words; mended, sent and taken, the exception closes and the task is done."""
    house = house_with(station, form)
    products = seeds.catalogue(20, 7)["consonance"]["products"]
    with monkeypatch.context() as patch:
        patch.setitem(VERDICTS, "11", ("03", "F", "no_price", "There is no price for libraries."))
        night(house, 0)
    [(rule, subject, owner, found)] = open_here(house)
    assert (rule, owner) == ("ACK", "metadata_specialist")
    assert found == "record status 03: Library supplier says: There is no price for libraries."
    assert [state for name, state in titles(house).items() if name == subject] == ["failed"]
    assert {state for name, state in titles(house).items() if name != subject} == {"confirmed"}
    house.twice(TASKS)
    isbn = subject.removeprefix("isbn:")
    task = f"pn6:{isbn}:rejected_metadata"
    assert house.effects("consonance.upsertTodo") == [task]
    [product] = [row for row in products if row["isbn13"] == isbn]
    house.seed("consonance", {"products": [{**product, "fullTitle": "A Better Title", "updatedAt": "2026-05-02T09:00:00Z"}]})
    night(house, 1)
    assert (open_here(house), titles(house)[subject]) == ([], "confirmed")
    house.twice(TASKS)
    assert house.deliveries(TASKS, "consonance") == {f"isbn:{isbn}/rejected_metadata": "confirmed"}


@pytest.mark.parametrize("form", ["onix", *REJECTS])
def test_a_message_rejected_whole_is_one_exception_and_goes_again_by_itself(station: Station, form: str) -> None:
    """Its number was used before. The next night sends what still holds under a new number; then nothing is open, and nothing more goes."""
    house = house_with(station, form)
    numbers = house.sandbox.world.store.table("xconnector.numbers")
    numbers.put(f"{LIBRARY}\n1", {"eventId": "somebody else's"})
    night(house, 0)
    [(rule, subject, owner, found)] = open_here(house)
    assert (rule, subject, owner) == ("ACK-MESSAGE", f"feed:{LIBRARY}", "operations")
    assert "A message of this number came before." in found
    assert set(titles(house).values()) == {"failed"}
    assert [rule for rule, _ in house.exceptions() if rule.startswith("DELIVERY")] == []
    house.run(TASKS)
    assert house.effects("consonance.upsertTodo") == []
    sent = titles(house)
    night(house, 1)
    assert (open_here(house), set(titles(house).values())) == ([], {"confirmed"})
    assert titles(house).keys() == sent.keys()
    before = house.effects("xconnector.acknowledged")
    night(house, 2)
    assert house.effects("xconnector.acknowledged") == before


def test_what_holds_no_more_does_not_go_again(station: Station) -> None:
    """A title of a rejected message that breaks a rule meanwhile stays back; the others go."""
    house = house_with(station, "onix")
    house.sandbox.world.store.table("xconnector.numbers").put(f"{LIBRARY}\n1", {"eventId": "somebody else's"})
    night(house, 0)
    subject = min(titles(house))
    [product] = [row for row in seeds.catalogue(20, 7)["consonance"]["products"] if f"isbn:{row['isbn13']}" == subject]
    bad = {**product, "allowOnixExports": False, "updatedAt": "2026-05-02T09:00:00Z"}
    house.seed("consonance", {"products": [bad]})
    night(house, 1)
    assert titles(house)[subject] == "failed"
    assert {state for name, state in titles(house).items() if name != subject} == {"confirmed"}


def test_a_wholesaler_s_rejects_are_read_beside_the_files_that_were_dropped_for_it(station: Station) -> None:
    """Two lines of CSV under our file's name: the title has failed in its words, of the others nothing is said; a later report adds one."""
    for system, records in seeds.catalogue(20, 7).items():
        station.seed(system, records)
    drop = station.folder / "drop"
    (drop / WHOLESALER / "ack").mkdir(parents=True)
    station.connect("xconnector", mode="file_drop", drop_location=str(drop), payload_mode="upload")
    form = {"mode": "delta", "recipients": [WHOLESALER], "isbns": [], "dry_run": False}
    assert station.run(NIGHTLY, NIGHT, form).state == "success"
    [feed] = (drop / WHOLESALER).glob("*.xml")
    first, *others = sorted(subject for subject in station.deliveries(NIGHTLY, WHOLESALER) if subject.startswith("isbn:"))
    report = drop / WHOLESALER / "ack" / f"{feed.stem}.csv"
    report.write_text(f"ISBN13,Error Code,Error\n{first[5:]},E17,No discount group\n", encoding="utf-8")
    for days in (1, 2):
        assert station.run(NIGHTLY, NIGHT + timedelta(days=days), form).state == "success"
        [row] = rejected(station)
        assert (row.rule, row.subject, row.owner) == ("ACK", first, "metadata_specialist")
        assert "North American wholesaler says: No discount group" in row.found
        states = station.deliveries(NIGHTLY, WHOLESALER)
        assert (states[first], {states[subject] for subject in others}) == ("failed", {"sent"})
    report.write_text(f"ISBN13,Error Code,Error\n{others[0][5:]},E18,No weight\n", encoding="utf-8")
    station.run(NIGHTLY, NIGHT + timedelta(days=3), form)
    assert {row.subject for row in rejected(station)} == {first, others[0]}


def test_a_report_under_a_name_of_its_own_is_somebody_s_to_look_at(station: Station) -> None:
    """Nobody can say which message it is about: it is parked as an exception, and takes nothing from anybody."""
    for system, records in seeds.catalogue(20, 7).items():
        station.seed(system, records)
    drop = station.folder / "drop"
    (drop / WHOLESALER / "ack").mkdir(parents=True)
    station.connect("xconnector", mode="file_drop", drop_location=str(drop), payload_mode="upload")
    form = {"mode": "delta", "recipients": [WHOLESALER], "isbns": [], "dry_run": False}
    (drop / WHOLESALER / "ack" / "rejects.csv").write_text("ISBN13,Error\n9781999000004,No\n", encoding="utf-8")
    (drop / WHOLESALER / "ack" / "hello.json").write_text("{}", encoding="utf-8")
    assert station.run(NIGHTLY, NIGHT, form).state == "success"
    assert [row.rule for row in rejected(station)] == ["ACK-UNREADABLE"]
    assert "failed" not in station.deliveries(NIGHTLY, WHOLESALER).values()


def rejected(station: Station) -> list[Any]:
    """Open exceptions about what the wholesaler says."""
    with station.ledger() as ledger:
        return ledger.exceptions.open(use_case=f"{NIGHTLY}:acknowledgement", destination=WHOLESALER)
