"""`colophon new-use-case`: the three files of a use case, wired, tested and green from the first minute."""

import importlib
import importlib.util
import re
from importlib import resources
from string import Template
from typing import Annotated

import typer

from colophon.errors import BadConfigError
from colophon_airflow.cli.screen import console
from colophon_airflow.local import PROJECT

NAME = re.compile(r"^([a-z][a-z0-9]*)/([a-z][a-z0-9_]*[a-z0-9])$")


def new_use_case(name: Annotated[str, typer.Argument(help="<system>/<use_case>, such as xconnector/workflow_status")]) -> None:
    """Write the DAG, the decision and the test of a new use case; then fill in `decide`."""
    system, use_case = _parts(name)
    values = {"system": system, "use_case": use_case, "title": use_case.replace("_", " ").capitalize()}
    values["prefix"] = _operator_prefix(system)
    for target, template in {
        f"dags/{system}/{use_case}.py": "dag.py.tmpl",
        f"include/colophon/use_cases/{system}/{use_case}.py": "use_case.py.tmpl",
        f"tests/use_cases/{system}/test_{use_case}.py": "test.py.tmpl",
    }.items():
        _write(target, template, values)
    package = PROJECT / "include/colophon/use_cases" / system / "__init__.py"
    if not package.exists():
        package.write_text(f'"""Use cases whose counterpart is {system}."""\n', encoding="utf-8")
    console.print(f"Next: fill in `decide`, then `make test check docs`. The DAG is {system}__{use_case}.", highlight=False)


def _parts(name: str) -> tuple[str, str]:
    match = NAME.match(name)
    if not match:
        raise BadConfigError(f"{name!r} is not <system>/<use_case> in small letters, digits and underscores")
    system, use_case = match.groups()
    if importlib.util.find_spec(f"colophon_airflow.operators.{system}") is None:
        raise BadConfigError(f"there are no operators of a system {system!r} yet", remedy="Add the system first: docs/contributing.md")
    return system, use_case


def _operator_prefix(system: str) -> str:
    """Operators carry their system's name: XConnectorDeliverOperator."""
    module = importlib.import_module(f"colophon_airflow.operators.{system}")
    return next(name.removesuffix("DeliverOperator") for name in vars(module) if name.endswith("DeliverOperator"))


def _write(target: str, template: str, values: dict[str, str]) -> None:
    path = PROJECT / target
    if path.exists():
        raise BadConfigError(f"{target} exists already", remedy="Choose another name; nothing was overwritten.")
    text = resources.files("colophon_airflow.cli").joinpath("templates", template).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(text).substitute(values), encoding="utf-8")
    console.print(f"  {target}", highlight=False)
