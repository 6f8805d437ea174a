"""Messages that wait with a mistake in them: one that certainly never left gives way to one with the correction."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from colophon.ledger.doubt import lost_since
from colophon.ledger.records import FEED, SUPERSEDED, WAITING
from colophon.ledger.store import as_read
from colophon.ledger.tables import deliveries

CORRECTED = "taken apart before it left, for a title in it was corrected"
_D = deliveries.c


def take_apart_corrected(connection: Connection, use_case: str, destination: str, now: datetime) -> int:
    """Take apart what waits, certainly never left, and carries a revision that a newer one follows; returns how many messages.

    What may have left goes first, as it is: the recipient may have it, and must not get another one under its number.

    :raises RaceLostError: a sender took one of them since it was read.
    """
    feed, newer = deliveries.alias(), deliveries.alias()
    is_followed = (
        select(newer.c.id)
        .where(newer.c.use_case == use_case, newer.c.destination == destination, newer.c.subject == _D.subject)
        .where(newer.c.revision > _D.revision, newer.c.state == WAITING, newer.c.ordering == "latest")
        .exists()
    )
    query = (
        select(_D.id, _D.carrier_id)
        .join(feed, feed.c.id == _D.carrier_id)
        .where(
            feed.c.subject == FEED + destination, feed.c.use_case == use_case, feed.c.destination == destination, feed.c.state == WAITING
        )
        .where(_D.bundled.is_(True), _D.state == WAITING, _D.ordering == "latest", is_followed)
    )
    rows = connection.execute(query).all()
    feeds = sorted({row.carrier_id for row in rows})
    apart = set(feeds) - lost_since(connection, feeds).keys()
    gone = {"state": SUPERSEDED, "code": "", "unwanted": None, "updated_at": now}
    for row in (row for row in rows if row.carrier_id in apart):
        waits = update(deliveries).where(_D.id == row.id, _D.state == WAITING)
        as_read(connection, waits.values(**gone, detail="a newer revision takes its place"), 1)
    for feed_id in sorted(apart):
        as_read(connection, update(deliveries).where(_D.id == feed_id, _D.state == WAITING).values(**gone, detail=CORRECTED), 1)
        connection.execute(update(deliveries).where(_D.carrier_id == feed_id).values(carrier_id=None, updated_at=now))
    return len(apart)
