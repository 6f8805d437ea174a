"""What one subject was refused for; the others go on."""

from collections.abc import Sequence

from colophon.errors.base import ColophonError


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
