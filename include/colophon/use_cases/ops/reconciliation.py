"""OP-1, reconciliation: what the ledger believes, as each counterpart would have to show it, and the exceptions of what differs."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from colophon.blocks.ids import RENDERED
from colophon.blocks.reconcile import Belief, Compared, Holding
from colophon.blocks.use_case import Needs
from colophon.config import Config
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadRecordError
from colophon.ledger import Ledger
from colophon.ledger.outcomes import Ended
from colophon.systems.bytenite.records import VERB
from colophon.systems.bytenite.shown import Shown
from colophon.systems.consonance.writes.held import Told
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.fourallportal.availability import place_of, rules_of, told
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import entries
from colophon.systems.opentext_push.outcomes import outcome_events as push_outcomes
from colophon.systems.opentext_push.records import JobStatus
from colophon.systems.xconnector.outcomes import outcome_events as xconnector_outcomes
from colophon.systems.xconnector.records import MessageStatus
from colophon.unsettled import Rule
from colophon.use_cases.bytenite.video_release import CASE as RELEASE
from colophon.use_cases.bytenite.video_rights import CASE as VIDEOS
from colophon.use_cases.bytenite.video_rights import SAID
from colophon.use_cases.bytenite.video_rules import digest
from colophon.use_cases.fourallportal.rights_availability import CASE as AVAILABILITY

DRIFT, NOT_COMPARED = "DRIFT", "NOT-COMPARED"
RULES = {
    DRIFT: Rule(
        "A counterpart has what the ledger believes",
        "otherwise",
        "Find out who changed it there, and why; repair it, or change it in Consonance.",
    ),
    NOT_COMPARED: Rule(
        "A counterpart can be compared", "not compared", "Mend its connection; the next night compares it. Until then nobody knows."
    ),
}
CLOSED, AS_WRITTEN = "closed everywhere", "as written"
PORTAL, LIBRARY, MIDDLEWARE, MESSAGES = AVAILABILITY.destination, VIDEOS.destination, "xconnector", "push"
ARRIVED, LOST = "arrived", "did not arrive"
_WENT = ("sent", "confirmed", "opened", "picked_up", "responded")
LOOKS_BACK = {MIDDLEWARE: timedelta(days=7), MESSAGES: timedelta(days=2)}
"""Of what was settled so lately is asked; the systems keep it a little longer."""
WHO = {
    PORTAL: "rights_manager: the next run of fourallportal__rights_availability puts it right; rights are changed in Consonance",
    LIBRARY: "rights_manager: the next run of bytenite__video_rights puts rules right; a film that somebody swapped is sent again from its page",
    MIDDLEWARE: "operations: see there who stopped or repeated it; then send it again from its page, or say there what became of it",
    MESSAGES: "operations: see there why; then send it again from its page, unless it is no news any more",
    CONSONANCE: "operations: repair it from the form of ops__reconciliation, unless somebody changed it on purpose",
}


def believed_of_portal(ledger: Ledger, mapping: PortalMapping) -> dict[str, Belief]:
    """Where each product is open, as the portal confirmed it last. What was sent since and is not confirmed is not compared."""
    rows = [row for row in ledger.newest(AVAILABILITY.id, PORTAL) if row.state == "confirmed"]
    said = {content_hash: _open_at(body, mapping) for content_hash, body in ledger.contents({row.content_hash for row in rows})}
    told_of = [(row, said[row.content_hash]) for row in rows if row.content_hash in said]
    return {row.subject: Belief(places, row.delivery_id, name) for row, (places, name) in told_of}


def _open_at(body: bytes, mapping: PortalMapping) -> tuple[str, str]:
    """Where a product was told to be open, in words, and what people call it."""
    said = json.loads(body)
    cells = [(cell["territory"], cell["channel"]) for cell in said["cells"] if cell["right"] == "open"]
    return ", ".join(told((place_of(cell, mapping) for cell in cells), mapping)) or CLOSED, f"isbn:{said['isbn']}"


def held_by_portal(objects: Iterable[PortalObject], mapping: PortalMapping) -> Iterator[tuple[str, Holding]]:
    """Where the portal shows each product as open."""
    rules = rules_of(mapping)
    for obj in objects:
        try:
            places = told({entry.dimensions for entry in entries(obj, rules.field) if entry.value == rules.open}, mapping)
        except BadRecordError as problem:
            places = [problem.sentence]
        yield f"portal:{obj.id}", Holding(", ".join(places) or CLOSED, _moment(obj.mod_time))


def believed_of_library(ledger: Ledger) -> dict[str, Belief]:
    """The rules that each video was given and has confirmed, by their digest, and its film by its hash, where that is ours.

    Rules are those by rights, or before these were asked those by its release.
    """
    rules = [*ledger.newest(RELEASE.id, LIBRARY), *ledger.newest(VIDEOS.id, LIBRARY)]
    found = {row.subject: Belief(row.labels[SAID], row.delivery_id) for row in rules if row.state == "confirmed" and row.labels.get(SAID)}
    for row in (row for use_case in RENDERED for row in ledger.newest(use_case, LIBRARY)):
        body = ledger.content(row.content_hash) if row.labels.get(VERB) == "content" and row.state == "confirmed" else None
        if body is not None:
            content = json.loads(body)
            found[f"video:{content['videoId']}/content"] = Belief(content["sha256"], row.delivery_id, row.subject)
    return found


def held_by_library(shown: Iterable[Shown]) -> Iterator[tuple[str, Holding]]:
    """The rules and the film of each video."""
    for each in shown:
        yield f"video:{each.video.video_id}/rules", Holding(digest(each.rules))
        yield f"video:{each.video.video_id}/content", Holding(str((each.video.content or {}).get("sha256", "none")))


def believed_of_consonance(told: Mapping[str, Told]) -> dict[str, Belief]:
    """What was seen in Consonance once: the newest write-back of each reference."""
    return {subject: Belief(AS_WRITTEN, each.id) for subject, each in told.items()}


def believed_of_sent(ended: Iterable[Ended]) -> dict[str, Belief]:
    """Whether each delivery arrived, by the system's own id of it."""
    return {
        each.remote_id: Belief(ARRIVED if each.state in _WENT else LOST, each.delivery_id, f"{each.subject} to {each.destination}")
        for each in ended
    }


