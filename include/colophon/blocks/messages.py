"""Messages to one person: which notices go, each alone or in a digest, and when."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.notice import URGENCY, Notice, digest_of, short_name, text_of, urgency_of
from colophon.config.wording import Text
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.delivery_states import WAITING
from colophon.domain.team import TeamRole

PEOPLE = "people"


class Audience(NamedTuple):
    """Who hears of it: roles, the desk by role, and how many notices one message at most.

    `digest_kind`: whose words a digest has, with the fields `count`, `lines`, `more`, `names` and `causes`. `is_each_role`: somebody of every role has to hear; else it is enough that anybody does. `keeps_hours`: for use cases that run through the day: what is not
    urgent waits for the hours that a person has named in the address book.
    """

    roles: Sequence[TeamRole]
    desk: Mapping[TeamRole, Sequence[str]]
    digest_above: int
    is_each_role: bool = False
    digest_kind: str = "digest"
    keeps_hours: bool = False


def messages(
    person: str, notices: Sequence[Notice], again: Sequence[Notice], audience: Audience, context: DecisionContext, use_case: str
) -> Iterator[Intent]:
    """What goes to a person. :param again: notices that are still wanted and are in no digest of this run."""
    reader, calendar, opens = context.person(person), context.config.calendars.of(None), None
    left = context.config.publisher.most_messages - context.told_today(who(person))
    if left <= 0:
        opens = calendar.next_open(calendar.midnight_after(context.as_of), reader.hours, reader.zone)
    elif audience.keeps_hours and (reader.hours or reader.zone):
        opens = calendar.next_open(context.as_of, reader.hours, reader.zone)
    language = reader.language or context.config.publisher.default_language
    texts = [text_of(notice, language, context) for notice in notices]

    def message(
        subject: str, occurrence: str, text: Text, about: Mapping[str, Any], labels: Mapping[str, str], carrier: str = ""
    ) -> Intent:
        address = {"address": reader.email} if reader.email else {}
        otherwise = {name: value for name, value in text._asdict().items() if name.startswith(("email_", "sms")) and value}
        content = {"person": person, "title": text.title, "body": text.body, "link": text.link or None, **address, **otherwise, **about}
        return Intent(
            use_case=use_case,
            destination=PEOPLE,
            subject=f"{who(person)}/{subject}",
            delivery_class=context.delivery_class,
            content=json.dumps(content, sort_keys=True, ensure_ascii=False).encode(),
            media_type="application/json",
            as_of=context.as_of,
            occurrence=occurrence,
            labels={"title": text.title[:200], **labels},
            carrier=carrier,
            not_before=opens if opens is not None and opens > context.as_of and not about.get("pipeline") else None,
        )

    def single(notice: Notice, text: Text, carrier: str = "") -> Intent:
        about = urgency_of(notice.severity) | {"data": dict(notice.data)}
        return message(notice.subject, notice.occurrence, text, about, notice.labels, carrier)

    carrier = ""
    if len(notices) > min(audience.digest_above, max(left, 1)):
        named = "\n".join(f"{notice.subject} {notice.occurrence}" for notice in notices)
        subject = f"digest/{short_name(named)}"
        about = urgency_of(min((notice.severity for notice in notices), key=URGENCY.index))
        digest = digest_of(notices, texts, audience.digest_kind, language, context)
        intent = message(subject, "once", digest, about | {"data": {"kind": "digest", "count": str(len(notices))}}, {})
        carrier = intent.subject
        yield intent
    yield from (single(notice, text, carrier) for notice, text in zip(notices, texts, strict=True))
    yield from (single(notice, text_of(notice, language, context)) for notice in again)


def may_have_left(person: str, notice: Notice, last: Mapping[str, LatestDelivery]) -> bool:
    """Whether a notice that waits may have gone all the same, alone or in a digest: what it went in goes again as it is, and no other."""
    planned = last.get(f"{who(person)}/{notice.subject}")
    return planned is not None and planned.state == WAITING and planned.has_left and planned.occurrence == notice.occurrence


def unheard(person: str, notices: Sequence[Notice], last: Mapping[str, LatestDelivery]) -> list[Notice]:
    """Those of which a person has not heard, nor by another; what never left was told to nobody, and is judged in the words of today.

    :param last: what went to the person of each, and of what silences it.
    """
    name = who(person)
    heard = {subject: delivery.occurrence for subject, delivery in last.items() if delivery.state != WAITING or delivery.has_left}
    return [
        notice
        for notice in notices
        if heard.get(f"{name}/{notice.subject}", None if notice.is_all_clear else "") not in {notice.occurrence, None}
        and heard.keys().isdisjoint(f"{name}/{subject}" for subject in notice.silenced_by)
    ]


@lru_cache(maxsize=10_000)
def who(person: str) -> str:
    """How the ledger names a person: by a hash of the key, for a key of the directory may be an address."""
    return f"person:{short_name(person)}"
