"""Partners outside, each a file `partners/<id>.yaml`: who hears of the catalogue's changes, of which of them, and how."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from colophon.config.letters import LetterKind

Change = Literal["price", "date", "title", "status", "territories"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Partner(_Part):
    """A retailer, wholesaler, library or distribution partner.

    `contacts`: who hears of it, by ids in Consonance, each from what it was told last. `channel`, `language` and `country` go before what
    Consonance knows of them. `territories` and `product_forms` (ONIX List 150; empty: all) are what it takes, `sale_channel` the channel
    of the rights records by which it sells: it hears of nothing else. `changes` are what it wants to hear of beside new and withdrawn
    titles. `weekday`: the day of a weekly letter; without one it hears each night of what changed. `recipient`: its profile among the recipients.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str
    kind: Literal["retailer", "wholesaler", "library", "distributor"]
    contacts: tuple[int, ...] = Field(min_length=1)
    channel: Literal["print", "email", "web"] | None = None
    language: str | None = None
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    territories: tuple[str, ...] = Field(min_length=1)
    product_forms: tuple[str, ...] = ()
    sale_channel: str
    changes: tuple[Change, ...] = ("price", "date", "title", "status", "territories")
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None = None
    recipient: str | None = None
    active: bool = True

    def is_due(self, day: date) -> bool:
        """Whether it is told on a day."""
        return self.active and (self.weekday is None or WEEKDAYS[day.weekday()] == self.weekday)


class PartnerUpdates(LetterKind):
    """By which template partners are told of changes."""
