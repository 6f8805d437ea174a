"""EX-2, letters about licences: renewal notices, confirmations and permission letters; and what becomes of them, on the contract.

Each letter is one subject of the ledger and goes once: a renewal notice for each end date, the others for each deal.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.config import Config
from colophon.config.model import LetterTemplate, RightsNotices
from colophon.domain.facts import Unknown
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import ALL, DealStatus, RightsDeal
from colophon.ledger import Intent, Ledger
from colophon.ledger.records import WAITING
from colophon.ledger.titles import ISBNS
from colophon.rights.facts import Facts
from colophon.rights.renewal import IN_FORCE, carried_on
from colophon.rights.rules import broken
from colophon.systems.consonance.writes import WriteOp
from colophon.systems.opentext_exstream.records import Letter
from colophon.systems.opentext_exstream.settle import answer_to
from colophon.use_cases.exstream.royalty_letter import Channel, address_of
from colophon.use_cases.exstream.statement_letters import channel_of
from colophon.use_cases.royalties.records import Payee

USE_CASE = "exstream__rights_notices"
RENEWAL, CONFIRMATION, PERMISSION = "renewal", "confirmation", "permission"
KINDS = (RENEWAL, CONFIRMATION, PERMISSION)
"""Kinds of letter, and the destinations of their deliveries."""
MOST_ISBNS = 50
_NOT_OUT_YET = frozenset({"planned", "in_flight", "unknown"})


class Notice(NamedTuple):
    """A letter that is due. `occasion` tells it from others of its kind about the same deal; `isbns` are the products it is about."""

    kind: str
    deal: RightsDeal
    title: str
    occasion: str = ""
    isbns: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """How the ledger names it."""
        return "/".join(filter(None, (self.kind, self.deal.subject, self.occasion)))

    @property
    def contact_id(self) -> int:
        """Who gets it: the deal's contact, else the licensee."""
        return self.deal.contact_id or self.deal.licensee_id


def due(facts: Facts, rules: RightsNotices, on: date) -> list[Notice]:
    """Letters about the deals of a batch that are due on a day, by deal."""
    deals = sorted(facts.deals or (), key=lambda deal: deal.id or 0)
    continued = carried_on(deals)
    titles = {product.work_id: product.title for product in reversed(facts.products)}
    isbns: dict[int, list[str]] = defaultdict(list)
    for product in facts.products:
        isbns[product.work_id] += [product.isbn13] if product.isbn13 else []
    made = []
    for deal in deals:
        title = titles.get(deal.work_id) or f"work {deal.work_id}"
        about = tuple(isbns[deal.work_id] if not deal.isbns or ALL in deal.isbns else deal.isbns)
        if deal.status not in IN_FORCE or deal.terminated_on is not None:
            continue
        if deal.expires_on and deal.subject not in continued and 0 <= (deal.expires_on - on).days <= rules.renewal_days:
            made.append(Notice(RENEWAL, deal, title, deal.expires_on.isoformat(), about))
        if deal.status is DealStatus.SIGNED and deal.signed_on and 0 <= (on - deal.signed_on).days <= rules.confirm_days:
            made.append(Notice(PERMISSION if deal.rights_type in rules.permission_types else CONFIRMATION, deal, title, isbns=about))
    return made


def plan(notices: Iterable[Notice], contacts: Mapping[int, Payee], question: DecisionContext, *, delivery_class: str) -> Plan:
    """Letters that have not gone yet; one without an address is an exception of rule R9.

    :param contacts: by id, as they are reached.
    """
    made = Plan(judged={kind: [] for kind in KINDS}, settled={kind: [] for kind in KINDS})
    for notice in notices:
        made.judged[notice.kind].append(notice.subject)
        last = question.history(notice.kind, [notice.subject]).get(notice.subject)
        if last is not None and last.state != WAITING:  # what still waits is judged anew, in the words of today
            made.settled[notice.kind].append(notice.subject)
            continue
        contact = contacts.get(notice.contact_id)
        channel = channel_of(contact)
        if contact is None or channel is None:
            expected = f"an e-mail or a postal address of contact {notice.contact_id}"
            made.findings.append(broken("R9", notice.subject, "contact", None, expected).model_copy(update={"blocks": notice.kind}))
            continue
        made.intents.append(_intent(notice, _letter(notice, contact, channel, question.config.publisher.country), question, delivery_class))
    return made


