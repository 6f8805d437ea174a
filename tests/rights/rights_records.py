"""Records of one work, good unless a test says otherwise."""

from datetime import date

from colophon.domain.contract import Contract
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Language, Product
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas, Holding

ATLAS = Atlas(load_code_lists())
DAY = date(2026, 6, 1)


def product(**changes: object) -> Product:
    """An English paperback for sale everywhere."""
    given = {
        "id": 7,
        "kind": "PhysicalBookProduct",
        "work_id": 3,
        "isbn13": "9781999000004",
        "title": "The Heron",
        "form_code": "BC",
        "languages": (Language(role="01", code="eng"),),
        "is_for_sale_worldwide": True,
    }
    return Product.model_validate({**given, **changes})


def contract(**changes: object) -> Contract:
    """A head contract without end."""
    return Contract.model_validate({"id": 1, "name": "Head contract", "work_id": 3, "signed_on": date(2020, 1, 31), **changes})


def grant(**changes: object) -> HeadGrant:
    """A grant of everything."""
    given = {"formats": ("*",), "territories": ("WORLD",), "languages": ("*",), "channels": ("*",)}
    return HeadGrant(**{"id": 5, "contract_id": 1, "work_id": 3, "rights_type": "Volume", **given, **changes})


def deal(**changes: object) -> RightsDeal:
    """An exclusive licence for English print in France and Belgium, in 2026."""
    given = {
        "id": 9,
        "work_id": 3,
        "licensee_id": 44,
        "rights_type": "Reprint",
        "is_exclusive": True,
        "territories": ("FR", "BE"),
        "languages": ("eng",),
        "formats": ("PRINT",),
        "channels": ("*",),
        "starts_on": date(2026, 1, 1),
        "expires_on": date(2026, 12, 31),
        "status": DealStatus.SIGNED,
    }
    return RightsDeal(**{**given, **changes})


def holding(**changes: object) -> Holding:
    """The product with its contract and grant, nothing licensed."""
    return Holding(**{"product": product(), "contracts": (contract(),), "grants": (grant(),), "deals": (), **changes})
