"""Recipient profiles: how one recipient's feed differs from the next, as data (`config/recipients/*.yaml`).

A profile is dated and says its source. A new recipient is a new file, never new code.
"""

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from colophon.domain.finding import Severity
from colophon.onix.file_names import check_template
from colophon.onix.rejects import Rejects
from colophon.onix.terms import FREE_OF_CHARGE, Market, Part, PriceRule, Rhythm, Terms, WithoutPrice


class TextLimit(Part):
    """Length limits in characters for one List 153 text type, and the List 34 format to write it in."""

    text_type: str
    min_chars: int = Field(default=0, ge=0)
    max_chars: int | None = None
    text_format: Literal["05", "06"] = "05"

    @model_validator(mode="after")
    def _some_length_fits(self) -> Self:
        if self.max_chars is not None and self.max_chars < max(self.min_chars, 1):
            raise ValueError(f"no text has at least {self.min_chars} and at most {self.max_chars} characters")
        return self


class FileRule(Part):
    """File naming and splitting.

    `name` knows {sender}, {recipient}, {date}, {time} (of sending, UTC), {number}, {kind} (`full`, `delta`) and {KIND} (`FULL`), and has
    {number} or {time}, for no two files may have one name. Days and times may have a form: `{date:%d%m%y}`, `{time:%H%M}`.
    """

    name: str = "{sender}_{date}_{number:04d}.xml"
    max_products: int = Field(default=10_000, gt=0)
    max_bytes: int = Field(default=50_000_000, gt=0)

    @field_validator("name")
    @classmethod
    def _can_be_filled_in(cls, name: str) -> str:
        check_template(name)
        return name


class Overlay(Part):
    """A small change of the written record that this recipient wants and the standard does not.

    Never touches the master record's digest.
    """

    name: Literal["free_price_as_zero", "drop_rights_types", "map_publishing_status"]
    values: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_its_values(self) -> Self:
        is_wrong, takes = {
            "free_price_as_zero": (bool(self.values), "takes no values"),
            "drop_rights_types": (bool(self.values.keys() - {"keep"}), "takes the value `keep` alone"),
            "map_publishing_status": (not self.values, "needs values, each a status and what becomes of it"),
        }[self.name]
        if is_wrong:
            raise ValueError(f"{self.name} {takes}")
        return self


class Profile(Terms):
    """One recipient. `id` is its name in ledger, routes and logs.

    `format` says what is written: `onix` message files, or `json` (one `title.updated` event per product). `sale_channel` is the
    channel of the rights records through which this recipient sells: it is offered what may be sold there, and nothing else.
    `live` arms it: until then it is planned for, validated and shown, and gets nothing.
    `embargo`: a title that may not be sold yet is held back until its first day of sale (`hold`), or goes before, in ONIX, and
    says that day and that it is not yet available (`say`).

    A recipient of one market has `market`; one of several has `markets`, each with what is different there. `without_price` says what
    becomes of a title that has no price which this recipient takes: `hold` keeps it back, `leave_out` leaves that market out while others
    have a price, `unpriced` says the `unpriced_code` of List 57 instead of a price, `free` says that it costs nothing.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: str
    source: str
    as_of: date
    live: bool = False
    format: Literal["onix", "json"] = "onix"
    release: Literal["3.0", "3.1"] = "3.1"
    tags: Literal["reference", "short"] = "reference"
    addressee: str = ""
    addressee_gln: str | None = None
    notification_types: tuple[str, ...] = Field(default=("01", "02", "03"), min_length=1)
    identifiers: tuple[str, ...] = Field(default=("01", "03", "15"), min_length=1)
    subject_schemes: tuple[str, ...] = ("93", "10", "12")
    publishing_statuses: tuple[str, ...] = Field(default=("02", "04"), min_length=1)
    prices: tuple[PriceRule, ...] = (PriceRule(price_type="02"), PriceRule(price_type="01"))
    texts: tuple[TextLimit, ...] = (TextLimit(text_type="02", max_chars=350, text_format="06"), TextLimit(text_type="03"))
    without_price: WithoutPrice = "hold"
    unpriced_code: str | None = None
    market: tuple[str, ...] = Field(default=("WORLD",), min_length=1)
    markets: tuple[Market, ...] = ()
    sale_channel: str = Field(default="online", min_length=1)
    embargo: Literal["hold", "say"] = "hold"
    product_forms: tuple[str, ...] = ()
    images: Literal["link", "none"] = "link"
    severities: dict[str, Severity] = Field(default_factory=dict)
    overlays: tuple[Overlay, ...] = ()
    rhythm: Rhythm = Rhythm()
    files: FileRule = FileRule()
    empty_delta: Literal["skip", "no_product"] = "skip"
    ack: Literal["onix", "target"] = "target"
    ack_within_days: int = Field(default=5, gt=0)
    rejects: Rejects | None = None

    @model_validator(mode="before")
    @classmethod
    def _reach(cls, given: Any) -> Any:
        """`market` is all that the markets cover: where the recipient sells anything at all."""
        if not isinstance(given, dict) or not given.get("markets"):
            return given
        if "market" in given:
            raise ValueError("market and markets: have one of them")
        try:
            countries = [code for market in given["markets"] for code in market["countries"]]
        except (TypeError, KeyError):  # said better by the markets' own checks
            return given
        return given | {"market": ["WORLD"] if {"WORLD", "ROW"} & set(map(str, countries)) else countries}

    @model_validator(mode="after")
    def _unpriced_in_words(self) -> Self:
        own = (self.without_price, self.unpriced_code)
        for what, code in (own, *((m.without_price or own[0], m.unpriced_code or own[1]) for m in self.markets)):
            if what == "unpriced" and (code is None or code == FREE_OF_CHARGE):
                raise ValueError('without_price: unpriced needs an unpriced_code of List 57, such as "04"; what costs nothing is `free`')
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        kinds = [limit.text_type for limit in self.texts]
        for is_wrong, sentence in (
            (len(set(kinds)) < len(kinds), "texts: one entry for each text_type; its texts would go twice"),
            (
                not (self.prices or self.markets) and self.without_price in {"hold", "leave_out"},
                "prices: without any every title is held; say `without_price: unpriced` or `free` if that is meant",
            ),
            (self.format == "json" and self.ack == "onix", "ack: onix is for format onix; events are confirmed by their target"),
        ):
            if is_wrong:
                raise ValueError(sentence)
        return self

    @property
    def onix_format(self) -> str:
        """Name of the file format in the `title.feed` event, such as `onix-3.1-ref`."""
        return f"onix-{self.release}-{'ref' if self.tags == 'reference' else 'short'}"
