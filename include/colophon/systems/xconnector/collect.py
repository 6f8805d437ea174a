"""The way back: statuses, inbound events and ONIX acknowledgements become outcomes and exceptions in the ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from colophon.errors import ColophonError, NotFoundError
from colophon.ledger import Ledger
from colophon.onix.profile import Profile
from colophon.systems.xconnector.acknowledgements import apply, waiting
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.inbox import drain_inbox
from colophon.systems.xconnector.outcomes import outcome_events
from colophon.systems.xconnector.overdue import NOT_KNOWN, find_overdue, progress
from colophon.systems.xconnector.receipts import take_receipts
from colophon.systems.xconnector.records import MessageStatus
from colophon.systems.xconnector.rejections import OwnerOf
from colophon.unsettled import counted, name_unsettled

UNDER_WAY = ("accepted", "routed", "delivering")
ONE_BY_ONE = 50
"""Up to so many messages are asked for one by one; more of them by reading the list."""
AT_ONCE = 1_000
"""So many messages are looked at before what is known of them is written down."""
CLOCKS_DIFFER = timedelta(minutes=5)
MOST_TROUBLES = 10
"""After so many acknowledgements that could not be fetched a look ends."""


def collect_outcomes(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, profile: Profile, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    """Look at everything of a recipient that has no final outcome yet; counts of what was found.

    A recipient that acknowledges in ONIX has a title `confirmed` only by its acknowledgement; until then it is `sent`.
    One acknowledgement keeps no other one waiting: what can never be read is parked as an exception, and what cannot be
    fetched now is raised at the end.
    """
    best, place = "sent" if profile.ack == "onix" else "confirmed", {"use_case": use_case, "destination": profile.id}
    moved, told = _moved(ledger, client, use_case=use_case, destination=profile.id, best=best)
    found = Counter({"moved": moved})
    found["events taken"] = drain_inbox(ledger, client) + take_receipts(ledger, client, use_case, profile)
    troubles: list[ColophonError] = []
    for item in waiting(ledger, f"{client.settings.extra.type_prefix}onix.acknowledgement.v1"):
        try:
            found += apply(ledger, client, item, use_case, profile, owner_of)
        except ColophonError as problem:
            troubles.append(problem)
            if len(troubles) == MOST_TROUBLES:
                break
    found += _unsettled(ledger, client, told, **place, owner_of=owner_of)
    found["acknowledgements overdue"] = len(find_overdue(ledger, use_case=use_case, profile=profile, owner_of=owner_of, as_of=as_of))
    if troubles:
        raise troubles[0]
    return found


def take_statuses(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, destination: str, owner_of: OwnerOf, keeps_trying: bool = False
) -> Counter[str]:
    """Look at every event to a destination that has no final outcome yet; counts of what moved, failed, is late.

    What the middleware gave up, or has for longer than `deliver_within`, is an exception.

    :param keeps_trying: what it gave up because a target did not answer, it delivers again: a dead letter would block what follows it.
    """
    place = {"use_case": use_case, "destination": destination}
    moved, told = _moved(ledger, client, use_case=use_case, destination=destination, keeps_trying=keeps_trying)
    return Counter({"moved": moved}) + _unsettled(ledger, client, told, **place, owner_of=owner_of)


def _moved(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, destination: str, best: str = "confirmed", keeps_trying: bool = False
) -> tuple[int, dict[str, str]]:
    """How many messages moved, and how far each came, in words, by its id. Memory stays at a portion of them.

    :param best: what a target's word is worth: `sent` where somebody else confirms.
    """
    waiting = ledger.under_way(use_case, destination)
    moved, told, statuses = 0, dict[str, str](), _statuses(client, waiting, destination)
    while portion := list(islice(statuses, AT_ONCE)):
        portion = [_tried_again(client, status) for status in portion] if keeps_trying else portion
        told |= {status.message_id: progress(status) for status in portion}
        events = [event for status in portion for event in outcome_events(waiting[status.message_id][0], status)]
        moved += ledger.record_outcomes([replace(event, outcome=best) if event.outcome == "confirmed" else event for event in events])
    return moved, told


def _unsettled(
    ledger: Ledger,
    client: XConnectorClient,
    told: Mapping[str, str],
    *,
    use_case: str,
    destination: str,
    owner_of: OwnerOf,
) -> Counter[str]:
    within = timedelta(seconds=client.settings.extra.deliver_within)
    rows = name_unsettled(
        ledger,
        use_case,
        destination,
        owner_of=owner_of,
        taken_before=ledger.clock() - within,
        progress={message_id: told.get(message_id, NOT_KNOWN) for message_id in ledger.under_way(use_case, destination)},
        expected=f"delivered within {within.total_seconds() / 3600:g} h",
    )
    return Counter({f"{state} at the middleware": count for state, count in counted(rows).items()})


def _tried_again(client: XConnectorClient, status: MessageStatus) -> MessageStatus:
    """The message as it is once what its targets did not answer is on its way again; another one as it is."""
    given_up = [row for row in status.deliveries if row.status == "dead_lettered" and row.error is not None and row.error.retryable]
    if not given_up:
        return status
    last = max(
        (row.last_attempt_at.isoformat() for row in given_up if row.last_attempt_at), default=""
    )  # names this request: once for each end
    client.redeliver(status.message_id, [row.target for row in given_up], f"{status.message_id}:{last}")
    rows = (row.model_copy(update={"status": "retrying"}) if row in given_up else row for row in status.deliveries)
    return status.model_copy(update={"status": "delivering", "deliveries": tuple(rows)})


def is_settled(client: XConnectorClient, recipient: str, since: datetime) -> bool:
    """Whether no message to a recipient, accepted since then, is under way."""
    return not any(next(client.iter_messages(status, since, recipient), None) for status in UNDER_WAY)


def _statuses(client: XConnectorClient, waiting: Mapping[str, tuple[str, datetime]], recipient: str) -> Iterator[MessageStatus]:
    if client.settings.extra.mode == "file_drop":  # a receipt lies beside the file, under our own id
        yield from (status for message_id in waiting if (status := client.find(message_id)) is not None)
        return
    if not waiting or client.settings.extra.mode != "xc1":  # others tell by callbacks alone
        return
    if len(waiting) <= ONE_BY_ONE:
        for message_id in waiting:
            try:
                yield client.get_status(message_id)
            except NotFoundError:
                continue  # past the middleware's retention: it stays as it is, and the report shows its age
        return
    # Our clock says when the try began; the middleware accepted by a clock of its own.
    since = min(taken for _, taken in waiting.values()) - CLOCKS_DIFFER
    for status in client.iter_messages(since=since, recipient=recipient):
        if status.message_id in waiting:
            yield status
