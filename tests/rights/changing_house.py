"""A house whose rights change every night: 100 titles with 500 rights records, each of which changes once in thirty days."""

import random
from datetime import date, timedelta
from typing import Any

from rights_records import ATLAS, contract, deal, grant, product

from colophon.domain.finding import Finding
from colophon.domain.rights_deal import DealStatus, RightsFormat
from colophon.rights import Holding, judge
from colophon.rights.facts import FactLines
from colophon.rights.rules import broken
from colophon_sandbox.seeds.shelf import isbn13

COUNTRIES = ("AU", "CA", "DE", "FR", "GB", "US")
CHANNELS = ("online", "retail")
DAYS = 30
TITLES = 100
START = date(2026, 5, 1)


def isbn(number: int) -> str:
    """The ISBN of a title's product."""
    return isbn13(f"978199{number:06d}")


class House:
    """Products, and their rights by kind and id. `tonight` changes what changes in one night."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.products = {n: product(id=n, work_id=n, isbn13=isbn(n), publishing_status="04") for n in range(TITLES)}
        self.rights: dict[tuple[str, int], Any] = {}
        for n in range(TITLES):
            self.rights["contract", n] = contract(id=n, work_id=n, term="", signed_on=date(2020, 1, 31))
            for part in (0, 1):
                number = 2 * n + part
                self.rights["grant", number] = grant(id=number, contract_id=n, work_id=n, **self._reach(), expires_on=self._some_day())
                self.rights["deal", number] = self._deal(number)
        self._order = list(self.rights)
        self.random.shuffle(self._order)
        self.unreadable: dict[int, Finding] = {}

    def tonight(self, night: int) -> list[int]:
        """Change a thirtieth of all rights records; the works that they are of."""
        share = len(self._order) // DAYS + 1
        changed = self._order[night * share : (night + 1) * share]
        for key in changed:
            self._change(*key)
        spoilt = self.random.sample(range(TITLES), 2)
        for work in spoilt:  # a record that nobody can read, or that is mended
            if self.unreadable.pop(work, None) is None:
                fault = broken("R2", f"rights_deal:{1000 + work}", "Territories", "Gaul", "codes of List 91")
                self.unreadable[work] = fault.model_copy(update={"about": f"work:{work}"})
        return sorted({self.rights[key].work_id for key in changed} | set(spoilt))

    def facts(self, works: set[int] | None = None) -> FactLines:
        """What an extract would have staged."""
        made = FactLines()
        for kind in ("contract", "head_grant", "rights_deal"):
            made.know(kind)
        for record in (*self.products.values(), *self.rights.values()):
            if works is None or record.work_id in works:
                made.add(record)
        for work, finding in self.unreadable.items():
            if works is None or work in works:
                made.add(finding)
        return made

    def allowed(self, number: int, channel: str, on: date, wanted: RightsFormat | None = None) -> set[str]:
        """The engine's word on one product, asked directly."""
        of = {
            kind: tuple(r for (k, _), r in self.rights.items() if k == kind and r.work_id == number)
            for kind in ("contract", "grant", "deal")
        }
        unreadable = tuple(filter(None, [self.unreadable.get(number)]))
        holding = Holding(
            product=self.products[number], contracts=of["contract"], grants=of["grant"], deals=of["deal"], unreadable=unreadable
        )
        return set(judge(holding, ATLAS, wanted).open_countries(channel, on)) & set(COUNTRIES)

    def _change(self, kind: str, number: int) -> None:
        pick, old = self.random.choice, self.rights[kind, number]
        if kind == "contract":
            ends = {"terminated_on": pick([None, self._some_day()]), "term": pick(["", "", "76", "76", "life"])}
            self.rights[kind, number] = old.model_copy(update=ends)
        elif kind == "grant":
            more = {**self._reach(), "expires_on": pick([None, None, self._some_day()])}
            self.rights[kind, number] = grant(id=number, contract_id=old.contract_id, work_id=old.work_id, **more)
        else:
            self.rights[kind, number] = self._deal(number)

    def _reach(self) -> dict[str, Any]:
        places = [("WORLD",), ("WORLD",), ("GB", "DE"), ("US", "CA", "AU"), ("ROW",), ("GAUL",)]
        channels, formats = [("*",), ("*",), ("online",)], [("*",), ("*",), ("PRINT",), ("VIDEO",)]
        return {name: self.random.choice(of) for name, of in (("territories", places), ("channels", channels), ("formats", formats))}

    def _deal(self, number: int) -> Any:
        pick, starts = self.random.choice, self._some_day() - timedelta(days=15)
        return deal(
            id=number,
            work_id=number // 2,
            licensee_id=number % 7,
            is_exclusive=pick([True, True, False, None]),
            territories=pick([("FR",), ("DE", "FR"), ("US",), ("WORLD",), None]),
            languages=pick([("eng",), ("fre",)]),
            formats=pick([("*",), ("PRINT",), ("VIDEO",)]),
            channels=pick([("*",), ("retail",)]),
            starts_on=starts,
            expires_on=pick([starts + timedelta(days=pick(range(20))), None]),
            status=pick([DealStatus.SIGNED, DealStatus.SIGNED, DealStatus.OFFER]),
        )

    def _some_day(self) -> date:
        return START + timedelta(days=self.random.randrange(-3, DAYS + 5))
