"""Extensions that come and go between nights: nothing is sent twice, nothing is lost, and nothing that is wanted is withdrawn."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from station import Station, open_station
from two_accounts import (
    DAGS,
    DOCUMENTED,
    EXCHANGE,
    EXTENDED,
    FORMS,
    MILESTONES,
    NIGHT,
    OPTIONAL,
    STATEMENTS,
    entered,
    for_operations,
    furnish,
    something_happens,
    tell,
)

NOTICES, PEOPLE = "exstream__rights_notices", "people"
ORDERS = {"gone and back": (EXTENDED, DOCUMENTED, EXTENDED), "there and gone": (DOCUMENTED, EXTENDED, DOCUMENTED)}
LETTER = {"exstream.letter": 1, "exstream.transaction": 1}
OF_A_NIGHT: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    MILESTONES: ({"push.delivered": 3}, {"push.delivered": 3}),
    NOTICES: (LETTER, LETTER),
    "exstream__milestone_letters": (LETTER, LETTER),
    "exstream__partner_updates": ({}, LETTER),
    "xconnector__workflow_status": ({"xconnector.acknowledged": 2}, {"xconnector.acknowledged": 2}),
    "fourallportal__launch_readiness": ({"4ap.written": 1}, {"4ap.written": 1}),
}
"""What happened before the second and before the third night sends so much: three people hear of a stage, and one licensee of a licence."""


class Night(NamedTuple):
    """What a run did: how it ended, its effects outside of Consonance and in it, its deliveries' states, what operations are told."""

    state: str
    effects: Counter[str]
    written: Counter[str]
    deliveries: dict[tuple[str, str], str]
    untold: list[tuple[str, str, str]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[tuple[str, int], Night]]:
    """Three nights of a small house in each order, by use case and number; before the second and the third something happens."""
    found: dict[str, dict[tuple[str, int], Night]] = {}
    for number, (name, order) in enumerate(ORDERS.items()):
        with open_station(tmp_path_factory.mktemp(f"order-{number}")) as station:
            furnish(station, works=6)
            found[name] = {
                (dag_id, night): ran(station, dag_id, night)
                for night, account in enumerate(order)
                for dag_id in prepared(station, account, night)
            }
    return found


def prepared(station: Station, account: str, night: int) -> tuple[str, ...]:
    """The evening before a night; what is to run."""
    if night:
        something_happens(station, night)
    tell(station, account, as_of=NIGHT + timedelta(days=night))
    return DAGS


def ran(station: Station, dag_id: str, night: int) -> Night:
    """A run of a night."""
    before = len(station.effects())
    run = station.run(dag_id, NIGHT + timedelta(days=night), FORMS.get(dag_id))
    rows = list(station.sandbox.world.store.table("world.effects"))[before:]
    effects = Counter(row["kind"] for row in rows if not row["kind"].startswith("consonance."))
    written = Counter(row["key"] for row in rows if row["kind"].startswith("consonance."))
    with station.ledger() as ledger:
        states = {(row.destination, row.subject): row.state for name in ledger.counts(dag_id) for row in ledger.all_of(dag_id, name)}
    return Night(run.state, effects, written, states, [row for row in for_operations(station, dag_id) if row[0] == "A1"])


@pytest.mark.nightly
@pytest.mark.parametrize("dag_id", [dag_id for dag_id in DAGS if dag_id not in {STATEMENTS, EXCHANGE}])
def test_a_switch_sends_what_happened_and_nothing_else(nights: dict[str, dict[tuple[str, int], Night]], dag_id: str) -> None:
    """Each night the same goes out in either order: what is new since the night before."""
    back, gone = (nights[name] for name in ORDERS)
    for night in range(3):
        assert (back[dag_id, night].state, gone[dag_id, night].state) == ("success", "success")
        assert back[dag_id, night].effects == gone[dag_id, night].effects
        assert set(back[dag_id, night].deliveries) == set(gone[dag_id, night].deliveries)
        assert night == 0 or back[dag_id, night].effects == OF_A_NIGHT.get(dag_id, ({}, {}))[night - 1]
        assert "withdrawn" not in {*back[dag_id, night].deliveries.values(), *gone[dag_id, night].deliveries.values()}


