"""Whether a title is ready for its launch, by Consonance's records and to-dos as they are now. Nothing is asked twice: a person waits.

What other systems say - assets, videos, a hold - is as it was told when the launch engine was asked last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon.errors import ColophonError
from colophon.ledger import Ledger
from colophon_airflow.desk import launches
from colophon_airflow.rights import holding_of, product_of
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.domain.todo import Todo
    from colophon.launch.status import Status
    from colophon.launch.title import Format
    from colophon.rights import Availability
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

NOBODY = "no recipient may have it"


class Recipient(NamedTuple):
    """What keeps a title from a recipient, and what would be better; none of both: it is complete. `not_for`: why it is out of scope there."""

    name: str
    missing: "Sequence[Finding]"
    better: "Sequence[Finding]"
    not_for: str = ""


class Looked(NamedTuple):
    """A title as it stands; `judged` is the launch engine's answer, None: it has no day. `unknown` says why no to-dos are known; empty where they are."""

    product: "Product"
    recipients: Sequence[Recipient]
    judged: "Format | None"
    is_complete: bool
    unknown: str
    sources: launches.Sources


def looked(ledger: Ledger, isbn: str, at: datetime) -> Looked:
    """The product judged for every recipient as a run would, and by the launch engine with the to-dos of its work; nothing is planned.

    Raises as `product_of`, and what keeps Consonance from answering.
    """
    from colophon.http.retry import asking_once
    from colophon.quality.figures import is_complete
    from colophon.rights import Atlas, judge
    from colophon.stopped import as_stopped
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    hook = ConsonanceHook("consonance_default")
    with asking_once():
        with hook.client as client:
            product = product_of(client, isbn)
        holding = holding_of(hook, isbn, publisher_config().embargoes.first_day_of_sale)
        todos, unknown = todos_of(hook, product)
    rights = as_stopped(ledger, product.isbn13 or isbn, judge(holding, Atlas.load(publisher_config().publisher.code_lists)))
    recipients, launch = judged(ledger, product, rights, todos, at)
    return Looked(product, recipients, launch, is_complete(product), unknown, launches.sources_of(ledger))


def judged(
    ledger: Ledger, product: "Product", rights: "Availability", todos: "list[Todo] | None", at: datetime
) -> "tuple[list[Recipient], Format | None]":
    """What keeps a product from whom, and the launch engine's answer; None: it has no day."""
    names, findings, out_of_scope = _judged(ledger, product, rights, at)
    recipients = [_recipient(name, findings, out_of_scope.get(name, "")) for name in names]
    return recipients, _by_engine(ledger, product, rights, todos, recipients, at.date())


def _recipient(name: str, findings: "Sequence[Finding]", not_for: str) -> Recipient:
    from colophon.domain.finding import Severity

    if not_for:
        return Recipient(name, (), (), not_for)
    missing = [one for one in findings if one.severity is Severity.ERROR and one.blocks == name]
    blocked = {(one.rule, one.field) for one in missing}
    # Every recipient's rules may say the same of a title; a person reads it once.
    told = {(one.rule, one.field, one.found): one for one in findings if one.severity is not Severity.ERROR}
    return Recipient(name, missing, [one for key, one in told.items() if key[:2] not in blocked])


