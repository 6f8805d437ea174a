"""Whether each use case can run here: what stands beside the systems, what the account tells, and the matrix of both."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from colophon_airflow.settings import connection, open_ledger, publisher_config

if TYPE_CHECKING:
    from colophon.readiness import Account
    from colophon.systems.xconnector.records import Route
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

PEOPLE = "people.csv"
"""The file of people that the rights scan tells unless its form names another."""


def people() -> str:
    """Who has which devices.

    :raises BadConfigError: the file is missing or unreadable: nobody could be told anything.
    """
    from colophon_airflow.systems.opentext_push.operators import recipients as directory_of

    with open_ledger() as ledger:
        directory_of(PEOPLE, ledger)
    return f"{PEOPLE} can be read"


def recipients() -> str:
    """Recipients of feeds and of the exchange: each has a route, and none of those that hold our titles was forgotten.

    :raises BadConfigError: one has no route, or its file is gone.
    """
    from colophon.blocks.panels import TitlePanel
    from colophon.errors import BadConfigError
    from colophon.readiness import ROUTE_REMEDY, declared

    config, kinds = publisher_config(), kinds_of_events()
    with open_ledger() as ledger:
        held = {name for panel in declared(TitlePanel) for name in ledger.counts(panel.case.id)}
    gone = sorted(held - {*config.recipients, *config.publisher.former_recipients})
    if gone:
        remedy = (
            "Put the file back; where no business is left, have its titles taken down and name it in `former_recipients` of publisher.yaml."
        )
        raise BadConfigError(f"{_few(gone)}: titles were delivered, and recipients/<id>.yaml is gone", remedy=remedy)
    idle = sorted(name for name, profile in config.recipients.items() if not profile.live)
    unarmed = f"; not armed, so they get nothing: {', '.join(idle)} (live: true in recipients/<id>.yaml)" if idle else ""
    if connection("xconnector_default").extra_dejson.get("mode", "xc1") != "xc1":
        return f"{len(kinds)} recipients; this mode has no routes to look at{unarmed}"
    events = kinds_by_route()
    lacking = _unrouted([kinds, *events])
    if lacking:
        raise BadConfigError(f"no route at the middleware takes anything to {_few(lacking)}", remedy=ROUTE_REMEDY)
    told = len({name for each in events for name in each})
    return f"{len(kinds)} recipients, and {told} that get events alone, each with a route{unarmed}"


def kinds_of_events() -> dict[str, str]:
    """Recipient -> kind of event that goes to it. Raises BadConfigError."""
    feeds = {name: "title.feed" if profile.format == "onix" else "title.updated" for name, profile in publisher_config().recipients.items()}
    return {**feeds, **publisher_config().exchange.recipients}


def kinds_by_route() -> list[dict[str, str]]:
    """Recipient -> kind of event of each row of routes.yaml whose recipient gets events alone: none of them has a file of its own."""
    from colophon.systems.xconnector.schemas import SCHEMAS

    known = kinds_of_events()
    routes = [route for route in publisher_config().routes if route.recipient not in known]
    return [{route.recipient: kind} for route in routes if (kind := next(filter(route.takes_kind, SCHEMAS), ""))]


def our_routes() -> "list[Route]":
    """routes.yaml as the middleware has routes.

    :raises BadConfigError: a row takes no event that we have a schema of.
    """
    from colophon.errors import BadConfigError
    from colophon.systems.xconnector.records import Match, Route
    from colophon.systems.xconnector.schemas import SCHEMAS

    routes = publisher_config().routes
    for route in routes:
        if not any(route.takes_kind(kind) for kind in SCHEMAS):
            raise BadConfigError(
                f"routes.yaml: {route.id} takes {route.type}, and there is no such event", remedy="docs/events.md has the types."
            )
    return [Route(id=r.id, match=Match(type=r.type, recipient=r.recipient), targets=r.targets, order=r.order) for r in routes]


def account(broken: Mapping[str, str], conn_id: str = "consonance_default") -> "Account":
    """What the account offers and which reports are there, asked anew.

    :param broken: systems that are known not to work, with the reason; an account that cannot be asked is one of them.
    """
    from colophon.errors import ColophonError
    from colophon.readiness import Account
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    if "consonance" in broken:
        return Account(broken=broken)
    hook = ConsonanceHook(conn_id)
    try:
        with hook.client as client:
            features = frozenset(client.capabilities(refresh=True).features)
        files, unfit = _files(hook)
    except ColophonError as problem:
        return Account(broken={**broken, "consonance": f"{problem.code}: {problem.sentence}"})
    return Account(features, frozenset(files), unfit, broken)


def _files(hook: "ConsonanceHook") -> tuple[list[str], dict[str, str]]:
    """Reports that are there and ready, and why others are not."""
    from colophon.errors import BadReportError, NotReadyError

    files, unfit = list[str](), dict[str, str]()
    if not hook.settings.reports_location:
        return files, unfit
    with hook.reports as place:
        for feature in place.reports.layouts.reports:
            try:
                if place.reports.is_ready(feature):
                    files.append(feature)
            except (BadReportError, NotReadyError) as problem:
                unfit[feature] = problem.sentence
    return files, unfit


def _unrouted(kinds: Sequence[Mapping[str, str]]) -> list[str]:
    from colophon.systems.xconnector.routing import unrouted
    from colophon_airflow.systems.xconnector.hook import XConnectorHook

    with XConnectorHook("xconnector_default").client as client:
        extra = client.settings.extra
        routes = [*client.routes(), *(our_routes() if extra.manage_routes else ())]
    return sorted({name for each in kinds for name in unrouted(each, routes, extra.type_prefix)})


def _few(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
