"""What may pass by itself, what was waited for in vain, and what nobody can know."""

from datetime import datetime

from colophon.errors.base import ColophonError


class TryAgainError(ColophonError):
    """It may work in a few minutes: Airflow retries the task."""

    code = "try"
    remedy = "Nothing to do at first: the task is retried. If it persists, look at the system's health."


class TransportError(TryAgainError):
    """The request was never taken: name not resolved, connection refused, TLS failed."""

    code = "try.transport"


class ServerError(TryAgainError):
    """The system answered 5xx, or not in time, on every try."""

    code = "try.server"


class NotTakenError(ServerError):
    """The system said on every try, as its contract has it, that it took nothing."""

    code = "try.not_taken"


class StagingFullError(TryAgainError):
    """The disk or bucket of the staging location is full; nothing half-written was left."""

    code = "try.staging"
    remedy = "Free space in the staging location (`ops__housekeeping` removes old batches)."


class TryAgainLaterError(ColophonError):
    """It will work at `not_before`: Airflow reschedules the task."""

    code = "later"
    remedy = "Nothing to do: the task runs again at the time stated."

    def __init__(
        self,
        sentence: str,
        *,
        not_before: datetime | None = None,
        system: str = "",
        operation: str = "",
        subject: str = "",
        evidence: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(sentence, system=system, operation=operation, subject=subject, evidence=evidence, remedy=remedy)
        self.not_before = not_before


class RateLimitedError(TryAgainLaterError):
    """The system asked us to slow down for longer than the task's budget."""

    code = "later.rate"


class NotReadyError(TryAgainLaterError):
    """What we need is not there yet, such as a report still being written."""

    code = "later.not_ready"


class HeldElsewhereError(TryAgainLaterError):
    """Another try or run has deliveries in hand: it lives, or it died and its lease has not run out."""

    code = "later.held"
    remedy = "Nothing to do: the task runs again when their lease ends. If it stays so, see whether the task named here still runs."


class PutOffError(TryAgainLaterError):
    """A system asked an earlier try to come later, and that time has not come."""

    code = "later.put_off"


class WaitedTooLongError(ColophonError):
    """A wait was ended by its time limit alone: no triggerer looked, or no person answered. Nothing was changed by it."""

    code = "waited"
    remedy = "Look whether a triggerer runs (Airflow's home page shows it); then clear the task, or leave it to the next run."


class EffectUnknownError(ColophonError):
    """A write whose effect nobody can know: never guessed, never repeated."""

    code = "unknown.effect"
    remedy = "Look at the counterpart; then settle the delivery with `colophon ledger settle`."
