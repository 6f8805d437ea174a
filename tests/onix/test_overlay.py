"""Overlays: applied on the way into a message, never to the master, and only to what we wrote."""

from datetime import UTC, datetime

import pytest

from colophon.config import Publisher
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.overlay import overlaid
from colophon.onix.profile import Overlay, Profile
from colophon.onix.write import header_of, message, product_xml

FREE = Overlay(name="free_price_as_zero")
RIGHTS = Overlay(name="drop_rights_types", values={"keep": "01 02"})
STATUS = Overlay(name="map_publishing_status", values={"07": "04"})


def with_overlays(profile: Profile, *overlays: Overlay) -> Profile:
    """A profile with these overlays."""
    return profile.model_copy(update={"overlays": overlays})


def test_master_never_sees_an_overlay(ebook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Adding an overlay to a recipient changes no master, so that no title is sent again."""
    before = product_xml(build(ebook, plain, publisher, as_of=as_of), plain)
    profile = with_overlays(plain, FREE, RIGHTS, STATUS)
    assert product_xml(build(ebook, profile, publisher, as_of=as_of), profile) == before
    sent = b"".join(message(header_of(publisher, number=1, sent_at=datetime(2026, 6, 1, tzinfo=UTC)), [before], profile))
    assert b"<PriceAmount>0.00<" in sent
    assert b"<PublishingStatus>04<" in sent


def test_text_that_looks_like_a_tag_is_left_alone(ebook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A title that quotes ONIX is text, and stays as it is."""
    title = "<PublishingStatus>07</PublishingStatus>"
    product = ebook.model_copy(update={"title": title, "title_prefix": None, "title_without_prefix": None, "publishing_status": "04"})
    master = product_xml(build(product, plain, publisher, as_of=as_of), plain)
    assert overlaid(master, with_overlays(plain, STATUS, RIGHTS)) == master


@pytest.mark.parametrize("tags", ["reference", "short"])
def test_rights_types_that_a_recipient_does_not_take(
    tags: str, hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Composites of other types go, and the type of the rest stays when it is taken."""
    profile = with_overlays(plain.model_copy(update={"tags": tags}), RIGHTS)
    text = overlaid(product_xml(build(hardback, profile, publisher, as_of=as_of), profile), profile).decode()
    assert text.count("CA US") == 1
    assert ("<ROWSalesRightsType>02" in text) or ("<x456>02" in text)
    closed = profile.model_copy(update={"overlays": (Overlay(name="drop_rights_types", values={"keep": "01"}),)})
    bare = overlaid(product_xml(build(hardback, closed, publisher, as_of=as_of), closed), closed).decode()
    assert "ROWSalesRightsType" not in bare
    assert "<x456>" not in bare


def test_unpriced_products_are_not_made_free(undated: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A price to be announced is not a free book."""
    master = product_xml(build(undated, plain, publisher, as_of=as_of), plain)
    assert overlaid(master, with_overlays(plain, FREE)) == master
