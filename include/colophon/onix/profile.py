"""Recipient profiles: how one recipient's feed differs from the next, as data (`config/recipients/*.yaml`).

A profile is dated and says its source. A new recipient is a new file, never new code.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.finding import Severity


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceRule(_Part):
    """Which of our prices this recipient takes: List 58 type, List 59 qualifier (None: any), currencies (empty: all)."""

    price_type: str
    qualifier: str | None = None
    currencies: tuple[str, ...] = ()


class TextLimit(_Part):
    """Length limits in characters for one List 153 text type, and the List 34 format to write it in."""

    text_type: str
    min_chars: int = 0
    max_chars: int | None = None
    text_format: Literal["05", "06"] = "05"


class FileRule(_Part):
    """File naming and splitting. `name` knows {sender}, {recipient}, {date}, {number} and {part}."""

    name: str = "{sender}_{date}_{number:04d}.xml"
    max_products: int = Field(default=10_000, gt=0)
    max_bytes: int = Field(default=50_000_000, gt=0)


class Overlay(_Part):
    """A small change of the written record that this recipient wants and the standard does not.

    Never touches the master record's digest.
    """

    name: Literal["free_price_as_zero", "drop_rights_types", "map_publishing_status"]
    values: dict[str, str] = Field(default_factory=dict)


class Profile(_Part):
    """One recipient. `id` is its name in ledger, routes and logs.

    `format` says what is written: `onix` message files, or `json` (one `title.updated` event per product). `sale_channel` is the
    channel of the rights records through which this recipient sells: it is offered what may be sold there, and nothing else.
    `live` arms it: until then it is planned for, validated and shown, and gets nothing.
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
    notification_types: tuple[str, ...] = ("01", "02", "03")
    takes_block_updates: bool = False
    identifiers: tuple[str, ...] = ("01", "03", "15")
    subject_schemes: tuple[str, ...] = ("93", "10", "12")
    publishing_statuses: tuple[str, ...] = ("02", "04")
    prices: tuple[PriceRule, ...] = (PriceRule(price_type="02"), PriceRule(price_type="01"))
    texts: tuple[TextLimit, ...] = (TextLimit(text_type="02", max_chars=350, text_format="06"), TextLimit(text_type="03"))
    market: tuple[str, ...] = ("WORLD",)
    sale_channel: str = Field(default="online", min_length=1)
    product_forms: tuple[str, ...] = ()
    images: Literal["link", "none"] = "link"
    severities: dict[str, Severity] = Field(default_factory=dict)
    overlays: tuple[Overlay, ...] = ()
    files: FileRule = FileRule()
    empty_delta: Literal["skip", "no_product"] = "skip"
    ack: Literal["onix", "target"] = "target"
    ack_within_days: int = Field(default=5, gt=0)

    @property
    def onix_format(self) -> str:
        """Name of the file format in the `title.feed` event, such as `onix-3.1-ref`."""
        return f"onix-{self.release}-{'ref' if self.tags == 'reference' else 'short'}"
