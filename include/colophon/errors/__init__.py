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

Classes follow contracts/README section 5. `docs/errors.md` is generated from this package.
"""

from colophon.errors.answers import (
    BadShapeError,
    NotOursError,
    OutputUnusableError,
    PagingError,
    UnexpectedAnswerError,
)
from colophon.errors.base import (
    ColophonError,
)
from colophon.errors.configuration import (
    AuthFailedError,
    BadConfigError,
    BadConnectionError,
    BadReportError,
    ClockSkewError,
    CodeListsMissingError,
    FeatureMissingError,
    FixConfigurationError,
    ForbiddenError,
    LedgerDamagedError,
    LedgerOutdatedError,
    LedgerRestoredError,
    SchemaDriftError,
    StagingUnusableError,
    VendorGoneError,
    WrongAddressError,
)
from colophon.errors.passing import (
    EffectUnknownError,
    HeldElsewhereError,
    NotReadyError,
    NotTakenError,
    PutOffError,
    RateLimitedError,
    ServerError,
    StagingFullError,
    TransportError,
    TryAgainError,
    TryAgainLaterError,
    WaitedTooLongError,
)
from colophon.errors.refusals import (
    BadRecordError,
    ConflictError,
    ContentChangedError,
    FileRefusedError,
    ForgedError,
    GoneError,
    InvalidError,
    NotFoundError,
    RefusedError,
    TooManyRefusedError,
    UnbalancedError,
    UntrustedLinkError,
)

__all__ = [
    "AuthFailedError",
    "BadConfigError",
    "BadConnectionError",
    "BadRecordError",
    "BadReportError",
    "BadShapeError",
    "ClockSkewError",
    "CodeListsMissingError",
    "ColophonError",
    "ConflictError",
    "ContentChangedError",
    "EffectUnknownError",
    "FeatureMissingError",
    "FileRefusedError",
    "FixConfigurationError",
    "ForbiddenError",
    "ForgedError",
    "GoneError",
    "HeldElsewhereError",
    "InvalidError",
    "LedgerDamagedError",
    "LedgerOutdatedError",
    "LedgerRestoredError",
    "NotFoundError",
    "NotOursError",
    "NotReadyError",
    "NotTakenError",
    "OutputUnusableError",
    "PagingError",
    "PutOffError",
    "RateLimitedError",
    "RefusedError",
    "SchemaDriftError",
    "ServerError",
    "StagingFullError",
    "StagingUnusableError",
    "TooManyRefusedError",
    "TransportError",
    "TryAgainError",
    "TryAgainLaterError",
    "UnbalancedError",
    "UnexpectedAnswerError",
    "UntrustedLinkError",
    "VendorGoneError",
    "WaitedTooLongError",
    "WrongAddressError",
]