@pytest.mark.nightly
def test_what_consonance_was_to_be_told_waits_while_it_cannot_be(nights: dict[str, dict[tuple[str, int], Night]]) -> None:
    """By the third night all of it is written where the account takes it, each once; of a letter, that it left and that it arrived."""
    written = sum((told.written for told in nights["gone and back"].values()), Counter[str]())
    first = sum((told.written for (_, night), told in nights["there and gone"].items() if night < 2), Counter[str]())
    assert {key for key, times in written.items() if times > (2 if key.startswith(("ex2:", "ex3:")) else 1)} == set()
    assert set(first) <= set(written)
    for dag_id in ("push__downstream_exceptions", "exstream__service_outcomes"):
        assert set(nights["gone and back"][dag_id, 1].deliveries.values()) == {"confirmed", "held"}
        assert set(nights["gone and back"][dag_id, 2].deliveries.values()) == {"confirmed"}


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "red"), [("gone and back", 1), ("there and gone", 2)])
def test_statements_wait_for_the_runs_that_they_were_held_against(
    nights: dict[str, dict[tuple[str, int], Night]], name: str, red: int
) -> None:
    """No file tells Consonance's own runs: once they were there and are gone, the run is red, and no statement goes again."""
    for night in range(3):
        told = nights[name][STATEMENTS, night]
        assert (told.state, len(told.untold)) == (("failed", 1) if night == red else ("success", 0))
        assert night == 0 or "exstream.letter" not in told.effects
        assert set(told.deliveries) == set(nights[name][STATEMENTS, 0].deliveries)


@pytest.mark.nightly
def test_the_exchange_says_nothing_again_because_a_workbook_tells_less(nights: dict[str, dict[tuple[str, int], Night]]) -> None:
    """Terms of a contract go once more when GraphQL tells for the first time what a workbook has no column for, and then no more."""
    for name, more in (("gone and back", (0, 0)), ("there and gone", (1, 0))):
        for night, times in enumerate(more, start=1):
            told = nights[name][EXCHANGE, night]
            contracts = [subject for destination, subject in told.deliveries if destination == "finance-terms"]
            assert (told.state, bool(contracts)) == ("success", True)
            assert told.effects.total() == times * len(contracts)
            assert "withdrawn" not in told.deliveries.values()


def test_a_stage_that_was_told_by_its_minute_is_not_told_again_by_its_day(tmp_path: Path) -> None:
    """At eleven by GraphQL; at noon the account is another one, whose list has days only, and at one it is back."""
    with open_station(tmp_path) as station:
        furnish(station, works=6)
        at = NIGHT - timedelta(days=1) + timedelta(hours=5)
        for hour, account in enumerate((EXTENDED, DOCUMENTED, EXTENDED, DOCUMENTED)):
            tell(station, account, as_of=at + timedelta(hours=hour), lacking=OPTIONAL)
            assert station.run(MILESTONES, at + timedelta(hours=hour)).state == "success"
            assert len(station.effects("push.delivered")) == 6
        assert len(entered(station, MILESTONES)) == 6


def test_a_mutation_that_comes_and_goes(tmp_path: Path) -> None:
    """What the account does not take waits, as long as it has no mutation for it, and is written once; even where it went since it was asked."""
    dag_id = "exstream__service_outcomes"
    with open_station(tmp_path) as station:
        furnish(station, works=6)
        for night, (off, waiting, written) in enumerate(((True, 2, 0), (False, 0, 3), (True, 1, 3), (False, 0, 5))):
            station.system("consonance").settings(features_off=["mutation.createWorkNote"] if off else [])
            if night:
                something_happens(station, night)
            assert station.run(dag_id, NIGHT + timedelta(days=night)).state == "success"
            states = list(station.deliveries(dag_id, "consonance").values())
            assert (states.count("held"), len(station.effects("consonance.createWorkNote"))) == (waiting, written)
