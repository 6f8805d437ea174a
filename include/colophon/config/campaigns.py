"""Campaigns to readers, each a file `campaigns/<id>.yaml`: what goes to whom; and `reader_campaigns.yaml`, the rules that hold for all of them."""

from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.config.letters import LetterKind


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Segment(_Part):
    """Who is meant: whoever fulfils each line that is there, and one of its values. Empty: all readers.

    `clubs`: members on the day. `genre_clubs`: members of a club for the title's genre (`clubs` of reader_campaigns.yaml). `bought`: ISBNs,
    `bought_genres`: beginnings of Thema codes, of something that they ordered. `countries`, `languages`: as the list of readers has them.
    """

    clubs: tuple[str, ...] = ()
    genre_clubs: bool = False
    bought: tuple[str, ...] = ()
    bought_genres: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """In words."""
        lines = (
            self.clubs and f"member of {' or '.join(self.clubs)}",
            self.genre_clubs and "member of a club for the title's genre",
            self.bought and f"bought {' or '.join(self.bought)}",
            self.bought_genres and f"bought something of Thema {' or '.join(self.bought_genres)}",
            self.countries and f"in {' or '.join(self.countries)}",
            self.languages and f"reads {' or '.join(self.languages)}",
        )
        return ", ".join(line for line in lines if line) or "all readers"


class Campaign(LetterKind):
    """One campaign.

    `kind`: `launch` tells of a title when it comes out, up to `days` after; `renewal` of a subscription's end, `before` so many days;
    `order` confirms each order of the last `days`; `letter` goes once, between `from_on` and `until_on`. `isbns`: of these titles alone (a
    launch without any: of all). `offer`: whether an offer is printed where there is one (`if_any`), must be there (`only`), or is not looked
    for. Orders and renewals are no advertising: they go to who opted out of that too, and count for no cap.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str
    kind: Literal["launch", "renewal", "order", "letter"]
    segment: Segment = Segment()
    isbns: tuple[str, ...] = ()
    days: int = Field(default=14, gt=0, le=365)
    before: tuple[int, ...] = (60, 14)
    from_on: date | None = None
    until_on: date | None = None
    offer: Literal["none", "if_any", "only"] = "none"
    sale_channel: str = "retail"
    active: bool = True

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        """A letter without days would go for ever, and a title's genre needs a title."""
        if self.kind == "letter" and not (self.from_on and self.until_on and self.from_on <= self.until_on):
            raise ValueError("from_on: a letter needs its first and its last day, from_on and until_on")
        if list(self.before) != sorted(self.before, reverse=True) or any(days < 0 for days in self.before):
            raise ValueError("before: the days before the end have to fall, such as [60, 14]")
        if self.segment.genre_clubs and self.kind != "launch":
            raise ValueError("segment.genre_clubs: only a launch is of a title with a genre")
        if self.offer != "none" and self.kind in {"order", "renewal"}:
            raise ValueError(f"offer: an offer in a letter of kind {self.kind!r} would make it advertising")
        return self

    @property
    def is_advertising(self) -> bool:
        """Whether consent, opt-outs and caps hold for it."""
        return self.kind in {"launch", "letter"}

    def is_on(self, day: date) -> bool:
        """Whether it writes to anybody on a day."""
        return self.active and (self.from_on is None or self.from_on <= day) and (self.until_on is None or day <= self.until_on)


class RenewalWindow(_Part):
    """Where the law says when a renewal is told: between `first` and `last` days before the end, once; after that it is too late."""

    first: int
    last: int


class MailRule(_Part):
    """On what ground advertising goes by e-mail in a country: `consent`; `implied` also by an order of the last `days`; `opt_out`: by none."""

    by: Literal["consent", "implied", "opt_out"] = "consent"
    days: int = 730


class FixedPrice(_Part):
    """How many percent below its list price a book may be offered in a letter, where the law fixes prices; of books in these languages (empty: all)."""

    percent: Decimal = Field(ge=0, lt=100)
    languages: tuple[str, ...] = ()


class SeedAddress(_Part):
    """An address of the publisher's own, which gets each large campaign before its readers do."""

    name: str
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class ReaderCampaigns(_Part):
    """The rules of all campaigns. Dated data for the publisher's lawyer; what a country does not say is as `default`.

    `approve_above`: a campaign with more letters in a run waits for a person. `seeds`: up to ten addresses that get it before. `caps`: how many
    advertising letters one person gets in a `week`; in a day it is one. `unsubscribe_url`: where a reader objects, `{reader}` stands for the id.
    `clubs`: Thema codes of each club. `own_consent_from`: age of one's own consent. `fixed_price`: where prices are
    fixed, `no_vouchers` where none may go. `print_days`: so long a printed letter is on its way, in
    which its offer still has to hold. `line_length`: of an address.
    """

    approve_above: int = Field(default=1000, ge=0)
    seeds: tuple[SeedAddress, ...] = Field(default=(), max_length=10)
    week: int = Field(default=2, ge=1)
    unsubscribe_url: str = ""
    clubs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    email_advertising: dict[str, MailRule] = Field(default_factory=lambda: {"default": MailRule()})
    own_consent_from: dict[str, int] = Field(default_factory=lambda: {"default": 16})
    renewal: dict[str, RenewalWindow] = Field(default_factory=dict)
    fixed_price: dict[str, FixedPrice] = Field(default_factory=dict)
    no_vouchers: frozenset[str] = frozenset()
    print_days: int = Field(default=14, ge=0)
    line_length: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_defaults(self) -> Self:
        """An unknown country has to have an answer."""
        for name in ("email_advertising", "own_consent_from"):
            if "default" not in getattr(self, name):
                raise ValueError(f"{name}: there is no `default`, which holds for a country that is not there")
        return self
