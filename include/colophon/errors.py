"""What went wrong, by what to do about it.

    ColophonError
    |-- FixConfigurationError   stop; a person mends the configuration        (task fails at once, no retries)
    |   |-- BadConnectionError       config.connection
    |   |-- ClockSkewError           config.clock
    |   |-- BadConfigError           config.file
    |   |-- BadReportError           config.report
    |   |-- AuthFailedError          http.auth
    |   |-- ForbiddenError           http.forbidden
    |   |-- WrongAddressError        http.address
    |   |-- SchemaDriftError         config.schema
    |   |-- FeatureMissingError      config.feature
    |   |-- VendorGoneError          config.vendor_gone
    |   |-- LedgerOutdatedError      config.ledger
    |   |-- LedgerDamagedError       config.ledger_damaged
    |   |-- LedgerRestoredError      config.restored
    |   |-- StagingUnusableError     config.staging
    |   `-- CodeListsMissingError    config.code_lists
    |-- RefusedError            one subject is an exception; the others go on
    |   |-- InvalidError             refused.invalid
    |   |   |-- UnbalancedError          refused.unbalanced
    |   |   `-- UntrustedLinkError       refused.link
    |   |-- NotFoundError            refused.not_found
    |   |-- ConflictError            refused.conflict
    |   |-- GoneError                refused.gone
    |   |-- BadRecordError           refused.record
    |   |-- ForgedError              refused.forged
    |   |-- ContentChangedError      refused.content
    |   `-- TooManyRefusedError      refused.share      (the batch as a whole)
    |-- UnexpectedAnswerError   stop; the counterpart speaks another language (task fails at once)
    |   |-- NotOursError             answer.foreign
    |   |-- BadShapeError            answer.shape
    |   `-- PagingError              answer.paging
    |-- TryAgainError           Airflow retries the task
    |   |-- TransportError           try.transport
    |   |-- ServerError              try.server
    |   |   `-- NotTakenError        try.not_taken
    |   `-- StagingFullError         try.staging
    |-- TryAgainLaterError      Airflow reschedules at `not_before`
    |   |-- RateLimitedError         later.rate
    |   |-- NotReadyError            later.not_ready
    |   |-- HeldElsewhereError       later.held
    |   `-- PutOffError              later.put_off
    |-- WaitedTooLongError      stop; who should have answered did not (task fails at once, the next run looks again)
    `-- EffectUnknownError      unknown.effect: shown on the desk, never guessed

Classes follow contracts/README section 5. `docs/errors.md` is generated from this module.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from colophon.reading_order import in_order


class ColophonError(Exception):
    """Base of every error that Colophon raises on purpose.

    `sentence` is for the operator and never holds a secret or personal data; `evidence` is a short text
    (key names, status codes, byte counts) that obeys the same rule. `may_have_gone`: an earlier try of the same write may
    have been taken, whatever this error says of the last one.
    """

    code: ClassVar[str] = "colophon"
    remedy: ClassVar[str] = "Read the task log and the ledger; open an issue if neither explains it."

    def __init__(
        self, sentence: str, *, system: str = "", operation: str = "", subject: str = "", evidence: str = "", remedy: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.may_have_gone = False
        self.system = system
        self.operation = operation
        self.subject = subject
        self.evidence = evidence
        self.advice = remedy or self.remedy

    def __str__(self) -> str:
        """One line for a log: code, where, what, and what to do."""
        where = " ".join(part for part in (self.system, self.operation, self.subject) if part)
        evidence = f" ({self.evidence})" if self.evidence else ""
        return in_order(f"[{self.code}] {where + ': ' if where else ''}{self.sentence}{evidence} -> {self.advice}")


class FixConfigurationError(ColophonError):
    """Nothing works until somebody changes the configuration."""

    code = "config"
    remedy = "Mend the configuration, then clear the task."


class BadConnectionError(FixConfigurationError):
    """The Airflow connection is missing, incomplete or has a key we do not know."""

    code = "config.connection"
    remedy = "Edit the connection in Airflow (Admin > Connections) and press Test."


class ClockSkewError(FixConfigurationError):
    """Our clock and the system's differ by more than tokens, signatures and watermarks bear."""

    code = "config.clock"
    remedy = "Set this machine's clock (NTP); if it is right, tell the system's operator that theirs is wrong."


class BadConfigError(FixConfigurationError):
    """A file of the publisher's configuration is missing, mistyped or contradicts itself."""

    code = "config.file"
    remedy = "Correct the named key in the named file; `colophon doctor` checks it."


class AuthFailedError(FixConfigurationError):
    """The system refused our credentials (401)."""

    code = "http.auth"
    remedy = "Renew the secret in the connection's password field and press Test."


class ForbiddenError(FixConfigurationError):
    """The credentials are good and lack a permission (403)."""

    code = "http.forbidden"
    remedy = "Ask the system's administrator for the missing permission."


class WrongAddressError(FixConfigurationError):
    """The address answers and is not the system (redirect, 404 on the base path, 405)."""

    code = "http.address"
    remedy = "Correct the host of the connection; it may carry a path."


class SchemaDriftError(FixConfigurationError):
    """A documented field or argument is gone from the account's schema."""

    code = "config.schema"
    remedy = "Ask the vendor about the named field; update Colophon if it was renamed."


class FeatureMissingError(FixConfigurationError):
    """The connection demands a feature that the account does not have."""

    code = "config.feature"
    remedy = "Set the connection's profile to `auto`, or have the feature switched on."


