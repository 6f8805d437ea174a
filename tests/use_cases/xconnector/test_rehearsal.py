"""A change rehearsed: which records would differ, field by field, and who would newly stay back."""

from datetime import UTC, datetime

import pytest
from clean_record import BOOK, CONFIG
from rights_records import ATLAS, contract, grant

from colophon.blocks.decision import DecisionContext
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.errors import BadConfigError
from colophon.rights import Holding, judge
from colophon.rights.hold import days_to_hold
from colophon.rights.snapshot import RightsSnapshot
from colophon.rights.statuses import status_of
from colophon.use_cases.xconnector.rehearsal import rehearse, with_severities

AS_OF = datetime(2026, 5, 1, 1, tzinfo=UTC)
SHOP = CONFIG.recipients["retailer-plain"]
BARE = BOOK.model_copy(update={"id": 8, "isbn13": "9781999000011", "resources": ()})


def would(edited, *products: Product) -> list:
    """What would change for these products, which may all be sold everywhere."""
    days = days_to_hold(AS_OF, CONFIG.limits.rights_hold_hours)
    statuses = {}
    for product in products:
        holding = Holding(product=product, embargo_until=None, contracts=(contract(),), grants=(grant(),), deals=())
        statuses[product.isbn13] = status_of(product, judge(holding, ATLAS), ["online", "retail", "library"], days)
    context = DecisionContext(AS_OF, CONFIG, {}, lambda *_: {}, rights=RightsSnapshot(statuses))
    return rehearse(Facts.known({Product: list(products)}, source="test", as_of=AS_OF), context, edited)


def test_a_change_of_nothing_changes_nothing() -> None:
    """The same profile, and one that differs in nothing that a record shows."""
    assert would(SHOP, BOOK, BARE) == []
    assert would(SHOP.model_copy(update={"name": "Another name"}), BOOK, BARE) == []


def test_a_stricter_rule_names_who_newly_stays_back() -> None:
    """The title without a cover would stay back by C4, and the complete one goes as it is."""
    [found] = would(with_severities(SHOP, {"C4": "E"}), BOOK, BARE)
    assert (found.subject, found.was, found.would_be, [f.rule for f in found.fails]) == (BARE.subject, "would go", "kept back", ["C4"])


def test_an_edited_profile_shows_each_field_before_and_after() -> None:
    """Without covers the picture's fields go, and no other."""
    [found] = would(SHOP.model_copy(update={"images": "none"}), BOOK, BARE)
    assert (found.subject, found.was, found.would_be, list(found.fails)) == (BOOK.subject, "would go", "would go", [])
    assert {change.field.split("/")[2].partition("[")[0] for change in found.changes} == {"SupportingResource"}
    link = next(change for change in found.changes if change.field.endswith("ResourceLink"))
    assert (link.before, link.after) == (BOOK.resources[0].url, "")


def test_a_form_that_is_no_longer_taken_is_out_of_scope() -> None:
    """That is no failure."""
    [found] = would(SHOP.model_copy(update={"product_forms": ("ED",)}), BOOK)
    assert (found.was, found.would_be, list(found.fails)) == ("would go", "out of scope", [])


def test_a_new_recipient_would_get_what_it_takes() -> None:
    """A profile that is not there yet is compared with nothing."""
    [found] = would(SHOP.model_copy(update={"id": "new-shop"}), BOOK)
    assert (found.was, found.would_be) == ("unknown", "would go")


def test_a_severity_that_cannot_be_is_refused() -> None:
    """As in a profile that is loaded."""
    with pytest.raises(BadConfigError, match="D99"):
        would(with_severities(SHOP, {"D99": "E"}), BOOK)
