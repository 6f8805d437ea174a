"""What each shipped recipient gets for the telling products, byte by byte."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from colophon.config import Publisher
from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.json_feed import title_updated
from colophon.onix.profile import Profile
from colophon.onix.validate import Validator
from colophon.onix.write import header_of, message, product_xml

ONIX_RECIPIENTS = ["retailer-plain", "distributor-short", "google-play", "kobo", "library-supplier"]
EXAMPLES = ["marketplace", "ebook-aggregator", "us-wholesaler"]


@pytest.mark.parametrize("recipient", [*ONIX_RECIPIENTS, *EXAMPLES])
def test_message_of_a_recipient(
    recipient: str,
    profiles: dict[str, Profile],
    products: list[Product],
    publisher: Publisher,
    as_of: datetime,
    golden: Callable[[str, str], None],
) -> None:
    """A recipient's message is what the golden file says, and each product in it is valid before its overlays."""
    profile = profiles[recipient]
    if recipient in EXAMPLES:  # they name suppliers of the publisher that ships
        publisher = load_config(SHIPPED).publisher
    written = [product_xml(build(product, profile, publisher, as_of=as_of), profile) for product in products]
    header = header_of(publisher, number=42, sent_at=datetime(2026, 6, 1, 2, 5, tzinfo=UTC), repeat=2)
    golden(f"{recipient}.xml", b"".join(message(header, written, profile)).decode())
    validator = Validator(profile.release, profile.tags)
    assert [validator.check(product) for product in written] == [[]] * len(products)


def test_json_recipient(
    profiles: dict[str, Profile], products: list[Product], publisher: Publisher, as_of: datetime, golden: Callable[[str, str], None]
) -> None:
    """The JSON recipient gets all members of the event's data, null where nothing is known."""
    profile = profiles["erp-json"]
    data = [title_updated(build(product, profile, publisher, as_of=as_of), product) for product in products]
    golden("erp-json.json", json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def test_shipped_profiles_say_where_they_come_from(profiles: dict[str, Profile]) -> None:
    """Every shipped recipient names its source, and the six kinds are there."""
    assert set(profiles) >= {*ONIX_RECIPIENTS, *EXAMPLES, "erp-json"}
    assert all(profile.source and profile.as_of for profile in profiles.values())