def held_by_middleware(statuses: Iterable[MessageStatus]) -> Iterator[tuple[str, Holding]]:
    """What the middleware says of each message: arrived is what every target has."""
    for status in statuses:
        outcomes = xconnector_outcomes(status.message_id, status)
        at = max((event.at for event in outcomes), default=None)
        yield status.message_id, Holding(_word({event.outcome for event in outcomes}, all), at)


def held_by_messages(ended: Iterable[Ended], statuses: Mapping[str, Sequence[JobStatus]]) -> Iterator[tuple[str, Holding]]:
    """What the messaging system says of each delivery: arrived is what one device has."""
    for each in ended:
        if each.remote_id in statuses:
            outcomes = push_outcomes(each.delivery_id, statuses[each.remote_id])
            yield each.remote_id, Holding(_word({event.outcome for event in outcomes}, any))


def _word(outcomes: Collection[str], enough: Callable[[Iterable[bool]], bool]) -> str:
    if not outcomes or not enough(outcome in _WENT for outcome in outcomes):
        return LOST if {"failed", "bounced", "skipped"} & set(outcomes) else "under way"
    return ARRIVED


def findings(compared: Compared, config: Config) -> list[Finding]:
    """An exception for each difference, or one that nothing was compared."""
    if compared.why_not:
        return [_finding(NOT_COMPARED, f"counterpart:{compared.counterpart}", "all", compared.why_not, RULES[NOT_COMPARED].says, config)]
    return [
        _finding(
            DRIFT,
            each.subject,
            compared.counterpart,
            f"{each.theirs[:200]}{f', since {each.at}' if each.at else ''}",
            each.ours[:200],
            config,
        )
        for each in compared.differences
    ]


def _finding(rule: str, subject: str, field: str, found: str, expected: str, config: Config) -> Finding:
    said = {"remedy": RULES[rule].remedy, "owner": config.owners.of(rule)}
    return Finding(subject=subject, rule=rule, severity=Severity.ERROR, field=field, found=found, expected=expected, **said)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


CASE = Needs(id="ops__reconciliation")
