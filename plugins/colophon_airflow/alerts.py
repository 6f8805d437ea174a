"""The alert route: who is told of trouble, as `[colophon] alerts` says. The first route that works takes the notice."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowConfigException

from colophon import environment
from colophon.errors import BadConfigError, ColophonError
from colophon_airflow.alert_routes import KINDS, UNREACHED, Route

if TYPE_CHECKING:
    from colophon.ledger import Ledger
    from colophon_airflow.notices import Notice

log = logging.getLogger(__name__)

REMEMBERED = "alerts"
REMEDY = 'Set [colophon] alerts, such as [{"email": "oncall@example.org"}, {"file": "/var/log/colophon-alerts.log"}].'


def send(notice: "Notice") -> str:
    """Send by the first route that works; its name, and nothing where none did. Never raises: it is called where something failed already.

    What failed on the way is remembered, and shown on the desk until that route works again.
    """
    states: dict[str, str] = {}
    taken = ""
    try:
        for name, route in _named(routes()):
            states[name] = _trouble_of(route, notice)
            if not states[name]:
                taken = name
                break
    except ColophonError as problem:
        log.error("The alert route cannot be read: %s", problem)  # noqa: TRY400 - its four lines are enough
    if taken:
        log.info("Told by %s: %s", taken, notice.what)
    else:
        log.error("Nobody was told, no alert route works:\n%s", notice)
    _remember(states)
    return taken


def routes() -> Sequence[Route]:
    """The routes, in order.

    :raises BadConfigError: there is none, or one cannot be read; names keys, never what stands in them.
    """
    from pydantic import ValidationError

    try:
        told = conf.getjson("colophon", "alerts", fallback=[])
    except AirflowConfigException:
        told = None
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise BadConfigError("[colophon] alerts is no JSON list of routes", remedy=REMEDY)
    if not told:
        raise BadConfigError("nobody is told of failures: no alert route is configured", remedy=REMEDY)
    found: list[Route] = []
    for number, item in enumerate(told, 1):
        kinds = [KINDS[key] for key in item if key in KINDS]
        if len(kinds) != 1:
            raise BadConfigError(f"route {number} of [colophon] alerts names none or many of {', '.join(KINDS)}", remedy=REMEDY)
        try:
            found.append(kinds[0].model_validate(item))
        except ValidationError as problem:
            keys = ", ".join(sorted({".".join(map(str, error["loc"])) for error in problem.errors(include_input=False)}))
            raise BadConfigError(f"route {number} of [colophon] alerts is wrong in {keys}", remedy=REMEDY) from None
    return found


def check() -> str:
    """Make and reach every route; what was found, a line each. What is well again is remembered, where it was reached.

    :raises BadConfigError: no route, or one does not work.
    """
    states, lines = dict[str, str](), []
    for name, route in _named(routes()):
        try:
            found = route.check()
            lines.append(f"{name}: {found}")
            states |= {} if found.endswith(UNREACHED) else {name: ""}
        except Exception as problem:  # noqa: BLE001 - every route is looked at
            states[name] = _sentence(problem)
    _remember(states)
    if bad := [f"{name}: {trouble}" for name, trouble in states.items() if trouble]:
        raise BadConfigError("; ".join(bad), remedy="Mend that route of [colophon] alerts; notices go by the next one until then.")
    return "\n".join(lines)


def troubles(ledger: "Ledger") -> list[str]:
    """What is wrong with the alert route as far as is known: its configuration, and routes that did not work when they were used last."""
    try:
        names = [name for name, _ in _named(routes())]
    except ColophonError as problem:
        return [f"{problem.sentence}. {problem.advice}"]
    known, _ = ledger.memory.get(REMEMBERED) or ({}, None)
    return [f"{name}: {known[name]}" for name in names if known.get(name)]


def _named(found: Sequence[Route]) -> "Iterator[tuple[str, Route]]":
    yield from ((f"route {number} ({route.kind})", route) for number, route in enumerate(found, 1))


def _trouble_of(route: Route, notice: "Notice") -> str:
    try:
        route.send(notice)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the next route is tried
        log.warning("An alert route does not work: %s", _sentence(problem))
        return _sentence(problem)
    return ""


def _sentence(problem: Exception) -> str:
    # The message of an error that is not ours may hold a secret.
    return f"{problem.code}: {problem.sentence}" if isinstance(problem, ColophonError) else f"unforeseen: {type(problem).__name__}"


def _remember(states: Mapping[str, Any]) -> None:
    """Keep what was found, beside what is known of routes that were not tried."""
    from colophon_airflow.settings import open_ledger

    if not states:
        return
    try:
        with open_ledger() as ledger:
            known, _ = ledger.memory.get(REMEMBERED) or ({}, None)
            ledger.memory.put(REMEMBERED, {**known, **states}, environment.now())
    except Exception as problem:  # noqa: BLE001 - the ledger may be what is broken
        log.warning("It is not remembered which alert routes work: %s", type(problem).__name__)
