"""Every task that calls a system runs in that system's pool, and the pools are there."""

from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest
from dag_walk import dag_named
from typer.testing import CliRunner

from colophon.errors import BadConfigError
from colophon_airflow.cli import app
from colophon_airflow.operators.availability import StateDecideOperator
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.pools import SYSTEMS, check_pools, make_pools, sizes

ROOT = Path(__file__).resolve().parents[2]
DAGS = sorted(f"{path.parent.name}__{path.stem}" for path in (ROOT / "dags").glob("*/*.py"))


def names_in(operator: type) -> Iterator[str]:
    """Every name that the operator's methods speak of, those of its bases where it has none of its own."""
    for name in dir(operator):
        method = getattr(operator, name, None)
        while hasattr(method, "__wrapped__"):
            method = method.__wrapped__
        code = method if isinstance(method, FunctionType) else getattr(method, "__func__", None)
        if code is not None and code.__module__.startswith("colophon_airflow"):
            yield from (*code.__code__.co_names, *code.__code__.co_varnames)


def calls_a_system(operator: type) -> bool:
    """Whether it makes a client of a system, or says that of what it inherits it uses nothing that does (an empty `system` of its own)."""
    return vars(operator).get("system") != "" and any(name.endswith("Hook") or name == "client_of" for name in names_in(operator))


@pytest.mark.parametrize("dag_id", DAGS)
def test_tasks_run_in_the_pool_of_the_system_that_they_call(dag_id: str) -> None:
    """Mapped ones as well; and those that call none leave the systems' slots alone."""
    for task in dag_named(dag_id).tasks:
        operator = getattr(task, "operator_class", type(task))
        if not issubclass(operator, UseCaseOperator):
            assert task.pool == "default_pool", task.task_id
        elif issubclass(operator, StateDecideOperator):
            assert task.look.__module__ == f"colophon_airflow.systems.{task.pool}.operators", task.task_id
        elif calls_a_system(operator):
            assert operator.system in SYSTEMS, f"{operator.__name__} calls a system and does not say which"
            assert task.pool == operator.system, task.task_id
        else:
            assert task.pool == (operator.system or "default_pool"), task.task_id


def test_the_policy_sees_who_calls_a_system() -> None:
    """Were it blind, every DAG would keep it."""
    from colophon_airflow.operators.decide import DecideOperator
    from colophon_airflow.operators.report import ReportOperator
    from colophon_airflow.systems.bytenite.operators import ByteniteDeliverOperator
    from colophon_airflow.systems.xconnector.operators import XConnectorDeliverOperator, XConnectorPollOperator

    assert all(map(calls_a_system, (DecideOperator, ByteniteDeliverOperator, XConnectorDeliverOperator, XConnectorPollOperator)))
    assert not calls_a_system(ReportOperator)


def test_sizes_come_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for all, another one for a system; a number that is none is named."""
    assert sizes() == dict.fromkeys(SYSTEMS, 4)
    monkeypatch.setenv("AIRFLOW__COLOPHON__POOL_SLOTS", "6")
    monkeypatch.setenv("AIRFLOW__COLOPHON__POOL_SLOTS_BYTENITE", "2")
    assert sizes() == {**dict.fromkeys(SYSTEMS, 6), "bytenite": 2}
    monkeypatch.setenv("AIRFLOW__COLOPHON__POOL_SLOTS_BYTENITE", "0")
    with pytest.raises(BadConfigError, match="pool_slots_bytenite"):
        sizes()


def test_a_missing_pool_is_made_by_the_command_that_the_doctor_names(airflow_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow would leave its tasks waiting without a word."""
    from airflow.models.pool import Pool

    make_pools()
    Pool.delete_pool("bytenite")
    with pytest.raises(BadConfigError, match="no pool bytenite") as caught:
        check_pools()
    assert "colophon pools" in caught.value.advice
    monkeypatch.setenv("AIRFLOW__COLOPHON__POOL_SLOTS_XCONNECTOR", "7")
    done = CliRunner().invoke(app, ["pools"])
    assert done.exit_code == 0, done.output
    assert "bytenite 4" in (found := check_pools())
    assert "xconnector 7" in found
