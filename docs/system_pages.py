"""The pages of the systems, `docs/systems/<system>.md`, and `docs/assumptions.md`: from the forms, the clients' declarations and systems.yaml."""

import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from page import page, shown_default, table

DOCS = Path(__file__).resolve().parent
MARKS = (
    "Marks: **DOC** the vendor documents or shows it ((c): shown by a public client), **ASM** our assumption, a setting or one adapter,"
    " **EXT** an extension that no vendor documents."
)
LOST = {
    "": "asked again",
    "A": "sent again with the same key: no second effect",
    "B": "sent again: it writes the same",
    "C": "after the settle time looked up by our reference, sent only if absent",
    "D": "never repeated: `unknown`, a person settles it",
    "sheet": "cannot be lost: a person loads it",
}
Row = tuple[str, str, str, str]


def system_pages() -> dict[Path, str]:
    """A page for each connection type, and the page of assumptions."""
    made = {DOCS / "systems" / f"{kind}.md": _system(form) for kind, form in forms().items()}
    return {**made, DOCS / "assumptions.md": _assumptions()}


@cache
def forms() -> Mapping[str, dict[str, Any]]:
    """Connection types with their forms."""
    from colophon_airflow.provider_info import get_provider_info

    return {kind["connection-type"]: kind for kind in get_provider_info()["connection-types"]}


@cache
def told() -> Mapping[str, dict[str, Any]]:
    """What systems.yaml says."""
    found: Mapping[str, dict[str, Any]] = yaml.safe_load((DOCS / "systems.yaml").read_text(encoding="utf-8"))
    return found


def connection_fields(form: Mapping[str, Any]) -> str:
    """Table of a connection's fields."""
    behaviour = form["ui-field-behaviour"]
    told = {
        "port": "Airflow's form wants a number here to test a stored connection; nothing uses it. `AIRFLOW_CONN_*` and secrets backends leave it out.",
        "host": f"Such as `{behaviour['placeholders']['host']}`.",
        "password": "Secret: masked everywhere, never shown again.",
    }
    fixed = [(f"`{name}`", label, "", told.get(name, "")) for name, label in behaviour["relabeling"].items()]
    extra = [
        (f"`{name}`", field["label"], shown_default(field["schema"].get("default")), field["description"])
        for name, field in form["conn-fields"].items()
    ]
    return table(("field", "label", "default", "meaning"), [*fixed, *extra])


def _system(form: Mapping[str, Any]) -> str:
    kind = form["connection-type"]
    facts, settle = told()[kind], form["conn-fields"]["settle_seconds"]["schema"]["default"]
    lost = [
        f"- Settle time: `settle_seconds`, {settle} s by default; so long a lost write may take to show before it is looked up.",
        f"- Keys: {facts['keys']}",
    ]
    return page(
        form["hook-name"],
        facts["for"],
        f"Connection type `{kind}`, default connection `{kind}_default`. {MARKS} How to begin with a real account: [going live](../going-live.md);"
        f" is it well: `colophon doctor --connection {kind}_default`.",
        f"## Connection\n\nHost, login and password are Airflow's own fields; the others are keys of `extra`.\n\n{connection_fields(form)}",
        "## Calls\n\nThe class says what may be done when an answer is lost.\n\n"
        + table(("call", "request", "class", "a lost answer"), operations(kind)),
        "\n".join(("## When an answer is lost\n", *lost)),
        "## Verbs of the client\n\n" + table(("verb", "does"), verbs(kind)),
        "\n".join(("## Limits\n", *(f"- {limit}" for limit in facts["limits"]))),
        *([facts["more"].rstrip()] if "more" in facts else []),
        f"## Assumptions\n\nAll systems: [assumptions](../assumptions.md).\n\n{_assumed(kind)}",
    )


def _assumptions() -> str:
    parts = [f"## {forms()[kind]['hook-name'] if kind in forms() else kind}\n\n{_assumed(kind)}" for kind in told()]
    return page(
        "Assumptions",
        "What no vendor documents and we had to choose. Each is a key of the connection's `extra`, or stands in one place of the code. Before an"
        " account goes live, put the questions to the vendor and set what they answer ([going live](going-live.md)).",
        *parts,
    )


def _assumed(kind: str) -> str:
    rows = []
    for entry in told()[kind]["assumptions"]:
        setting = entry.get("setting")
        default, where = entry.get("default"), f"`{setting}`" if setting else entry["adapter"]
        if setting and kind in forms():
            default = forms()[kind]["conn-fields"][setting]["schema"]["default"]
        rows.append((entry["item"], where, (shown_default(default) or "none") if setting else default, entry["question"]))
    return table(("we assume", "setting or place", "default", "question for the vendor"), rows)


def operations(kind: str) -> Iterator[Row]:
    """Every call that the client's modules declare, once each."""
    from colophon.http.operation import Operation

    seen: set[Row] = set()
    for module in _modules(kind):
        for value in vars(module).values():
            for found in value.values() if isinstance(value, Mapping) else (value,):
                if isinstance(found, Operation):
                    place = found.path or "an address that the connection or an answer names"
                    row = _row(found.name, f"`{found.method}` {place}", found.writes.value if found.writes else "")
                    if row not in seen:
                        seen.add(row)
                        yield row
    if kind == "consonance":
        yield from _graphql()


def _graphql() -> Iterator[Row]:
    from colophon.systems.consonance.graphql import queries
    from colophon.systems.consonance.writes.operations import KINDS

    for found in vars(queries).values():
        if isinstance(found, queries.Document):
            yield _row(found.name, f"GraphQL `{found.root}`", "")
    yield _row("products.json", "`GET` /api/v4/products.json", "")
    for name, write in KINDS.items():
        mark = " (EXT)" if write.is_extension else " (DOC)"
        yield _row(name, f"GraphQL mutation{mark}" if write.writes else "import sheet", write.writes.value if write.writes else "sheet")


def _row(name: str, request: str, letter: str) -> Row:
    return name, request, letter if letter in {"A", "B", "C", "D"} else "" if letter else "read", LOST[letter]


def verbs(kind: str) -> Iterator[tuple[str, str]]:
    """Public methods of the client, and of what systems.yaml names besides, with the first sentence of their docstrings."""
    client = next(c for name, c in vars(import_module(f"colophon.systems.{kind}.client")).items() if _is_client(kind, name, c))
    more = [path.rpartition(".") for path in told()[kind].get("also", ())]
    classes = [client, *(getattr(import_module(f"colophon.systems.{kind}.{module}"), name) for module, _, name in more)]
    for found in classes:
        for name, method in vars(found).items():
            if not name.startswith("_") and inspect.isfunction(method):
                text = " ".join((inspect.getdoc(method) or "").partition("\n\n")[0].split())
                yield f"`{name}`" if found is client else f"`{found.__name__}.{name}`", text


def _is_client(kind: str, name: str, value: object) -> bool:
    return inspect.isclass(value) and name.endswith("Client") and value.__module__ == f"colophon.systems.{kind}.client"


def _modules(kind: str) -> Iterator[Any]:
    package = import_module(f"colophon.systems.{kind}")
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    for name in sorted(names, key=lambda name: (not name.endswith(".operations"), name)):
        yield import_module(name)
