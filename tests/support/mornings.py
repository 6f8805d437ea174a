"""Runs of a letter use case's decision, one a day, with a ledger and without a house: what goes arrives, or whatever else is said.

mornings = Mornings(ledger, partner_updates.CASE)
mornings.run(BOOK)                            # letters of the first morning
mornings.run(BOOK.model_copy(update=APRIL))   # of the second
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ledger_database import make_ledger

from colophon.blocks.decision import DecisionContext
from colophon.blocks.letters import Letters
from colophon.config.launch_plans import LaunchPlan
from colophon.config.load import load_config
from colophon.config.partners import Partner
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.delivery import HistoryRow, Verdict
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.product import Contributor, Price, Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.ledger import Ledger
from colophon.rights.snapshot import RightsSnapshot

AUTHOR, SECOND, AGENT = 44, 45, 46
FIRST = date(2026, 12, 1)
STEPS = [
    {"id": "advance", "at": -90, "template": "notice", "to": "contributors", "late": "send"},
    {"id": "follow_up", "at": 14, "template": "notice", "to": "contributors", "late": "skip"},
]
SHOP = Partner(
    id="shop", name="The Shop", kind="retailer", contacts=(AUTHOR, SECOND), territories=("GB",), sale_channel="retail", country="GB"
)
SHIPPED = load_config()
CONFIG = SHIPPED.model_copy(
    update={
        "launch_plans": {"standard": LaunchPlan.model_validate({"id": "standard", "version": "1", "steps": STEPS})},
        "partners": {"shop": SHOP},
    }
)
BOOK = Product(
    id=101, kind="PhysicalBookProduct", work_id=9, isbn13="9781999000004", title="Sea Room", imprint="Larkspur", form_code="BC",
    publishing_status="02", publication_on=date(2027, 3, 1), allow_onix_exports=True,
    contributors=(Contributor(contact_id=AUTHOR, name="Ada Quill", role="A01", sequence=1),),
    prices=(Price(id=1, qualifier="05", amount=Decimal("12.00"), currency="GBP", type_code="02"),),
)  # fmt: skip


SIGNED = Contract(id=7, work_id=9, name="Sea Room", signed_on=FIRST)


class Open:
    """Everything may be sold everywhere."""

    def open_bits(self, _channel: str, _on: date) -> int:
        """All countries."""
        return -1


@dataclass
class Mornings:
    """Runs of a use case, one a day; what goes arrives."""

    ledger: Ledger
    case: Letters
    config: Any = CONFIG
    contacts: tuple[Contact, ...] = tuple(
        Contact(id=who, name=f"Person {who}", emails=(f"{who}@people.example",)) for who in (AUTHOR, SECOND, AGENT)
    )
    fields: tuple[ContactFields, ...] = tuple(
        ContactFields(contact_id=who, country="GB", language="eng") for who in (AUTHOR, SECOND, AGENT)
    )
    todos: tuple[Todo, ...] = ()
    day: date = FIRST
    memory: Any = field(default_factory=dict)

    def run(self, product: Product, days: int = 1, result: str = "confirmed") -> list[dict[str, Any]]:
        """What goes on the next morning: letters, with `to`. :param result: what becomes of them; empty: they wait."""
        as_of = datetime(self.day.year, self.day.month, self.day.day, 8, tzinfo=UTC)
        self.day += timedelta(days=days)
        ledger, case = self.ledger, self.case
        context = DecisionContext(
            as_of, self.config, {}, lambda to, subjects: ledger.latest(case.id, to, subjects), content=ledger.content,
            rights=RightsSnapshot({product.isbn13 or "": Open()}), waiting=lambda to: ledger.waiting(case.id, to), memory=self.memory,
        )  # fmt: skip
        told = {
            Product: [product],
            Contact: self.contacts,
            ContactFields: self.fields,
            Todo: self.todos,
            Launch: (),
            TeamMember: (),
            Contract: (SIGNED,),
        }
        rows = case.recall(ledger, context, ()) or []
        plan = case.decide(Facts.known({**told, HistoryRow: rows}, source="test", as_of=as_of), context)
        self.memory = self.memory if plan.memory is None else plan.memory
        ledger.enter(case.id, plan.judgements(), as_of=as_of, run=f"{self.day}")
        letters = []
        for place in case.templates(self.config) if result else ():
            claimed = ledger.claim(case.id, place, owner="me", lease_s=900, limit=100)
            ledger.finish([Verdict(each.id, result) for each in claimed], owner="me")
            letters += [
                json.loads(each.content) | {"to": int(each.subject.rpartition("contact:")[2].partition("/")[0])} for each in claimed
            ]
        return letters


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """One of its own for each test."""
    make_ledger(url := f"sqlite:///{tmp_path / 'ledger.db'}")
    with Ledger.open(url) as opened:
        yield opened
