"""EX-2, letters about licences: renewal notices, confirmations and permission letters; and what becomes of them, on the contract.

Each letter is one subject of the ledger and goes once: a renewal notice for each end date, the others for each deal.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.letter import NOT_OUT_YET, DueLetter, about, communication
from colophon.blocks.letters import Letters, write
from colophon.config import Config
from colophon.config.letters import LetterTemplate
from colophon.config.model import RightsNotices
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.facts import Facts, Known, Unknown
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.rights_deal import ALL, DealStatus, RightsDeal
from colophon.ledger import Ledger
from colophon.rights.facts import read_facts
from colophon.rights.renewal import IN_FORCE, carried_on
from colophon.rights.rules import broken
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.opentext_exstream.outcomes import answer_to
from colophon.use_cases.exstream.licence_letter import licence_letter

RENEWAL, CONFIRMATION, PERMISSION = "renewal", "confirmation", "permission"
KINDS = (RENEWAL, CONFIRMATION, PERMISSION)
"""Kinds of letter, and the destinations of their deliveries."""
_NO_SIGNING = Unknown(
    name="days of signing",
    reason="no signed licence tells its day, by which confirmations and permissions go",
    remedy="Have the day of signing recorded, and exported with the licences (docs/consonance-files.md): no licence is confirmed until then.",
).as_finding(blocks=CONFIRMATION)
_UNREADABLE = ("rights_deal:", "report:rights_deals")


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Letters that are due and have not gone yet; one without an address is an exception of rule R9."""
    letters = due(facts.records(RightsDeal, ()), facts.records(Product), context.config.rights_notices, context.as_of.date())
    plan = write(letters, facts, context, case=CASE, unreached=_unreached)
    signed = [deal for deal in facts.records(RightsDeal, ()) if deal.status is DealStatus.SIGNED]
    plan.hold(CONFIRMATION, _NO_SIGNING, is_so=bool(signed) and not any(deal.signed_on for deal in signed))
    # An account that does not tell its licences says nothing of letters that wait.
    plan.everything = frozenset(KINDS if isinstance(facts.of(RightsDeal), Known) else ())
    return plan


def due(records: Iterable[RightsDeal], products: Iterable[Product], rules: RightsNotices, on: date) -> list[DueLetter]:
    """Letters that are due on a day, by deal."""
    deals = sorted(records, key=lambda deal: deal.id or 0)
    continued, titles, isbns = carried_on(deals), dict[int, str](), defaultdict[int, list[str]](list)
    for product in products:
        titles.setdefault(product.work_id, product.title)
        isbns[product.work_id] += [product.isbn13] if product.isbn13 else []
    letters = []
    for deal in deals:
        title = titles.get(deal.work_id) or f"work {deal.work_id}"
        about = isbns[deal.work_id] if not deal.isbns or ALL in deal.isbns else deal.isbns
        if deal.status not in IN_FORCE or deal.terminated_on is not None:
            continue
        if deal.expires_on and deal.subject not in continued and 0 <= (deal.expires_on - on).days <= rules.renewal_days:
            letters.append(licence_letter(RENEWAL, deal, title, about, f"/{deal.expires_on}"))
        if deal.status is DealStatus.SIGNED and deal.signed_on and 0 <= (on - deal.signed_on).days <= rules.confirm_days:
            letters.append(licence_letter(PERMISSION if deal.rights_type in rules.permission_types else CONFIRMATION, deal, title, about))
    return letters


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The template of each kind of letter."""
    return {kind: getattr(config.rights_notices, kind) for kind in KINDS}


def write_backs(*, ledger: Ledger, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterator[WriteOp]:  # noqa: ARG001 - the operator's signature
    """One communication on the contract for each letter with an outcome; a response tells its kind, and the words of who wrote it."""
    for kind, template in templates(config).items():
        for row in ledger.newest(CASE.id, kind):
            if row.state not in NOT_OUT_YET:
                yield communication(
                    row,
                    reference=f"ex2:{row.subject.replace('/', ':')}",
                    template=template.template,
                    about=about(row),
                    words=": ".join(filter(None, (row.code, answer_to(ledger, row.delivery_id)))) if row.state == "responded" else "",
                )


def staged(lines: Iterable[str]) -> Facts:
    """Licences and products of all batches of rights facts."""
    rights, as_of = read_facts(lines), environment.now()
    deals: Known[RightsDeal] | Unknown = Unknown(
        name="rights deals", reason="neither the account nor a report tells them", remedy="Export the report rights_deals (docs/consonance-files.md)."
    )  # fmt: skip
    if rights.deals is not None:
        unreadable = tuple(finding for finding in rights.unreadable if finding.subject.startswith(_UNREADABLE))
        deals = Known(records=rights.deals, source="extract", as_of=as_of, unreadable=unreadable)
    return Facts({RightsDeal: deals, Product: Known(records=rights.products, source="extract", as_of=as_of)})


def _unreached(letter: DueLetter) -> Finding:
    return broken("R9", letter.subject, "contact", None, f"an e-mail or a postal address of contact {letter.contact_id}")


CASE = Letters(
    id="exstream__rights_notices",
    reads=(RightsDeal,),
    gains=(Contact, ContactFields),
    upstream=(Product, Contract),
    staged=staged,
    decide=decide,
    backfill="silent",
    writes=("recordCommunication",),
    write_backs=write_backs,
    remedies={
        "DELIVERY-BOUNCED": "It does not go again by itself: tell the licensee otherwise, and correct the address at its source for the next letter;"
        " then close this."
    },
    systems=("opentext_exstream",),
    templates=templates,
)
