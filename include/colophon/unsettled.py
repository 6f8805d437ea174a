"""The closing check of a destination: no task ends green over what is not settled, unless an exception names it.

name_unsettled(ledger, use_case, destination, owner_of=...)     # exceptions for what ended badly; closed when it is mended
still_out(ledger, use_case, destination)                        # somebody else has it in hand, or a system put it off
too_many_refused(done, destination, limit)                      # more than single cases were refused
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from colophon.deliver import Summary
from colophon.domain.finding import Finding, Severity
from colophon.errors import HeldElsewhereError, PutOffError, TooManyRefusedError, TryAgainLaterError
from colophon.ledger import Ledger
from colophon.ledger.undelivered import Undelivered

MOST_ALONE = 10
"""More deliveries than that of one destination and code have one cause, and are one exception."""
FEW = 5
"""Up to so many refusals are single cases, whatever share they are."""
UNROUTABLE = "unroutable"
"""Code of what the middleware drops because it does not know the recipient: one cause, however few there are."""
LATE = "DELIVERY-LATE"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Rule(NamedTuple):
    """What a delivery should be, how it is called when it is not, and what to do."""

    says: str
    found: str
    remedy: str


_AGAIN = "then send it again: `colophon ledger redrive {use_case} {destination}`, or its own page on the desk."
RULES = {
    "DELIVERY-FAILED": Rule("A delivery is taken", "given up", f"Mend what the counterpart names, {_AGAIN}"),
    "DELIVERY-SKIPPED": Rule("A delivery is not left out", "left out", f"Mend why the system left it out, {_AGAIN}"),
    "DELIVERY-BOUNCED": Rule(
        "A message does not come back", "came back", "Correct the address at its source, or tell the person otherwise; then close this."
    ),
    "DELIVERY-OPTED-OUT": Rule(
        "A message is wanted", "no longer wanted", "Tell the person otherwise where they have to know; then close this."
    ),
    "DELIVERY-UNKNOWN": Rule(
        "What became of a delivery is known",
        "nobody knows whether it arrived",
        "Look at the other side, then say what you saw: `colophon ledger settle`, or its own page on the desk.",
    ),
    LATE: Rule(
        "A delivery ends in time",
        "under way",
        "Look at the message and its target at the system; it is delivered there, or given up, and the next run sees it.",
    ),
}
"""Rules that deliveries are held to once they left, by id."""
_RULE_OF = {"failed": "DELIVERY-FAILED", "skipped": "DELIVERY-SKIPPED", "bounced": "DELIVERY-BOUNCED"}
_RULE_OF |= {"opted_out": "DELIVERY-OPTED-OUT", "unknown": "DELIVERY-UNKNOWN"}


def rule_of(row: Undelivered) -> str:
    """The rule that a delivery breaks."""
    return _RULE_OF.get(row.state, LATE)


def name_unsettled(
    ledger: Ledger,
    use_case: str,
    destination: str,
    *,
    owner_of: Callable[[str], str],
    remedies: Mapping[str, str] = NOTHING,
    taken_before: datetime | None = None,
    progress: Mapping[str, str] = NOTHING,
    expected: str = "",
) -> list[Undelivered]:
    """Everything of a destination that did not arrive; each is an exception until it went again, was settled, or something newer went.

    Many of one code are one exception, and so is whatever the middleware has no route for.

    :param remedies: what to do instead, by rule, where the use case says so (`Needs.remedies`). :param taken_before: what is under way since then is late; None: whether something is late is for another step to say.
    :param progress: how far what is late came, by remote id. :param expected: within which time it should have left.
    """
    rows = ledger.undelivered(use_case, destination, taken_before=taken_before)
    alike: dict[tuple[str, str], list[Undelivered]] = defaultdict(list)
    for row in rows:
        alike[rule_of(row), row.code].append(row)
    findings: list[Finding] = []
    for (rule, code), group in alike.items():
        remedy = remedies.get(rule, RULES[rule].remedy).format(use_case=use_case, destination=destination)
        said = {"rule": rule, "severity": Severity.ERROR, "remedy": remedy, "owner": owner_of(rule)}
        said["expected"] = expected if rule == LATE and expected else RULES[rule].says
        if len(group) > MOST_ALONE or code == UNROUTABLE:
            together = f"{len(group)} deliveries, the first {_moment(group[0])}: {_found(group[0])}"
            findings.append(Finding(subject=f"destination:{destination}", field=code or "no code", found=together, **said))
        else:
            findings += (Finding(subject=row.subject, field=_field(row), found=_found(row, progress), **said) for row in group)
    others = None if taken_before is not None else RULES.keys() - {LATE}
    # These exceptions are about what is the case now, and not about the day for which a run was made.
    ledger.exceptions.record(f"{use_case}:delivery", destination, None, findings, as_of=ledger.clock(), rules=others)
    return rows


def still_out(ledger: Ledger, use_case: str, destination: str) -> TryAgainLaterError | None:
    """Why a destination is not done, though nothing is left that may go now; None where it is."""
    if hands := ledger.in_hand(use_case, destination):
        last, owners = hands[-1], ", ".join(hand.owner for hand in hands)[:400]
        return HeldElsewhereError(
            f"{sum(hand.deliveries for hand in hands)} deliveries to {destination} are in the hands of {owners} until {last.until:%Y-%m-%d %H:%M:%S} UTC",
            not_before=last.until,
            system="ledger",
        )
    if (moment := ledger.put_off(use_case, destination)) is not None:
        return PutOffError(
            f"{destination} asked to come again at {moment:%Y-%m-%d %H:%M:%S} UTC; what waits has not gone", not_before=moment
        )
    return None


def too_many_refused(done: Summary, destination: str, limit: Decimal) -> TooManyRefusedError | None:
    """Why what a call of `deliver` did is no success: the middleware does not know the recipient, or too large a share was refused."""
    refused = done.counts["refused"] + done.counts["skipped"]
    answered = sum(done.counts.values()) - done.counts["not_sent"]
    is_unknown = done.codes[UNROUTABLE] > 0
    if not is_unknown and not is_too_large(refused, answered, limit):
        return None
    evidence = ", ".join(f"{count} {code or 'without a code'}" for code, count in done.codes.most_common(3))
    return TooManyRefusedError(f"{destination} refused {refused} of {answered} deliveries", subject=destination, evidence=evidence)


def is_too_large(refused: int, answered: int, limit: Decimal) -> bool:
    """Whether more was refused than single cases, and a larger share than the limit."""
    return refused > FEW and Decimal(refused) > limit * answered


def counted(rows: Sequence[Undelivered]) -> dict[str, int]:
    """What is unsettled, counted by the state that says so."""
    return dict(Counter(row.state if row.state in _RULE_OF else "late" for row in rows))


def sentences(rows: Sequence[Undelivered], destination: str, most: int = 5) -> Iterator[str]:
    """The first of a destination's in words, for a run's log."""
    for row in rows[:most]:
        yield f"{destination}, {row.subject}: {RULES[rule_of(row)].found}, {row.code or row.state}"


def _field(row: Undelivered) -> str:
    return (f"message {row.remote_id}" if row.remote_id else f"delivery {row.id}")[:200]


def _found(row: Undelivered, progress: Mapping[str, str] = NOTHING) -> str:
    """In words that stay the same while nothing changes."""
    rule = rule_of(row)
    if rule == LATE:
        return f"since {_moment(row)} {progress.get(row.remote_id or '', row.state)}"
    return f"{RULES[rule].found}: {row.code or 'no reason given'}"


def _moment(row: Undelivered) -> str:
    return f"{row.since:%Y-%m-%d %H:%M}"
