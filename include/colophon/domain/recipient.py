"""Whom a letter goes to: by which channel, with which envelope."""

from dataclasses import dataclass, field
from typing import Literal, Self

from colophon.domain.contact import Address, Contact
from colophon.domain.contact_fields import ContactFields

Channel = Literal["print", "email", "web"]
APART = frozenset({"GB", "GG", "IE", "IM", "JE"})
TOWN_FIRST = frozenset({"AU", "BD", "CA", "ID", "IN", "JO", "LV", "NP", "NZ", "PK", "PR", "SA", "SG", "TH", "TW", "US"})
"""Where the postcode has a line of its own below the town; where it stands behind the town. Elsewhere it stands before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a letter goes to, and how they are reached. `delivery`: print, email or web; None where nothing tells.

    `lines` are of the contact's own address; a field of the contact that names another street goes before it.
    """

    id: int
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    line1: str | None = field(default=None, repr=False)
    line2: str | None = field(default=None, repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)
    city: str | None = field(default=None, repr=False)
    postcode: str | None = field(default=None, repr=False)
    country: str | None = None
    country_name: str | None = None
    delivery: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, contact: Contact, fields: ContactFields | None = None) -> Self:
        """A contact, by its own fields where it has told them; a blank leaves what is known."""
        address = contact.addresses[0] if contact.addresses else Address()
        told = fields or ContactFields(contact_id=contact.id)
        return cls(
            id=contact.id,
            name=contact.name,
            email=told.email or next(iter(contact.emails), None),
            line1=told.line1 or address.line1,
            line2=told.line2,
            lines=address.lines,
            city=told.town,
            postcode=told.postcode or address.postcode,
            country=told.country or address.country,
            country_name=address.country_name,
            delivery=told.prefers.lower() if told.prefers else None,
            language=told.language,
        )

    @property
    def channel(self) -> Channel | None:
        """As they prefer, where that can be done; else by e-mail, else by post. None: neither address is known."""
        wanted = self.delivery
        if wanted == "web" or (wanted == "email" and self.email) or (wanted == "print" and self.line1):
            return "web" if wanted == "web" else "email" if wanted == "email" else "print"
        return "email" if self.email and "@" in self.email else "print" if self.line1 else None

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All ways in which they can be reached, the one that they prefer first; a web page reaches whoever asked for it."""
        first = self.channel
        if first is None:
            return ()
        by_mail: tuple[Channel, ...] = ("email",) if self.email and "@" in self.email else ()
        by_post: tuple[Channel, ...] = ("print",) if self.line1 else ()
        return (first, *(way for way in (*by_mail, *by_post) if way != first))

    def envelope(self, home: str) -> tuple[str, ...]:
        """The address line by line as its country writes it, without the name; abroad with the country. Consonance's has no town: only a
        field tells one.

        :param home: code of the country that they are sent from.
        """
        lines = self.lines if self.line1 in self.lines else (self.line1, self.line2)
        known = tuple(line for line in (*lines, *town_lines(self.city, self.postcode, self.country)) if line)
        abroad = self.country_name or self.country if self.country != home else None
        return (*known, abroad) if known and abroad else known


def town_lines(city: str | None, postcode: str | None, country: str | None) -> tuple[str, ...]:
    """Town and postcode as the country writes them."""
    if country is None or country in APART:
        return tuple(filter(None, (city, postcode)))
    return tuple(filter(None, [" ".join(filter(None, (city, postcode) if country in TOWN_FIRST else (postcode, city)))]))
