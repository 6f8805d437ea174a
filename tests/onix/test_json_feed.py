"""The data of `title.updated`: every member, nulls for what is not known."""

from datetime import datetime

import pytest

from colophon.config import Publisher
from colophon.domain.product import Product
from colophon.errors import BadRecordError
from colophon.onix.build import build
from colophon.onix.json_feed import title_updated
from colophon.onix.profile import Profile

MEMBERS = {
    "isbn",
    "workId",
    "title",
    "contributors",
    "imprint",
    "productForm",
    "publishingStatus",
    "publicationDate",
    "prices",
    "territories",
}


def test_no_isbn(ebook: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime) -> None:
    """The event names a title by its ISBN: without one the title is refused, and the subject says which."""
    nameless = ebook.model_copy(update={"isbn13": None})
    with pytest.raises(BadRecordError, match="product:102"):
        title_updated(build(nameless, profiles["erp-json"], publisher, as_of=as_of), nameless)


def test_a_bare_product_has_all_members(profiles: dict[str, Profile], publisher: Publisher, as_of: datetime) -> None:
    """What is not known is null or empty, never absent; the revision is not ours to say."""
    bare = Product(id=1, kind="x", work_id=9, title="T", isbn13="9781999000011")
    data = title_updated(build(bare, profiles["erp-json"], publisher, as_of=as_of), bare)
    assert set(data) == MEMBERS
    assert (data["imprint"], data["prices"], data["territories"]) == (None, [], {"included": [], "excluded": []})


def test_territories_and_free_prices(
    hardback: Product, ebook: Product, audiobook: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime
) -> None:
    """The world without two countries, the whole world, three countries; free is 0.00."""
    profile = profiles["erp-json"]
    data = [title_updated(build(product, profile, publisher, as_of=as_of), product) for product in (hardback, ebook, audiobook)]
    assert [entry["territories"] for entry in data] == [
        {"included": ["WORLD"], "excluded": ["CA", "US"]},
        {"included": ["WORLD"], "excluded": []},
        {"included": ["GB", "IE", "JP"], "excluded": []},
    ]
    assert {price["amount"] for price in data[1]["prices"]} == {"0.00"}
    assert data[2]["contributors"] == [{"name": "Sam Reeve", "role": "E07", "sequence": 1, "isni": None}]


def test_nobody_has_a_word_for_a_name(audiobook: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime) -> None:
    """A contributor without a name is called what people call it, and is never null."""
    narrator = audiobook.contributors[0].model_copy(update={"name": "AI Narrator", "name_inverted": None})
    product = audiobook.model_copy(update={"contributors": (narrator,)})
    data = title_updated(build(product, profiles["erp-json"], publisher, as_of=as_of), product)
    assert [who["name"] for who in data["contributors"]] == ["Synthesised voice"]
