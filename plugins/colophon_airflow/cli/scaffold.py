"""`colophon new-use-case`: the three files of a use case of one shape, wired, tested and green from the first minute."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from string import Template
from typing import Annotated

import typer

from colophon.errors import BadConfigError
from colophon_airflow.cli.screen import console
from colophon_airflow.local import PROJECT

NAME = re.compile(r"^([a-z][a-z0-9]*)/([a-z][a-z0-9_]*[a-z0-9])$")
SYSTEMS = ("push", "exstream", "xconnector", "fourallportal", "bytenite", "ops")
_HOURLY = ("5 7-19 * * *", "Hourly from 07:05 to 19:05")
_NIGHTLY = ("0 3 * * *", "Every night at 03:00")
_POLLED = ("*/10 * * * *", "Every ten minutes")
_POLLS = {
    "xconnector": ("xconnector", "XConnectorPollOperator"),
    "exstream": ("opentext_exstream", "OpentextExstreamPollOperator"),
}
"""Systems whose events are fetched; those of the others come by webhook alone."""
_SHOWN = {
    "fourallportal": {
        "look": "portal_shown", "operators": "fourallportal", "deliver": "FourallportalDeliverOperator", "collect": "",
        "shown_module": "colophon.systems.fourallportal.records", "shown": "PortalObject", "destination": "4allportal",
    },
    "bytenite": {
        "look": "library_shown", "operators": "bytenite", "deliver": "ByteniteDeliverOperator", "collect": "ByteniteAwaitOperator",
        "shown_module": "colophon.systems.bytenite.shown", "shown": "Shown", "destination": "video-library",
    },
}  # fmt: skip
"""Systems whose state can be looked at."""


class ShapeName(StrEnum):
    """What a use case does, and so which block it stands on."""

    NOTICES = "notices"
    LETTERS = "letters"
    INBOUND = "inbound"
    STATE = "state"
    EVENTS = "events"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a DAG of one shape is wired: `block` and `kind` of its case, imports and `body` of its file, when it runs, and what `more` it declares."""

    block: str = "use_case"
    kind: str = "UseCase"
    imports: str
    body: str
    flow: str
    schedule: tuple[str, str] = _NIGHTLY
    more: str = ""
    systems: tuple[str, ...] = SYSTEMS


SHAPES: Mapping[ShapeName, Shape] = {
    ShapeName.NOTICES: Shape(
        imports="from colophon_airflow.groups import PEOPLE, tell_people",
        body="tell_people(case)",
        flow="Consonance -> what happened -> people.",
        schedule=_HOURLY,
        more=', params={"people": PEOPLE}',
    ),
    ShapeName.LETTERS: Shape(
        block="letters",
        kind="Letters",
        imports="from colophon_airflow.groups import send_letters\n"
        "from colophon_airflow.operators.report import ReportOperator\n"
        "from colophon_airflow.systems.opentext_exstream.operators import LettersOperator",
        body='decide = LettersOperator(task_id="decide", case=case)\n'
        '    send_letters(case, decide.output, "$use_case") >> ReportOperator(task_id="report")',
        flow="Consonance -> letters -> Exstream.",
    ),
    ShapeName.INBOUND: Shape(
        block="inbound",
        kind="Inbound",
        imports="from colophon_airflow.groups import take_events\n$poll_import",
        body="take_events(case$poll)",
        flow="What came in -> inbox -> Consonance.",
        schedule=_POLLED,
        more=", polls=True",
    ),
    ShapeName.STATE: Shape(
        block="desired_state",
        kind="DesiredState",
        imports="from colophon_airflow.groups import follow_rights\nfrom colophon_airflow.systems.$operators.operators import $state_imports",
        body="$state_body",
        flow="Consonance -> rights engine -> what the counterpart shows.",
        systems=tuple(_SHOWN),
    ),
    ShapeName.EVENTS: Shape(
        imports="from colophon_airflow.groups import send_events\n"
        "from colophon_airflow.operators.decide import DecideOperator\n"
        "from colophon_airflow.operators.report import ReportOperator",
        body='decide = DecideOperator(task_id="decide", case=case)\n    send_events(decide.output) >> ReportOperator(task_id="report")',
        flow="Consonance -> events -> recipients of the middleware.",
    ),
    ShapeName.JOBS: Shape(
        imports="from colophon_airflow.groups import run_jobs",
        body="run_jobs(case)",
        flow="Consonance -> orders -> jobs -> outputs.",
    ),
}