def _by_engine(
    ledger: Ledger, product: "Product", rights: "Availability", todos: "list[Todo] | None", recipients: Sequence[Recipient], today: date
) -> "Format | None":
    """The launch engine's answer by what is known now, and by what it was told before."""
    from colophon.launch.evidence import CONSONANCE, Evidence
    from colophon.launch.path import Work, pace
    from colophon.launch.title import format_readiness

    config = publisher_config()
    sold_through = {profile.sale_channel for profile in config.recipients.values()}
    faults = {one.rule for each in recipients for one in each.missing} | ({NOBODY} if all(each.not_for for each in recipients) else set())
    own = tuple(replace(todo, work_id=product.work_id) for todo in todos or ())
    evidence = Evidence(
        takes=launches.pace_of(ledger) or pace((), config.pipeline_monitor, config.calendars.of(product.imprint)),
        todos=None if todos is None else CONSONANCE,
        faults={product.subject: sorted(faults)},
        may_sell=lambda _product, day: any(rights.open_bits(channel, day) for channel in sold_through),
    )
    work = Work(product.work_id, product.title, product.imprint, (product,), own)
    calendar = config.calendars.of(product.imprint)
    judged = format_readiness(product, work, evidence, config.readiness, config.pipeline_monitor, calendar, today)
    kept = launches.title_of(ledger, product.work_id)
    before: Sequence[Mapping[str, Any]] = (
        next((each["statuses"] for each in kept["formats"] if each["isbn"] == product.isbn13), []) if kept else []
    )
    return judged and judged._replace(statuses=tuple(_completed(judged.statuses, before)))


def _completed(now: "Sequence[Status]", before: Sequence[Mapping[str, Any]]) -> "list[Status]":
    """What is known now; what no source told now, as it was told before."""
    from colophon.launch.status import Light, Status

    told = {
        row["name"]: Status(**{**row, "light": Light(row["light"]), "due": row["due"] and date.fromisoformat(row["due"])}) for row in before
    }
    names = [status.name for status in now]
    return [told.get(status.name, status) if status.source == "no source" else status for status in now] + [
        status for name, status in told.items() if name not in names
    ]


def _judged(
    ledger: Ledger, product: "Product", rights: "Availability", at: datetime
) -> "tuple[list[str], Sequence[Finding], dict[str, str]]":
    from colophon.blocks.decision import DecisionContext
    from colophon.blocks.panels import TitlePanel
    from colophon.domain.facts import Facts
    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.readiness import declared
    from colophon.rights.hold import days_to_hold
    from colophon.rights.snapshot import RightsSnapshot
    from colophon.rights.statuses import status_of

    config, params = publisher_config(), {"mode": "delta"}
    days = days_to_hold(at, config.limits.rights_hold_hours)
    names, findings, out_of_scope = list[str](), list[Finding](), dict[str, str]()
    for panel in declared(TitlePanel):
        channels = panel.case.rights.channels(config) if panel.case.rights else ()
        context = DecisionContext(
            as_of=at,
            config=config,
            params=params,
            history=partial(ledger.latest, panel.case.id),
            rights=RightsSnapshot({product.subject.removeprefix("isbn:"): status_of(product, rights, channels, days)}),
            content=ledger.content,
        )
        names += [profile.id for profile in panel.recipients(params, config)]
        plan = panel.case.decide(Facts.known({Product: [product]}, source="graphql", as_of=at), context)
        findings += plan.findings
        out_of_scope |= {name: reason for name, reasons in plan.out_of_scope.items() for reason in reasons.values()}
    return names, findings, out_of_scope


def todos_of(hook: "ConsonanceHook", product: "Product") -> "tuple[list[Todo] | None, str]":
    """To-dos of the product's work: from the list that proves completion, else from the calendar; or why there are none."""
    from colophon.domain.todo import Todo

    settings = hook.settings
    if not settings.reports_location and not settings.ical_url:
        return None, "the connection to Consonance names no calendar and no place for reports (ical_url, reports_location)"
    try:
        with hook.reports as place:
            names = (["todos"] if settings.reports_location else []) + ["calendar"]
            for name in names:
                report = place.read(name)
                if report is not None:
                    with report:
                        return [one for one in report if isinstance(one, Todo) and _is_of(one, product)], ""
    except ColophonError as problem:
        return None, problem.sentence
    return None, "Consonance's to-dos are told nowhere yet: there is neither a to-do report nor a calendar"


def _is_of(one: "Todo", product: "Product") -> bool:
    """Whether a to-do is about the product's work: by its number, or by its title where the source tells no number."""
    if one.work_id is not None:
        return one.work_id == product.work_id
    return one.work_title is not None and _key(one.work_title) == _key(product.title)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
