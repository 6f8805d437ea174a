"""Deliveries, as use cases want them and the ledger keeps them: what goes into it and what comes out."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from colophon.domain.finding import Finding

ISBNS = "isbns"
"""Label of a delivery that is about several products: their ISBNs with blanks between."""


class After(NamedTuple):
    """Another delivery of the same use case that has to have come so far: an outcome word of `RANK`, or a higher one."""

    destination: str
    subject: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One message about one subject to one destination that a use case wants delivered.

    `bundled`: it travels inside a feed and is never sent on its own. `order` latest: an older revision that has not gone
    yet gives way, whatever its own order; every: each revision goes. `occurrence` is set where equal content is to go again. `labels` are small facts
    for people (isbn, title, schema version), never personal data. `carrier`: the subject of another intent of the same call
    and destination, a digest; this one goes with it, shares its state, and is never sent on its own. `after`: it waits until
    another delivery, of this plan or an earlier one, has come so far. `not_before`: the moment (aware UTC) before which it waits.
    """

    use_case: str
    destination: str
    subject: str
    delivery_class: str
    content: bytes
    media_type: str
    as_of: datetime
    occurrence: str = ""
    bundled: bool = False
    order: Literal["latest", "every"] = "latest"
    labels: Mapping[str, str] = field(default_factory=dict)
    carrier: str = ""
    after: After | None = None
    not_before: datetime | None = None
    content_hash: str = field(init=False, repr=False)
    """SHA-256 of the content."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "content_hash", hashlib.sha256(self.content).hexdigest())


class PlanResult(NamedTuple):
    """What became of the intents of one call, counted."""

    new: int = 0
    unchanged: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a run decided about one destination.

    `subjects` names everything that it looked at, in the words of the intents. Each of them has an intent, or a finding, or is
    `settled` (it needs nothing) or `out_of_scope` (not for this destination; subject and why), or else what waited for it is withdrawn. `is_everything`: the run looked at all that there is,
    so that what it does not name is no longer wanted and no longer at fault. `names`: how findings call a subject, where they
    call it otherwise.
    """

    intents: Sequence[Intent] = ()
    findings: Sequence[Finding] = ()
    subjects: Collection[str] = ()
    settled: Collection[str] = ()
    is_everything: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    out_of_scope: Mapping[str, str] = field(default_factory=dict)

    def name(self, subject: str) -> str:
        """How findings call a subject."""
        return self.names.get(subject, subject)


class Entered(NamedTuple):
    """What became of the subjects of a judgement, counted: read = new + unchanged + stale + refused + withdrawn + out of scope."""

    new: int = 0
    unchanged: int = 0
    stale: int = 0
    refused: int = 0
    withdrawn: int = 0
    out_of_scope: int = 0


class Shown(NamedTuple):
    """The same of a destination that gets nothing yet: `not_armed` would be new."""

    not_armed: int = 0
    unchanged: int = 0
    stale: int = 0
    refused: int = 0
    withdrawn: int = 0
    out_of_scope: int = 0


@dataclass(frozen=True, slots=True)
class LatestDelivery:
    """The newest revision that a destination has, or will have, of a subject.

    `as_of`: when it was last judged right as it is. `has_left`: it may have gone out. `before`: the revision before it, where nobody knows that this one was taken.
    """

    revision: int
    content_hash: str
    state: str
    as_of: datetime
    labels: Mapping[str, str]
    has_left: bool = True
    before: "LatestDelivery | None" = None
    occurrence: str = ""

    @property
    def held(self) -> list["LatestDelivery"]:
        """What the destination may have now, newest first, down to what it surely took; empty where nothing ever left."""
        return [each for each in self.revisions if each.has_left]

    @property
    def revisions(self) -> list["LatestDelivery"]:
        """This one and those before it, newest first, down to what the destination surely took."""
        found: list[LatestDelivery] = []
        last: LatestDelivery | None = self
        while last is not None:
            found.append(last)
            last = last.before
        return found

    @property
    def taken(self) -> "LatestDelivery | None":
        """The newest revision that the destination surely took; None where there is none."""
        last: LatestDelivery | None = self
        while last is not None and last.state != "confirmed":
            last = last.before
        return last


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery.

    `tried`: an earlier try may have had its effect, so look before sending (classes A to C). `tried_at` is when the first
    such try began: idempotency keys may be forgotten from then on.
    """

    id: str
    use_case: str
    destination: str
    subject: str
    revision: int
    content_hash: str
    delivery_class: str
    media_type: str
    content: bytes
    as_of: datetime
    labels: Mapping[str, str]
    tried: bool
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one delivery.

    `result`: an outcome word (accepted, sent, confirmed, ...), or `refused`, `unknown`, `not_sent`. `not_before` postpones
    a `not_sent`. `may_have_gone`: the system held nothing when it was asked, or could not be asked, but a call was made whose
    answer was lost; the delivery waits like any `not_sent`, and comes back as `tried`.
    """

    delivery_id: str
    result: str
    remote_id: str | None = None
    code: str = ""
    detail: str = ""
    not_before: datetime | None = None
    may_have_gone: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeEvent:
    """Something that a system reported about a delivery (contract README section 2)."""

    delivery_id: str
    outcome: str
    at: datetime
    system: str
    remote_id: str = ""
    recipient_ref: str = ""
    raw_state: str = ""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of the answer to "what was sent to whom, when, with what content"."""

    delivery_id: str
    use_case: str
    destination: str
    subject: str
    revision: int
    state: str
    code: str
    detail: str
    as_of: datetime
    updated_at: datetime
    content_hash: str
    remote_id: str | None
    message_number: int | None
    labels: Mapping[str, str]


def delivery_id(use_case: str, destination: str, subject: str, content_hash: str, occurrence: str) -> str:
    """`d-` and 32 hex digits: the same message has the same id whoever plans it, whenever (contract README section 2)."""
    parts = f"{use_case}\x1f{destination}\x1f{subject}\x1f{content_hash}\x1f{occurrence}"
    return "d-" + hashlib.sha256(parts.encode()).hexdigest()[:32]