def untold(batches: Iterable[Facts]) -> list[Finding]:
    """That no signed licence tells its day of signing, which confirmations and permissions go by: one exception for the account."""
    signed = [deal for facts in batches for deal in facts.deals or () if deal.status is DealStatus.SIGNED]
    if not signed or any(deal.signed_on for deal in signed):
        return []
    remedy = (
        "Have the day of signing recorded, and exported with the licences (docs/consonance-files.md): no licence is confirmed until then."
    )
    return [Unknown(name="days of signing", reason="no signed licence tells its day", remedy=remedy).as_finding()]


def templates(config: Config) -> list[tuple[str, LetterTemplate]]:
    """The template of each kind of letter."""
    rules = config.rights_notices
    return [(RENEWAL, rules.renewal), (CONFIRMATION, rules.confirmation), (PERMISSION, rules.permission)]


def write_backs(*, ledger: Ledger, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterator[WriteOp]:  # noqa: ARG001 - the operator's signature
    """One communication on the contract for each letter with an outcome; a response tells its kind, and the words of who wrote it."""
    named = dict(templates(config))
    for kind in KINDS:
        for row in ledger.newest(USE_CASE, kind):
            if row.state in _NOT_OUT_YET:
                continue
            whom = {name: int(row.labels[label]) for name, label in _ABOUT.items() if row.labels.get(label)}
            words = ": ".join(filter(None, (row.code, answer_to(ledger, row.delivery_id)))) if row.state == "responded" else ""
            response = {"responseText": words} if words else {}
            yield WriteOp(
                operation="recordCommunication",
                reference=f"ex2:{row.subject.replace('/', ':')}",
                subject=row.subject,
                use_case=USE_CASE,
                members={
                    **whom,
                    **response,
                    "channel": "exstream",
                    "template": named[kind].template,
                    "outcome": row.state.upper(),
                    "at": row.updated_at.replace(microsecond=0),
                    "documentSha256": row.content_hash,
                },
            )


_ABOUT = {"workId": "work", "contractId": "contract", "contactId": "contact"}


def undelivered(ledger: Ledger) -> list[Finding]:
    """Letters that came back or never left, for the rights manager."""
    found = []
    for kind in KINDS:
        for row in ledger.newest(USE_CASE, kind):
            if row.state in {"failed", "bounced", "skipped"}:
                expected = "a letter that arrives"
                found.append(broken("R9", row.subject, "outcome", f"{row.state} {row.code}".strip(), expected))
    return found


def _letter(notice: Notice, contact: Payee, channel: Channel, home: str) -> Letter:
    """By post as far as the contact is known: Consonance's address has no town, so that only a field of the contact tells one."""
    deal, abroad = notice.deal, (contact.country_name,) if contact.country_name and contact.country != home else ()
    data = {
        "Kind": notice.kind,
        "Title": notice.title,
        "DealId": deal.id,
        "RightsType": deal.rights_type,
        "Exclusive": deal.is_exclusive,
        "Isbns": deal.isbns,
        "Territories": deal.territories,
        "ExcludedTerritories": deal.excluded_territories,
        "Languages": deal.languages,
        "Formats": deal.formats,
        "Channels": deal.channels,
        "StartsOn": deal.starts_on and deal.starts_on.isoformat(),
        "ExpiresOn": deal.expires_on and deal.expires_on.isoformat(),
        "SellOffUntil": deal.sell_off_until and deal.sell_off_until.isoformat(),
    }
    return Letter(
        delivery_preference=channel,
        locale=contact.language,
        email_address=contact.email if channel == "email" else None,
        name=contact.name,
        address=address_of((*contact.envelope, *abroad) if contact.envelope else (), contact.country),
        data={name: list(value) if isinstance(value, tuple) else value for name, value in data.items() if value is not None},
    )


def _intent(notice: Notice, letter: Letter, question: DecisionContext, delivery_class: str) -> Intent:
    deal = notice.deal
    labels = {"title": notice.title[:200], "deal": str(deal.id), "work": str(deal.work_id), "contact": str(notice.contact_id)}
    labels |= {ISBNS: " ".join(notice.isbns[:MOST_ISBNS])} if notice.isbns else {}
    return Intent(
        use_case=USE_CASE,
        destination=notice.kind,
        subject=notice.subject,
        delivery_class=delivery_class,
        content=json.dumps(letter.model_dump(mode="json", by_alias=True, exclude_none=True), sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=question.as_of,
        occurrence="once",
        labels=labels | ({"contract": str(deal.contract_id)} if deal.contract_id else {}),
    )
