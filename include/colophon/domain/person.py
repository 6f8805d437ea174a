"""How somebody may be told of something. Personal: values are kept out of `repr`, and never in a log, an XCom or an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum

from colophon.domain.contact_fields import ContactFields

HOPS = 3
"""So many people may stand in for one another."""


class WhyNot(StrEnum):
    """Why somebody is told nothing."""

    LEFT = "left"
    OPTED_OUT = "opted_out"
    NO_DEVICE = "no_device"


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who hears in somebody's place; days are inclusive, and without them it is so always."""

    person: str
    from_on: date | None = None
    until_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Whether it is so on a day."""
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the address book, by the key of the recipient directory; what nobody told is None or empty.

    `channels` are the kinds of live devices and addresses (`token`, `sms`, `email`); `email` is one that only Consonance told.
    `hours` are those in which the person may be disturbed, in `zone`. `ends_on` is the last day. `sources` says who told what.
    """

    key: str = field(repr=False)
    channels: frozenset[str] = frozenset()
    email: str = field(default="", repr=False)
    language: str = ""
    hours: tuple[time, time] | None = None
    zone: str = ""
    stand_ins: tuple[StandIn, ...] = field(default=(), repr=False)
    ends_on: date | None = None
    has_consented: bool | None = None
    has_opted_out: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

    def barred(self, day: date) -> WhyNot | None:
        """Why nothing may be sent, whatever devices there are; None: it may."""
        if self.ends_on is not None and day > self.ends_on:
            return WhyNot.LEFT
        return WhyNot.OPTED_OUT if self.has_opted_out else None

    def why_not(self, day: date, fallback: str = "none") -> WhyNot | None:
        """Why the person is not told; None: they are. `fallback`: the channel for those without a device."""
        is_reached = bool(self.channels & {"token", fallback}) or (fallback == "email" and bool(self.email))
        return self.barred(day) or (None if is_reached else WhyNot.NO_DEVICE)

    def stand_in(self, day: date) -> str:
        """Who hears in the person's place on a day; empty: nobody."""
        return next((each.person for each in self.stand_ins if each.is_on(day)), "")

    def with_wishes(self, wishes: ContactFields | None, source: str = "Consonance") -> "Person":
        """With what Consonance knows. The file of people goes first; an opt-out and a refused consent hold whoever told them."""
        if wishes is None:
            return self
        told: dict[str, object] = {}
        if wishes.email and "email" not in self.channels:
            told["email"] = wishes.email
        if wishes.language and not self.language:
            told["language"] = wishes.language
        if wishes.has_opted_out and not self.has_opted_out:
            told["has_opted_out"] = True
        if wishes.has_consented is not None and self.has_consented is not False:
            told["has_consented"] = wishes.has_consented
        return replace(self, **told, sources={**self.sources, **dict.fromkeys(told, source)})  # type: ignore[arg-type]  # members' own types
