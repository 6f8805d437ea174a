"""What nothing works with until a person mends it."""

from colophon.errors.base import ColophonError


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
