"""L: whether a record may be sent now, as what."""

from collections.abc import Iterator

from colophon.quality.rule import Case, E, Fault, W, rule

CONFIRMED_BEFORE_DAYS = 183
ABOUT_DAYS = 31
"""`About six months` before publication: within a month of it both 01 and 02 are right."""


@rule("L1", W, "Notification type fits publication date", "Check the publication date; the type follows from it.")
def type_fits_date(case: Case) -> Iterator[Fault]:
    """01 earlier than about six months before publication, 02 after that, 03 from publication on, as far as the recipient takes them."""
    published = next((d.on for d in case.record.publishing_dates if d.role == "01"), None)
    if published is None or case.record.notification_type not in {"01", "02", "03"}:
        return
    days = (published - case.on).days
    right = _right_types(days)
    # A recipient that takes none of the right types gets the next one that it takes.
    if case.record.notification_type not in right and not right.isdisjoint(case.profile.notification_types):
        yield Fault("NotificationType", case.record.notification_type, f"{' or '.join(sorted(right))} {days} days before publication")


def _right_types(days: int) -> set[str]:
    if days <= 0:
        return {"03"}
    if abs(days - CONFIRMED_BEFORE_DAYS) <= ABOUT_DAYS:
        return {"01", "02"}
    return {"02"} if days < CONFIRMED_BEFORE_DAYS else {"01"}


@rule("L2", E, "A deletion has a reason and deletes something", "Give a DeletionText; delete only what this recipient was sent.")
def deletion(case: Case) -> Iterator[Fault]:
    """05 withdraws a record issued in error."""
    if case.record.notification_type == "05":
        if not case.record.deletion_text:
            yield Fault("DeletionText", None, "why the record is withdrawn")
        if not case.prior.sent_before:
            yield Fault("NotificationType", "05", "nothing: this recipient never got the record")


@rule("L3", E, "A record is whole, and no block update", "Send the full record.")
def block_update(case: Case) -> Iterator[Fault]:
    """04 is for recipients that take a part after a full record; what we write is always whole."""
    if case.record.notification_type == "04":
        yield Fault("NotificationType", "04", "02 or 03")


@rule(
    "L4",
    E,
    "A RecordReference is for one product for ever",
    "Find which product has the ISBN by right; correct the other. If it was made anew, leave its ISBN out for one night.",
)
def reference(case: Case) -> Iterator[Fault]:
    """The same ISBN must not come back under another RecordReference."""
    before = case.prior.record_reference
    if before and before != case.record.record_reference:
        yield Fault("RecordReference", case.record.record_reference, f"{before}, under which this ISBN was sent before")
