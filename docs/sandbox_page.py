"""The page of the sandbox: its worlds, its control routes, its settings, and the week in the life."""

from inspect import getdoc

from page import page, table

from colophon_sandbox import seeds, week
from colophon_sandbox.control import Control
from colophon_sandbox.faults import KINDS
from colophon_sandbox.references import REFERENCES
from colophon_sandbox.serve import all_systems
from colophon_sandbox.systems.consonance.audience_files import COLUMNS


def sandbox() -> str:
    """All of it, from the code."""
    return page(
        "The sandbox",
        "The six systems as one strict local server: state, a clock, faults, and a journal of what was asked. `make up` starts it with a"
        " living house; `colophon sandbox` runs it alone.",
        *_worlds(),
        *_control(),
        *_settings(),
        *_week(),
    )


def _worlds() -> list[str]:
    house = seeds.living_house()
    rows = [(f"`{system}`", ", ".join(f"{name} {len(part):,}" for name, part in parts.items())) for system, parts in house.items()]
    fields = sum(map(len, REFERENCES.values()))
    lists = [(f"`{name}.csv`", ", ".join(columns)) for name, columns in COLUMNS.items()]
    return [
        "## Worlds",
        (
            "`--living`: the built-in catalogue and, of the same titles, people, works and files in all six systems. What is written to Consonance,"
            " such as a to-do, a payment or a text, shows in the lists that a person would look at."
        ),
        table(("system", "records of the living house"), rows),
        (
            f"`--world FILE`: JSON, `{{system: {{collection: [record]}}}}`. Dates are those of 1 May 2026 and move with the sandbox's day. {fields}"
            " fields are references; an unknown one is refused with file, record, field and reference."
        ),
        "Audiences are files beside Consonance's reports, under `/consonance/__files__/`; a list that nobody keeps is not there.",
        table(("file", "columns"), lists),
    ]


def _control() -> list[str]:
    rows = [
        (f"`{route.method}`", f"`/__sandbox__{route.path}`", ", ".join(route.query) or "", _sentence(getattr(Control, route.handler)))
        for route in Control.routes
    ]
    return [
        "## Control routes",
        "They exist with `--control`, and answer on loopback only. No credentials.",
        table(("method", "route", "parameters", "does"), rows),
        (
            f"Kinds of fault: {', '.join(f'`{kind}`' for kind in sorted(KINDS))}. `when` is `before` the effect or `after` it, which is how a lost"
            " answer is played; `skip` requests first, then `times` times, null for always."
        ),
    ]


def _settings() -> list[str]:
    rows = [
        (
            f"`{system.name}`",
            f"`{name}`",
            f"`{default if default is not None else 'null'}`" if not isinstance(default, dict) else "an object",
        )
        for system in all_systems()
        for name, default in system.settings.items()
    ]
    return [
        "## Settings",
        "`PATCH /__sandbox__/settings`; a wrong name or value is refused.",
        table(("system", "setting", "default"), rows),
    ]


def _week() -> list[str]:
    rows = [(str(step["day"]), step["at"], step["say"]) for step in week.steps()]
    return [
        "## A week in the life",
        (
            "`make week` plays it at the sandbox of `make up`; `python -m colophon_sandbox.week ADDRESS --pause 20` at any. The steps are data:"
            " `include/colophon_sandbox/week.json`."
        ),
        table(("day", "at", "what happens"), rows),
    ]


def _sentence(handler: object) -> str:
    return (getdoc(handler) or "").partition("\n")[0]
