"""What a statement says besides numbers: who pays whom, for which books. Personal data is kept out of `repr`.

Members bear the ids of BISG's Translation Rights Royalty Statement Standard (TRRSS) where it has one: `Con16` and the like.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_pascal

from colophon.domain.record import Record
from colophon.royalties.statement.scales import MaybeAmount


class Part(Record):
    """A part of a statement. In JSON each member bears its TRRSS id, or its own name in capitals where the standard has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal, populate_by_name=True, hide_input_in_errors=True)


class Payer(Part):
    """The publisher: licensee, and who pays; `contact` answers questions about the statement."""

    licensee: str = Field(alias="Con1")
    contact: str = Field(default="", alias="Con6")
    name: str = Field(alias="Con16")
    address: tuple[str, ...] = Field(default=(), alias="Con21")


class Payee(Part):
    """Who is paid. `tax_id` and `tax_status` stand on the statement and nowhere else (RA14, RA19)."""

    name: str = Field(alias="Con31", repr=False)
    id: int = Field(alias="Con36")
    address: tuple[str, ...] = Field(default=(), repr=False)
    country: str | None = None
    tax_id: str | None = Field(default=None, alias="RA14", repr=False)
    tax_status: str | None = Field(default=None, alias="RA19", repr=False)
    tax_words: str = Field(default="", repr=False)


class Agreement(Part):
    """One contract of the account. `title` is as the contract has it, `licensed_title` as it was published where that differs."""

    contract_id: int = Field(alias="Con26")
    name: str = ""
    imprint: str = Field(default="", alias="Con11")
    contributors: tuple[str, ...] = Field(default=(), alias="Con41", repr=False)
    title: str = Field(default="", alias="Con46")
    licensed_title: str | None = Field(default=None, alias="Con51")
    language: str | None = Field(default=None, alias="Con56")
    territory: str | None = Field(default=None, alias="Con61")
    advance: MaybeAmount = Field(default=None, alias="Con66")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One product as a statement names it; `form` is read by people: Hardback, E-book."""

    product_id: int
    isbn: str | None = None
    title: str = ""
    form: str = ""
    published_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the statements of a run need to know beside the engine's results.

    `units_before`: net copies to the start of the period, by contract and product; missing is unknown and printed as such.
    `reasons` of a reduced rate, by rule and rate; `thresholds` and `left_out` (why, copies), by contract and product; `earned_before`: minor
    units to the start of the period, where known; `minimums` by account; `pay_on`: the day of payment, where the publisher names one.
    `made`: words and copies of print runs and the like, by product. `sublicensees`: by receipt id. `agents`: names by agent id. `statement_policy` and `software` go into the audit trail.
    """

    payer: Payer
    payees: Mapping[int, Payee] = field(repr=False)
    agreements: Mapping[int, Agreement] = field(default_factory=dict)
    books: Mapping[int, Book] = field(default_factory=dict)
    units_before: Mapping[tuple[int, int], int] = field(default_factory=dict)
    sublicensees: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[tuple[str, int], str] = field(default_factory=dict)
    thresholds: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    left_out: Mapping[tuple[int, int], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    earned_before: Mapping[tuple[int, int], int] = field(default_factory=dict, repr=False)
    made: Mapping[tuple[int, int], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    minimums: Mapping[str, int] = field(default_factory=dict, repr=False)
    pay_on: date | None = None
    agents: Mapping[int, str] = field(default_factory=dict, repr=False)
    software: str = ""