def new_use_case(
    name: Annotated[str, typer.Argument(help="<system>/<use_case>, such as push/deadline_reminders")],
    shape: Annotated[ShapeName, typer.Option(help="What it does: docs/add-a-use-case.md")] = ShapeName.NOTICES,
) -> None:
    """Write the DAG, the decision and the test of a new use case; then fill in `decide`."""
    system, use_case = _parts(name, shape)
    values = _values(system, use_case, shape)
    for target, template in {
        f"dags/{system}/{use_case}.py": "dag",
        f"include/colophon/use_cases/{system}/{use_case}.py": shape.value,
        f"tests/stories/test_{use_case}.py": "test",
    }.items():
        _write(target, template, values)
    package = PROJECT / "include/colophon/use_cases" / system / "__init__.py"
    if not package.exists():
        package.write_text(f'"""Use cases whose counterpart is {system}."""\n', encoding="utf-8")
    console.print(f"Next: fill in `decide`, then `make docs check test`. The DAG is {system}__{use_case}.", highlight=False)


def _parts(name: str, shape: ShapeName) -> tuple[str, str]:
    match = NAME.match(name)
    if not match:
        raise BadConfigError(f"{name!r} is not <system>/<use_case> in small letters, digits and underscores")
    system, use_case = match.groups()
    allowed = SHAPES[shape].systems
    if system not in allowed:
        shapes = [str(other) for other, found in SHAPES.items() if system in found.systems]
        remedy = (
            f"Shapes of {system}: {', '.join(shapes)}." if shapes else f"Systems: {', '.join(SYSTEMS)}; a new one: docs/add-a-system.md."
        )
        raise BadConfigError(f"{shape.value} is no shape of a system {system!r}", remedy=remedy)
    return system, use_case


def _values(system: str, use_case: str, shape: ShapeName) -> dict[str, str]:
    """What the templates are filled with."""
    wiring, values = SHAPES[shape], {"system": system, "use_case": use_case, "title": use_case.replace("_", " ").capitalize()}
    values["rule"] = "".join(word[0] for word in use_case.split("_")).upper() + "1"
    values |= _poll(system) if shape is ShapeName.INBOUND else _state(system) if shape is ShapeName.STATE else {}
    cron, when = wiring.schedule
    filled = {name: Template(getattr(wiring, name)).substitute(values).strip() for name in ("imports", "body", "flow")}
    return values | filled | {"block": wiring.block, "kind": wiring.kind, "more": wiring.more, "cron": cron, "when": when}


def _poll(system: str) -> dict[str, str]:
    if system not in _POLLS:
        return {"poll": "", "poll_import": ""}
    module, operator = _POLLS[system]
    return {"poll": f', {operator}(task_id="poll")', "poll_import": f"from colophon_airflow.systems.{module}.operators import {operator}"}


def _state(system: str) -> dict[str, str]:
    shown = _SHOWN[system]
    collect = f", collect={shown['collect']}" if shown["collect"] else ""
    body = f"follow_rights(case, look={shown['look']}, deliver={shown['deliver']}{collect})"
    names = sorted(filter(None, (shown["collect"], shown["deliver"], shown["look"])), key=lambda name: (not name[0].isupper(), name))
    return {**shown, "state_body": body, "state_imports": ", ".join(names)}


def _write(target: str, template: str, values: dict[str, str]) -> None:
    path = PROJECT / target
    if path.exists():
        raise BadConfigError(f"{target} exists already", remedy="Choose another name; nothing was overwritten.")
    text = resources.files("colophon_airflow.cli").joinpath("templates", f"{template}.py.tmpl").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(text).substitute(values), encoding="utf-8")
    console.print(f"  {target}", highlight=False)
