"""Letters: recipient -> channel (print, e-mail, web) -> full envelope -> the letter, by the template of its kind.

    plan = write(letters, facts, context, use_case=CASE.id, unreached=no_address)

The facts are contacts (`Contact`) and what they have told of how to be reached (`ContactFields`). Each letter goes once; one that
nobody can be reached by is an exception with an owner, and goes when that is mended. What becomes of it is a communication.

    plan = write_by_kind(letters, facts, context, case=CASE, kinds=context.config.milestone_letters.letters)

Of a kind with several templates each letter takes the one that fits imprint, country and language, with the legal text of the
country: without one it does not go. What is advertising does not go to whoever has opted out (`out=opted_out(facts)`).
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.letter import AGAIN, NO_ADDRESS, NO_LEGAL_TEXT, NO_TEMPLATE, DueLetter, address_of, letter_fault, recipients_of
from colophon.blocks.use_case import UseCase
from colophon.config import Config
from colophon.config.letters import LetterKind, LetterTemplate, chosen, destination, destinations
from colophon.domain.delivery import HistoryRow, Intent, LatestDelivery
from colophon.domain.delivery_states import BOUNCED, WAITING
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.recipient import Channel, Recipient
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon.systems.opentext_exstream.records import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters(UseCase):
    """A use case that writes letters: the template of each kind, which is the destination.

    `is_about_titles`: each letter is about few titles, and stands on their pages. `tries`: what its form lets somebody try, in lines;
    none where the form asks for nothing.
    """

    templates: Callable[[Config], Mapping[str, LetterTemplate]]
    is_about_titles: bool = True
    tries: Callable[[Facts, DecisionContext], list[str]] | None = None


def write(
    letters: Iterable[DueLetter], facts: Facts, context: DecisionContext, *, case: Letters, unreached: Callable[[DueLetter], Finding]
) -> Plan:
    """The letters that have not gone yet. What still waits is judged anew, in the words of today.

    :param unreached: the exception about a letter that has no address.
    """
    kinds = case.templates(context.config)
    plan = Plan(judged={kind: [] for kind in kinds}, settled={kind: [] for kind in kinds})
    recipients = recipients_of(facts)
    for letter in letters:
        plan.judged[letter.kind].append(letter.subject)
        last = context.history(letter.kind, [letter.subject]).get(letter.subject)
        recipient = recipients.get(letter.contact_id)
        if last is not None and last.state != WAITING:
            plan.settled[letter.kind].append(letter.subject)
        elif recipient is None or recipient.channel is None:
            plan.findings.append(unreached(letter).model_copy(update={"blocks": letter.kind}))
        else:
            plan.intents.append(_intent(letter, recipient, recipient.channel, context, case.id))
    return plan


def write_by_kind(
    letters: Iterable[DueLetter],
    facts: Facts,
    context: DecisionContext,
    *,
    case: UseCase,
    kinds: Mapping[str, LetterKind],
    recipients: Mapping[int, Recipient] | None = None,
    out: Collection[int] = (),
) -> Plan:
    """The same for letters whose `kind` is one of `kinds`: by the template that fits, and with its legal text (`LegalText`).

    One that has gone by any template of its kind does not go by another; one that came back goes by the next channel. :param recipients: who they are; else contacts. :param out:
    contacts for whom none of them is.
    """
    plan = Plan(judged={name: [] for name in destinations(kinds)}, settled={name: [] for name in destinations(kinds)})
    people, by_kind = recipients_of(facts) if recipients is None else recipients, defaultdict[str, list[DueLetter]](list)
    for letter in letters:
        by_kind[letter.kind].append(letter)
    for kind, due in by_kind.items():
        places = [destination(kind, template) for template in kinds[kind].templates]
        subjects = [letter.subject for letter in due]
        past = {place: context.history(place, subjects) for place in places}
        for letter in due:
            last = {place: known[letter.subject] for place, known in past.items() if letter.subject in known}
            gone = next((place for place, known in last.items() if known.state not in {WAITING, BOUNCED}), None)
            if gone is not None:
                plan.judged[gone].append(letter.subject)
                plan.settled[gone].append(letter.subject)
                continue
            for place in places:  # what waits for another template than today's is withdrawn there
                if place in last:
                    plan.judged[place].append(letter.subject)
            if letter.contact_id in out:
                plan.judged[places[0]].append(letter.subject)
                plan.out_of_scope.setdefault(places[0], {})[letter.subject] = "has opted out"
                continue
            back = [each for known in last.values() for each in known.revisions if each.state == BOUNCED]
            result = _composed(letter, people.get(letter.contact_id), kinds[kind], context, case.id, back)
            place = result.destination if isinstance(result, Intent) else result.blocks
            if letter.subject not in plan.judged[place]:
                plan.judged[place].append(letter.subject)
            if isinstance(result, Intent):
                plan.intents.append(result)
            else:
                plan.findings.append(result)
    return plan


def _composed(
    letter: DueLetter,
    recipient: Recipient | None,
    kind: LetterKind,
    context: DecisionContext,
    use_case: str,
    back: Sequence[LatestDelivery],
) -> Intent | Finding:
    """The letter in its template, or why there is none. :param back: it came back so often."""
    territory, language = (recipient.country, recipient.language) if recipient else (None, None)
    template = chosen(kind.templates, letter.imprint, territory, language)
    place = destination(letter.kind, template or kind.templates[0])

    def fault(rule: str, name: str, found: str) -> Finding:
        return letter_fault(rule, letter.subject, name, found, context, blocks=place, imprint=letter.imprint)

    returned: list[HistoryRow | LatestDelivery] = [*letter.came_back, *back]
    dead = {row.labels["channel"] for row in returned if recipient and _went_there(row, recipient, context)}
    channels = [channel for channel in recipient.channels if channel not in dead] if recipient else []
    if recipient is None or not channels:
        but = f" but by {' or '.join(sorted(dead))}, which came back" if dead else ""
        return fault(NO_ADDRESS, "contact", f"contact {letter.contact_id} can be reached by nothing{but}")
    where = f"{letter.imprint or 'no imprint'}, {territory or 'a country that nobody told'}, {language or 'no language'}"
    if template is None:
        return fault(NO_TEMPLATE, "template", f"none for {where}")
    legal = context.config.letters.legal_text(letter.kind, letter.imprint, territory, language)
    if legal is None:
        return fault(NO_LEGAL_TEXT, "legal text", f"none for {where}")
    data = {**letter.data, "LegalText": legal.text, "LegalVersion": legal.version}
    labels = {**letter.labels, "channel": channels[0], "template": f"{template.template} {template.version}", "legal": legal.version}
    whole = DueLetter(kind=place, subject=letter.subject, contact_id=letter.contact_id, data=data, labels=labels)
    intent = _intent(whole, recipient, channels[0], context, use_case)
    again = f"{back[0].revision}" if back else ""
    return replace(intent, occurrence=f"again:{again}", labels=labels | {AGAIN: again}) if back else intent


def _went_there(row: HistoryRow | LatestDelivery, recipient: Recipient, context: DecisionContext) -> bool:
    """Whether a letter that came back went to an address that somebody still has; so it is where nobody knows any more."""
    sent = context.sent_json(row.content_hash)
    known = {
        "EmailAddress": recipient.email,
        "Address": address_of(recipient.envelope(context.config.publisher.country), recipient.country),
    }
    name = "Address" if row.labels["channel"] == "print" else "EmailAddress"
    return bool(sent.get(name, known[name]) == known[name])


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
