"""Block 5 of a record: the work, other products and works. What must not be known yet is never named."""

from colophon.domain.product import Product
from colophon.domain.product import RelatedProduct as Sibling
from colophon.domain.supplement import Relation, Supplement
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import modern_form
from colophon.onix.profile import Profile
from colophon.onix.record import RelatedProduct
from colophon.onix.record_parts import Identifier

MANIFESTATION_OF, PROPRIETARY = "01", "01"
_OF_BOOKS = frozenset({"03", "15"})
ALTERNATIVE_FORMAT = "06"


def related_works(product: Product, facts: Supplement) -> list[Relation]:
    """The work that this is a form of, by our number, and others that the supplement names (List 164)."""
    return [Relation(relation=MANIFESTATION_OF, id_type=PROPRIETARY, value=str(product.work_id)), *facts.related_works]


def related_products(product: Product, facts: Supplement, profile: Profile, lists: CodeLists) -> list[RelatedProduct]:
    """Other formats of the work (List 51: 06) that the trade may know of, and what the supplement names."""
    kinds = [kind for kind in profile.identifiers if kind in _OF_BOOKS] or ["15"]
    siblings = sorted(filter(_is_named, product.related), key=lambda other: (other.isbn13, other.product_id))
    found = []
    for other in siblings:
        form = modern_form(other.form_code)
        ids = [Identifier(kind, other.isbn13) for kind in kinds]
        found.append(RelatedProduct(ALTERNATIVE_FORMAT, ids, form if form and lists.has(150, form) else None))
    hidden = {other.isbn13 for other in product.related if not other.may_be_known}
    for named in facts.related_products:
        if named.value not in hidden and named.value != product.isbn13:
            ids = [Identifier(kind, named.value) for kind in (kinds if named.id_type == "15" else [named.id_type])]
            found.append(RelatedProduct(named.relation, ids))
    return found


def _is_named(other: Sibling) -> bool:
    return other.may_be_known and bool(other.isbn13)
