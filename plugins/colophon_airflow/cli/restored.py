"""`colophon ledger fence` and `colophon ledger restored`: what a person does about a ledger that was restored from a backup."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.errors import ColophonError, InvalidError
from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table

if TYPE_CHECKING:
    from colophon.ledger import Ledger

By = Annotated[str, typer.Option(help="Who says so; for the audit.")]
SURELY_BEFORE = timedelta(hours=1)
"""So much earlier than the backup the middleware's list begins: the clocks need not agree, nor the moment be exact."""


def fence(*, by: By, why: Annotated[str, typer.Option(help="What was restored, from what.")], ledger: Url = None) -> None:
    """Let nothing be sent: the ledger was restored, or is about to be used after a restore. `restored` lifts it."""
    with open_ledger_at(ledger) as opened:
        opened.restoring.raise_fence(why, by=by)
    console.print("Nothing is sent until `colophon ledger restored` is run.")


def restored(
    *,
    as_of: Annotated[
        str, typer.Option(metavar="MOMENT", help="When the backup was made, such as 2026-05-01T02:00Z; UTC where it does not say.")
    ],
    by: By,
    margin: Annotated[int, typer.Option(help="By how much message numbers rise where the middleware cannot be asked.")] = 100,
    xconnector: Annotated[str, typer.Option(help="The middleware's connection.")] = "xconnector_default",
    ledger: Url = None,
) -> None:
    """Make a ledger that was restored from a backup fit to send again, without telling anybody twice. Who was erased since is erased again first."""
    from colophon_airflow.operators.housekeeping import erase_marked
    from colophon_airflow.settings import open_staging, publisher_config

    moment, config = _moment(as_of), publisher_config()
    feeds = {name for name, profile in config.recipients.items() if profile.format == "onix"}
    with open_ledger_at(ledger) as opened:
        erased = erase_marked(opened, open_staging(), config.housekeeping.by_law)
        newest = opened.restoring.newest()
        if newest is not None and newest > moment:
            console.print(
                f"The ledger knows of tries until {newest:%Y-%m-%d %H:%M:%S} UTC: its backup is younger than you say. That does no harm."
            )
        since = min(moment, newest or moment) - SURELY_BEFORE
        sent = _sent_since(xconnector, feeds | set(opened.restoring.recipients()), since)
        done = opened.restoring.restored(as_of=moment, by=by, sent=sent, margin=margin)
        _name_held(opened, done.places)
    shown = table("Message numbers", "recipient", "in the backup", "now", "because")
    for name, (before, after) in done.numbers.items():
        shown.add_row(name, str(before), str(after), "the middleware was asked" if name in sent else f"a margin of {margin}")
    console.print(shown)
    console.print(f"{len(erased)} people who were erased were looked for, and are erased.")
    console.print(f"{done.held} deliveries of class D may have gone since, and are held: DELIVERY-UNKNOWN on the desk names them.")
    console.print(f"{done.looked_at} of the other classes are looked at before they go. {done.watermarks} watermarks were moved back.")
    console.print(
        "What is planned by the first run of each use case, or within a day, is treated alike. docs/backup.md says what else to do."
    )


def _moment(said: str) -> datetime:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise InvalidError("--as-of is no moment", remedy="Write it like 2026-05-01T02:00Z.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _sent_since(conn_id: str, names: Collection[str], since: datetime) -> dict[str, int]:
    """How many feeds the middleware has had since then, by recipient; nothing where it cannot be asked."""
    from colophon.domain.delivery_states import FEED
    from colophon_airflow.systems.xconnector.hook import XConnectorHook

    sent: dict[str, int] = {}
    try:
        with XConnectorHook(conn_id).client as client:
            for name in sorted(names):
                messages = client.iter_messages(since=since, recipient=name)
                sent[name] = sum(message.event.subject == FEED + name for message in messages)
    except ColophonError as problem:
        console.print(f"The middleware could not be asked, so that message numbers rise by the margin: {problem.code}: {problem.sentence}")
        return {}
    return sent


def _name_held(ledger: "Ledger", places: Collection[tuple[str, str]]) -> None:
    """Exceptions for what is held, at once: the next run may be a week away."""
    from functools import partial

    from colophon.readiness import needs_of_all
    from colophon.unsettled import name_unsettled
    from colophon_airflow.settings import publisher_config

    owners, needs = publisher_config().owners, needs_of_all()
    for use_case, destination in places:
        remedies = needs[use_case].remedies if use_case in needs else {}
        name_unsettled(ledger, use_case, destination, owner_of=partial(owners.of, use_case=use_case), remedies=remedies)
