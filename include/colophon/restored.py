"""Noticing that the ledger was restored: a mark outside of it, in the staging location, that a restore contradicts.

check_mark(ledger, staging)    # raises where the ledger is behind its mark, or a fence stands
leave_mark(ledger, staging)    # as that, and one step on: before anything is sent

The mark is a number that the ledger counts up, in a transaction of its own, each time that a destination is about to be sent to; a copy is left
in staging after that. So a ledger with a smaller number than its mark has forgotten something.
"""

import logging

from colophon.errors import ColophonError, LedgerRestoredError
from colophon.ledger import Ledger
from colophon.ledger.restoring import Mark
from colophon.staging import Staging

log = logging.getLogger(__name__)


def check_mark(ledger: Ledger, staging: Staging) -> None:
    """See that the ledger is not older than its mark; where it is, the fence is raised.

    :raises LedgerRestoredError: it is, or a fence stands already. :raises ColophonError: the staging location cannot be read.
    """
    mark = ledger.restoring.mark()
    left = staging.kept(_name(mark)) if mark.ledger else None
    if left is not None and int(left) > mark.number:
        why = f"it was about to send {mark.number} times, and its mark in {staging.root} says {int(left)}"
        ledger.restoring.raise_fence(why, by="Colophon")
    ledger.restoring.refuse_fenced()


def leave_mark(ledger: Ledger, staging: Staging) -> None:
    """As `check_mark`, and leave a newer mark. A staging location in trouble keeps nobody from sending: it is logged.

    :raises LedgerRestoredError: as `check_mark`.
    """
    try:
        check_mark(ledger, staging)
        mark = ledger.restoring.advance()
        if int(staging.kept(_name(mark)) or b"0") < mark.number:  # another step may be further by now
            staging.write_bytes(_name(mark), [str(mark.number).encode()])
    except LedgerRestoredError:
        raise
    except ColophonError as problem:
        log.warning("The ledger's mark cannot be kept, so that a restore may go unnoticed: %s", problem)


def _name(mark: Mark) -> str:
    return f".ledger-{mark.ledger}"
