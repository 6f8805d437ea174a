"""Letters: recipient -> channel (print, e-mail, web) -> full envelope -> the letter, by the template of its kind.

    plan = write(letters, facts, context, use_case=CASE.id, unreached=no_address)

The facts are contacts (`Contact`) and what they have told of how to be reached (`ContactFields`). Each letter goes once; one that
nobody can be reached by is an exception with an owner, and goes when that is mended. What becomes of it is a communication.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.config import Config
from colophon.config.model import LetterTemplate
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.recipient import Channel, Recipient
from colophon.ledger import Intent
from colophon.ledger.records import IN_FLIGHT, UNKNOWN, WAITING, HistoryRow
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon.systems.opentext_exstream.records import Letter

NOT_OUT_YET = frozenset({WAITING, IN_FLIGHT, UNKNOWN})
"""States of a letter of which nothing can be told yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters(UseCase):
    """A use case that writes letters: the template of each kind, which is the destination."""

    templates: Callable[[Config], Mapping[str, LetterTemplate]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLetter:
    """A letter that is due: `kind` is its destination, `subject` how the ledger names it, `data` what the template is filled with."""

    kind: str
    subject: str
    contact_id: int
    data: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str]


def write(
    letters: Iterable[DueLetter], facts: Facts, context: DecisionContext, *, case: Letters, unreached: Callable[[DueLetter], Finding]
) -> Plan:
    """The letters that have not gone yet. What still waits is judged anew, in the words of today.

    :param unreached: the exception about a letter that has no address.
    """
    kinds = case.templates(context.config)
    plan = Plan(judged={kind: [] for kind in kinds}, settled={kind: [] for kind in kinds})
    contacts = {contact.id: contact for contact in facts.records(Contact, ())}
    fields = {told.contact_id: told for told in facts.records(ContactFields, ())}
    for letter in letters:
        plan.judged[letter.kind].append(letter.subject)
        last = context.history(letter.kind, [letter.subject]).get(letter.subject)
        contact = contacts.get(letter.contact_id)
        recipient = Recipient.of(contact, fields.get(contact.id)) if contact else None
        if last is not None and last.state != WAITING:
            plan.settled[letter.kind].append(letter.subject)
        elif recipient is None or recipient.channel is None:
            plan.findings.append(unreached(letter).model_copy(update={"blocks": letter.kind}))
        else:
            plan.intents.append(_intent(letter, recipient, recipient.channel, context, case.id))
    return plan


def address_of(lines: Iterable[str], country: str | None) -> dict[str, str] | None:
    """An envelope's lines below the name, numbered from 1, and the country's code; None where nothing is known."""
    return {f"Line{place}": line for place, line in enumerate(lines, 1)} | ({"Country": country} if country else {}) or None


def communication(row: HistoryRow, *, reference: str, template: str, about: Mapping[str, int], words: str = "") -> WriteOp:
    """What became of a letter, to be told to Consonance. `about` are ids of what it is recorded on, `words` those of an answer."""
    members = {
        **about,
        **({"responseText": words} if words else {}),
        "channel": "exstream",
        "template": template,
        "outcome": row.state.upper(),
        "at": row.updated_at.replace(microsecond=0),
        "documentSha256": row.content_hash,
    }
    return WriteOp(operation="recordCommunication", reference=reference, subject=row.subject, use_case=row.use_case, members=members)


def _intent(due: DueLetter, recipient: Recipient, channel: Channel, context: DecisionContext, use_case: str) -> Intent:
    letter = Letter(
        delivery_preference=channel,
        locale=recipient.language,
        email_address=recipient.email if channel == "email" else None,
        name=recipient.name,
        address=address_of(recipient.envelope(context.config.publisher.country), recipient.country),
        data=due.data,
    )
    return Intent(
        use_case=use_case,
        destination=due.kind,
        subject=due.subject,
        delivery_class=str(SUBMIT.writes),
        content=json.dumps(letter.model_dump(mode="json", by_alias=True, exclude_none=True), sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=context.as_of,
        occurrence="once",
        labels=due.labels,
    )
