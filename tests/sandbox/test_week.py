"""The week in the life: every step is taken by the control routes, and what it says has happened."""

from typing import Any

import pytest
from werkzeug.test import Client

from colophon_sandbox import seeds, week
from colophon_sandbox.serve import make_sandbox

KEY = {"Authorization": "Bearer sandbox0key0not0real000000000000"}


class Played:
    """A sandbox of the living house, its control routes, and the clock's hands at each step."""

    def __init__(self) -> None:
        self.sandbox = make_sandbox(seeds=[seeds.living_house])
        self.client = Client(self.sandbox)
        self.ask("PUT", "/clock", {"now": "2026-05-01T06:00:00Z", "mode": "frozen"})
        self.lines = week.play(self.ask)

    def ask(self, method: str, route: str, body: Any) -> Any:
        """A control route that does not refuse."""
        answer = self.client.open(f"/__sandbox__{route}", method=method, json=body)
        assert answer.status_code < 300, (route, answer.text)
        return answer.get_json(silent=True)

    def until(self, words: str) -> None:
        """Play on to a step, that one included."""
        for line in self.lines:
            if words in line:
                return
        raise AssertionError(words)

    def query(self, text: str) -> Any:
        """Consonance's data, whatever was to go wrong."""
        self.ask("DELETE", "/faults", None)
        answer = self.client.post("/consonance/graphql", json={"query": text}, headers=KEY).get_json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@pytest.fixture
def played() -> Played:
    """On the first morning."""
    return Played()


def test_the_week_takes_seven_days_and_ends_without_faults(played) -> None:
    """Each step happens on its day; the clock never goes back."""
    lines = list(played.lines)
    assert [line[:10] for line in lines] == [f"2026-05-0{step['day']}" for step in week.steps()]
    assert lines == sorted(lines)
    assert played.ask("GET", "/clock", None)["now"] == "2026-05-07T09:00:00Z"
    assert played.ask("GET", "/faults", None) == {"faults": []}
    assert {step["day"] for step in week.steps()} == set(range(1, 8))


def test_a_to_do_is_done_undone_and_done_again(played) -> None:
    """With a revision for each, as a person's edits have."""
    query = "{ todos(todoSearch: {idEq: 10001}) { status revision completedOn } }"
    played.until("copyedit of work 104, nine days late, is done")
    assert played.query(query)["todos"] == [{"status": "DONE", "revision": 2, "completedOn": "2026-05-01"}]
    played.until("copyedit is undone")
    assert played.query(query)["todos"][0]["status"] == "OPEN"


def test_what_a_person_changes_is_seen(played) -> None:
    """The put-off date, the end of the contract, the new title, by the queries that a reader uses; a video's record, a sample of nobody's, figures told again."""
    list(played.lines)
    data = played.query(
        """{ moved: products(productSearch: {idEq: 126}) { publicationDate prices { amount } }
        ended: contract(contractSearch: {idEq: 120}) { terminatedDate }
        fresh: products(productSearch: {isbn13Eq: "9781999090005"}) { fullTitle work { id } contributions { contributor { name } } }
        changed: products(productSearch: {changedSince: "2026-05-02"}) { work { id } } }"""
    )
    assert data["moved"] == [{"publicationDate": "2026-09-08", "prices": [{"amount": 12.99}]}]
    assert data["ended"] == {"terminatedDate": "2026-05-01"}
    assert data["fresh"][0]["fullTitle"] == "The Seventh Morning"
    assert {row["work"]["id"] for row in data["changed"]} == {104, 105, 111, 117, 120, 126, 20001, *range(101, 109)}
    tables = {name: played.sandbox.world.store.table(name) for name in ("bytenite.videos", "bytenite.figures")}
    videos = {row["externalId"]: row for row in tables["bytenite.videos"]}
    assert (videos["117-trailer"]["title"], videos["marketing/sample"]["isbns"]) == ("BUY NOW: the trailer", ["9781999098766"])
    told = [row for row in tables["bytenite.figures"] if row["day"] == "2026-05-01" and row["versions"][-1]["values"]]
    assert [(row["countryCode"], row["versions"][-1]["values"]["views"]) for row in told] == [("GB", 61), ("IE", 7)]


def test_a_change_of_what_is_not_there_is_refused(played) -> None:
    """By name: a record, a reference, a system that has no such edits. Nothing changes."""
    cases = (
        ({"consonance": {"todos": [{"id": 999_999, "status": "DONE"}]}}, "no record 999999 among todos"),
        (
            {"consonance": {"todos": [{"id": 10_001, "assigneeId": 7}]}},
            "consonance todos 10001, assigneeId: there is no consonance contacts 7",
        ),
        ({"push": {"devices": []}}, "records of push"),
        ({"post": {}}, "there is no member post"),
    )
    for body, told in cases:
        answer = played.client.patch("/__sandbox__/seed", json=body)
        assert (answer.status_code, told in answer.text) == (400, True), answer.text
    assert played.query("{ todos(todoSearch: {idEq: 10001}) { revision } }") == {"todos": [{"revision": 1}]}