class VendorGoneError(FixConfigurationError):
    """The service has been shut down for good."""

    code = "config.vendor_gone"
    remedy = "Plug in another vendor for this system."


class BadReportError(FixConfigurationError):
    """A report file is not laid out as agreed: a column or sheet is missing, unknown or named twice, or it is no such file."""

    code = "config.report"
    remedy = "Have the report made with the named columns, or map them in reports.yaml; then clear the task."


class LedgerOutdatedError(FixConfigurationError):
    """The ledger database has another schema version than this Colophon."""

    code = "config.ledger"
    remedy = "Run `colophon ledger upgrade` (an older ledger) or update Colophon (a newer one)."


class LedgerDamagedError(FixConfigurationError):
    """The ledger's file is damaged, or is something else than a ledger."""

    code = "config.ledger_damaged"
    remedy = "Stop every run, put the damaged file aside and restore the newest backup; correct the ledger's address where it names another file."


class LedgerRestoredError(FixConfigurationError):
    """The ledger comes from a backup and does not know what was sent since; until a person has said from when, nothing is sent."""

    code = "config.restored"
    remedy = "Run `colophon ledger restored --as-of MOMENT --by NAME` with the moment of the backup, then clear the task; docs/backup.md says what it does."


class StagingUnusableError(FixConfigurationError):
    """The staging folder cannot be written, or a staged batch is not what was written."""

    code = "config.staging"
    remedy = "Make the staging location writable for the workers; `colophon doctor` checks it."


class CodeListsMissingError(FixConfigurationError):
    """The ONIX schema or code lists cannot be found or read."""

    code = "config.code_lists"
    remedy = "Install the `onixcheck` package or point `code_lists` of publisher.yaml to a folder with EDItEUR's files."


class RefusedError(ColophonError):
    """One subject was refused; the others go on."""

    code = "refused"
    remedy = "Correct the record at its source; it is sent again when it changes."


class InvalidError(RefusedError):
    """The system found our message faulty (400, 413, 415, 422)."""

    code = "refused.invalid"


class UnbalancedError(InvalidError):
    """Control totals of a royalty run do not hold, so that nothing of it may be issued.

    `breaches`: every identity that broke, by how much and over which rows, for the run's report and never for a log.
    """

    code = "refused.unbalanced"
    remedy = "Do not issue the statements. Compare the inputs named here with their source; the report says by how much they differ."

    def __init__(self, sentence: str, *, breaches: Sequence[object] = (), subject: str = "", evidence: str = "") -> None:
        super().__init__(sentence, subject=subject, evidence=evidence)
        self.breaches = tuple(breaches)


class UntrustedLinkError(InvalidError):
    """An answer, event or record names a link that the connection does not allow; nothing was asked of it. It is not told."""

    code = "refused.link"
    remedy = "If the host is the system's own, add it to `link_hosts` of the connection; else ask the system why it names it."


class NotFoundError(RefusedError):
    """The system does not know the subject (404)."""

    code = "refused.not_found"


class ConflictError(RefusedError):
    """The system holds something else under this id (409)."""

    code = "refused.conflict"
    remedy = "Compare both contents on the desk; the same id must never carry two contents."


class GoneError(RefusedError):
    """The subject or target has been retired (410)."""

    code = "refused.gone"
    remedy = "Remove the target from the routes, or ask its owner."


class BadRecordError(RefusedError):
    """A record cannot be read: a field has a shape that the contract does not allow."""

    code = "refused.record"
    remedy = "Correct the named field of the named record at its source."


class ContentChangedError(RefusedError):
    """What the ledger keeps under a hash is not what was planned: somebody changed it there, or the storage is damaged."""

    code = "refused.content"
    remedy = (
        "Find out who or what changed the ledger's table `content`. Bring the row back from a backup and send it with "
        "`colophon ledger redrive`, or let the record change at its source: what is planned anew is whole."
    )


class FileRefusedError(RefusedError):
    """A file is not what its type says by its first bytes, or the publisher's own check of files refuses it."""

    code = "refused.file"
    remedy = "Bring the right file into the asset store, or name its type in assets.yaml; its new version goes by itself."


class ForgedError(RefusedError):
    """An inbound message is not signed by its sender, or was signed too long ago."""

    code = "refused.forged"
    remedy = "Compare the signing secret and the clock on both sides; if they agree, somebody else is calling."


class TooManyRefusedError(RefusedError):
    """More of the batch was refused than the configured share allows."""

    code = "refused.share"
    remedy = "Look at the first refusals: a share this large is usually one common cause."


class UnexpectedAnswerError(ColophonError):
    """A success that is none: the counterpart answered in another language."""

    code = "answer"
    remedy = "Open the address in a browser: a proxy, a login page or another version may answer."


class NotOursError(UnexpectedAnswerError):
    """A 2xx without our id in it, such as a login page."""

    code = "answer.foreign"


class BadShapeError(UnexpectedAnswerError):
    """A 2xx whose body lacks a required member or has a wrong type; names keys, never values."""

    code = "answer.shape"


class OutputUnusableError(BadShapeError):
    """A file that was made for us is empty, cut short, or other than its name says."""

    code = "answer.output"
    remedy = "The next run copies it again, and renders it anew once its link has ended; where it stays so, look at its template at the renderer."


class PagingError(UnexpectedAnswerError):
    """Pages repeat, go backwards or never end."""

    code = "answer.paging"
    remedy = "Report the named page to the vendor; nothing was handed over and the watermark stands."


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
