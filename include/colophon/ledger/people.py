"""What people do about the ledger's rows, each with a line in the audit: who, when, what, why.

The line and what it tells of are one transaction.
"""

from typing import Any

from sqlalchemy import Connection, select, update

from colophon.domain.delivery_states import FEED, RESENDABLE, SUPERSEDED, UNKNOWN, WAITING, WITHDRAWN
from colophon.errors import ConflictError, InvalidError, NotFoundError
from colophon.ledger.audit import note
from colophon.ledger.exception_queue import ExceptionQueue
from colophon.ledger.finishing import resolve
from colophon.ledger.statements import alone_at, as_read
from colophon.ledger.tables import deliveries

ENDS = (WAITING, "confirmed", "failed")
"""What a person may say of a delivery whose outcome nobody knows: it goes again, it arrived, it did not."""


class People(ExceptionQueue):
    """The part of the ledger that the desk's buttons talk to."""

    def send_again(self, delivery_id: str, *, by: str, why: str) -> None:
        """Let a delivery that failed or was left out, or one of unknown outcome, wait to be sent by the next run.

        :raises NotFoundError: there is none of this id. :raises ConflictError: it may not go again; says why.
        """

        def work(connection: Connection) -> None:
            row = _locked(connection, delivery_id)
            _check_may_go(connection, row)
            if row.state == UNKNOWN:
                resolve(connection, delivery_id, WAITING, by=by, why=why, now=self.clock())
            else:
                values = {"state": WAITING, "carrier_id": None, "code": "", "detail": "sent again by hand", "updated_at": self.clock()}
                as_it_was = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == row.state)
                as_read(connection, as_it_was.values(**values), 1)
            note(connection, by, "send again", [delivery_id], why, self.clock())

        self.changing(work)

    def say_outcome(self, delivery_id: str, outcome: str, *, by: str, why: str) -> None:
        """Say what became of a delivery whose outcome nobody knows: one of ENDS.

        :raises InvalidError: another word, or no reason. :raises NotFoundError: there is no unknown delivery of this id.
        """
        if outcome not in ENDS or not why.strip():
            raise InvalidError("say one of " + ", ".join(ENDS) + ", and how you know", system="ledger")

        def work(connection: Connection) -> None:
            resolve(connection, delivery_id, outcome, by=by, why=why, now=self.clock())
            note(connection, by, "settle", [delivery_id], f"{outcome}. {why}", self.clock())

        self.changing(work)


def _locked(connection: Connection, delivery_id: str) -> Any:
    """The row; nobody changes it, nor enters a newer revision of its subject, until the transaction ends."""
    place = connection.execute(select(deliveries.c.use_case, deliveries.c.destination).where(deliveries.c.id == delivery_id)).first()
    if place is None:
        raise NotFoundError(f"there is no delivery {delivery_id}", system="ledger")
    alone_at(connection, [f"{place.use_case}/{place.destination}"])
    return connection.execute(select(deliveries).where(deliveries.c.id == delivery_id).with_for_update()).one()


def _check_may_go(connection: Connection, row: Any) -> None:
    """Only failed, skipped and unknown ones, of a subject's newest revision, and not on their own what a feed carries unknown."""
    newer = select(deliveries.c.id).where(
        deliveries.c.subject == row.subject,
        deliveries.c.use_case == row.use_case,
        deliveries.c.destination == row.destination,
        deliveries.c.revision > row.revision,
    )
    reason = ""
    if row.state == WITHDRAWN:
        reason = f"it was withdrawn ({row.detail}); what is wanted again, the next run plans"
    elif row.state == SUPERSEDED or (row.state in RESENDABLE and connection.scalar(newer.limit(1))):
        reason = "a newer revision takes its place"
    elif row.state not in {*RESENDABLE, UNKNOWN}:
        reason = f"it is {row.state}"
    elif row.state in RESENDABLE and row.unwanted:
        reason = f"{row.unwanted}; what is wanted again, the next run plans"
    elif row.state in RESENDABLE and row.subject.startswith(FEED):
        reason = "it is a message; send its products again, and they go in a new one"
    elif row.state == UNKNOWN and row.carrier_id:
        reason = f"it travels in {row.carrier_id}; say of that what became of it"
    if reason:
        raise ConflictError(f"{row.id} is not sent again: {reason}", system="ledger")
