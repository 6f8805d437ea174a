"""What other systems left at the middleware: into our inbox, and only then acknowledged to it.

A crash in between repeats an event, and loses nothing (contract section 9).
"""

from colophon.domain.finding import Finding, Severity
from colophon.errors import InvalidError
from colophon.ledger import Ledger
from colophon.ledger.inbox import RULE, USE_CASE
from colophon.systems.xconnector.arrivals import arrival
from colophon.systems.xconnector.client import XConnectorClient

_KEY = "connection:xconnector"
"""How exceptions name the place of the key."""


def drain_inbox(ledger: Ledger, client: XConnectorClient) -> int:
    """Take what other systems have to say into our inbox; returns how many events were new. Only one mode has a box to look into."""
    new, withheld = 0, 0
    if client.settings.extra.mode != "xc1":
        return new
    while items := client.fetch_inbox():
        done, unreadable = [], []
        for item in items:
            if item.event is None:
                unreadable.append((item.token, item.problem))
                continue
            try:
                event = arrival(item.event, seal=client.seal)
            except InvalidError as refused:
                unreadable.append((item.token, refused.sentence))
                withheld += 1
                continue
            if not event.can_be_kept:
                unreadable.append((item.token, "the event's source, id or type cannot be kept"))
                continue
            new += ledger.inbox.take(*event) == "new"
            done.append(item.token)
        client.ack(done)
        for token, problem in unreadable:
            client.nack([token], problem or "unreadable")
        if not done:
            break
    if withheld or client.seal is not None:
        ledger.exceptions.record(USE_CASE, "xconnector", [_KEY], [_no_key(withheld)] if withheld else [], as_of=ledger.clock())
    return new


def _no_key(number: int) -> Finding:
    """That events stay at the middleware, for nothing here may keep what they hold."""
    return Finding(
        subject=_KEY, rule=RULE, severity=Severity.ERROR, field="seal_key", found=f"none, and {number} events need it",
        expected="a key for tax and bank details", owner="operations",
        remedy="Set seal_key in the connection; then have the middleware deliver again what it has parked by then.",
    )  # fmt: skip
