"""The GraphQL schema with its resolvers. Enums that the vendor shows in part grow by the codes that the data need."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLScalarType, GraphQLSchema, build_ast_schema, extend_schema, parse
from graphql.language import StringValueNode, ValueNode

from colophon_sandbox.systems.consonance.records import Records, plain, product_search, work_search
from colophon_sandbox.world import moment

Row = dict[str, Any]
Info = GraphQLResolveInfo[Any]
PRODUCTS = (
    "PhysicalBookProduct",
    "ElectronicBookProduct",
    "PhysicalAudioProduct",
    "ElectronicAudioProduct",
    "PhysicalProduct",
    "ElectronicProduct",
    "GenericProduct",
)
OPEN_ENUMS: dict[str, Callable[[Records], set[str]]] = {
    "ONIX21ProductFormCode": lambda r: {p["onix21ProductFormCode"] for p in r.table("products").values() if p.get("onix21ProductFormCode")},
    "ONIXPublishingStatusCode": lambda r: {
        f"_{p['onixPublishingStatusCode']}" for p in r.table("products").values() if p.get("onixPublishingStatusCode")
    },
    "ONIXPriceTypeCode": lambda r: {f"_{x['onixPriceTypeCode']}" for p in r.table("products").values() for x in p.get("prices", [])},
    "ONIXPriceTypeQualifierCode": lambda r: {
        f"_{x['onixPriceTypeQualifierCode']}" for p in r.table("products").values() for x in p.get("prices", [])
    },
    "ONIXContributorRoleCode": lambda r: {
        c["onixContributorRoleCode"] for w in r.table("works").values() for c in w.get("contributions", [])
    },
    "MarketingTextVariant": lambda r: {t["variant"] for w in r.table("works").values() for t in w.get("marketingTexts", [])},
    "SupportingResourceVariant": lambda r: {
        s["resourceVariant"] for w in r.table("works").values() for s in w.get("supportingResources", []) if s.get("resourceVariant")
    },
}


def make_schema(records: Records, *, extended: bool, removed: frozenset[str]) -> GraphQLSchema:
    """The schema for the data at hand; `removed` are `Type.field` names that a fault took away."""
    source = _text("documented.graphql")
    for name, codes in OPEN_ENUMS.items():
        source = _grow(source, name, codes(records))
    schema = build_ast_schema(_parsed(source), assume_valid=True)
    if extended:
        schema = extend_schema(schema, _parsed(_text("extension.graphql")), assume_valid=True)
    for scalar, check in (("ISO8601Date", _read_date), ("ISO8601DateTime", _read_moment), ("Decimal", _read_decimal)):
        if scalar in schema.type_map:
            _teach(schema.type_map[scalar], check)  # type: ignore[arg-type]  # these three are scalars
    for name in sorted(removed):
        kind, _, field = name.partition(".")
        getattr(schema.type_map[kind], "fields").pop(field, None)  # noqa: B009 - object, interface and input types alike
    _attach(schema, records)
    return schema


_parsed = lru_cache(maxsize=16)(parse)


def _attach(schema: GraphQLSchema, records: Records) -> None:
    for type_name, fields in _resolvers(records).items():
        kinds = PRODUCTS if type_name == "Product" else (type_name,)
        for kind in kinds:
            known = schema.type_map.get(kind)
            if isinstance(known, GraphQLObjectType):
                for field, resolve in fields.items():
                    if field in known.fields:
                        known.fields[field].resolve = resolve


def _resolvers(records: Records) -> dict[str, dict[str, Callable[..., Any]]]:
    def work_texts(row: Row, _info: Info, variantIn: list[str] | None = None) -> list[Row]:
        return [t for t in row.get("marketingTexts", []) if not variantIn or t["variant"] in variantIn]

    def work_products(row: Row, _info: Info, productSearch: Row | None = None) -> list[Row]:
        fits = product_search(records, productSearch or {})
        return [p for p in records.products_of(row["id"]) if fits(p)]

    return {
        "Product": _of_products(records),
        "Price": {
            "amount": lambda r, _: Decimal(r["amount"]),
            "onixPriceTypeCode": lambda r, _: _enum(r["onixPriceTypeCode"]),
            "onixPriceTypeQualifierCode": lambda r, _: _enum(r["onixPriceTypeQualifierCode"]),
            "label": lambda r, _: r.get("label") or "",
        },
        "Contribution": {
            "contributor": lambda r, _: records.table("contacts")[r["contactId"]],
            "productIds": lambda r, _: r.get("productIds") or [],
            "onixContributorRole": lambda r, _: _code(r["onixContributorRoleCode"]),
        },
        "Work": {
            "imprint": lambda r, _: records.table("imprints").get(r.get("imprintId") or 0),
            "contributions": lambda r, _: r.get("contributions") or [],
            "subjectCodes": lambda r, _, schemesIn=None, mainOnly=False: _subjects(r, schemesIn, main_only=bool(mainOnly)),
            "seriesMemberships": lambda r, _: r.get("seriesMemberships") or [],
            "marketingTexts": work_texts,
            "supportingResources": lambda r, _: r.get("supportingResources") or [],
            "productionRuns": lambda r, _: r.get("productionRuns") or [],
            "products": work_products,
        },
        "SeriesMembership": {"series": lambda r, _: records.table("series")[r["seriesId"]]},
        "MarketingText": {
            "externalText": lambda r, _, stripHtml=False: plain(r["externalText"]) if stripHtml else r["externalText"],
            "externalTextMarkdown": lambda r, _: r.get("externalTextMarkdown") or plain(r["externalText"]),
            "productIds": lambda r, _: r.get("productIds") or [],
        },
        "SupportingResource": {"productIds": lambda r, _: r.get("productIds") or []},
        "Contract": {
            "work": lambda r, _: records.table("works").get(r.get("workId") or 0),
            "client": lambda _r, _i: client(records),
            "deliveryDates": lambda r, _: r.get("deliveryDates") or [],
            "licensedRights": lambda r, _: r.get("licensedRights") or [],
        },
        "Person": {name: lambda r, _, name=name: r.get(name) or [] for name in ("emails", "phones", "addresses", "notes")},
        "Organisation": {name: lambda r, _, name=name: r.get(name) or [] for name in ("emails", "phones", "addresses", "notes")},
    }


def _of_products(records: Records) -> dict[str, Callable[..., Any]]:
    def contributions(row: Row, _info: Info) -> list[Row]:
        work = records.table("works")[row["workId"]]
        return [c for c in work.get("contributions", []) if not c.get("productIds") or row["id"] in c["productIds"]]

    def product_texts(row: Row, _info: Info, variantIn: list[str] | None = None) -> list[Row]:
        work = records.table("works")[row["workId"]]
        texts = [t for t in work.get("marketingTexts", []) if not t.get("productIds") or row["id"] in t["productIds"]]
        return [t for t in texts if not variantIn or t["variant"] in variantIn]

    return {
        "isbn": lambda r, _: {"isbn13": r["isbn13"], "isbnWithDashes": _dashes(r["isbn13"])} if r.get("isbn13") else None,
        "work": lambda r, _: records.table("works")[r["workId"]],
        "contributions": contributions,
        "marketingTexts": product_texts,
        "prices": lambda r, _, priceSearch=None: _prices(r, priceSearch),
        "onix21ProductForm": lambda r, _: _code(r.get("onix21ProductFormCode")),
        "onixPublishingStatusCode": lambda r, _: _enum(r.get("onixPublishingStatusCode")),
        "onixPublishingStatus": lambda r, _: _code(r.get("onixPublishingStatusCode")),
        "onixProductAvailability": lambda r, _: _code(r.get("onixProductAvailability")),
        "forSaleCountryCodes": lambda r, _: r.get("forSaleCountryCodes") or [],
        "notForSaleCountryCodes": lambda r, _: r.get("notForSaleCountryCodes") or [],
        "webLinks": lambda r, _: r.get("webLinks") or [],
        "contentLanguages": lambda r, _: r.get("contentLanguages") or [],
        "productHeight": lambda r, _, unit="MM": _length(r.get("heightMm"), unit),
        "productWidth": lambda r, _, unit="MM": _length(r.get("widthMm"), unit),
        "productThickness": lambda r, _, unit="MM": _length(r.get("thicknessMm"), unit),
    }


def client(records: Records) -> Row:
    """The account's own record with its counts."""
    return {
        "id": 1,
        "name": "Larkspur & Vale",
        "productsCount": len(records.table("products")),
        "worksCount": len(records.table("works")),
    }


def work_fits(records: Records, search: Mapping[str, Any]) -> Callable[[Row], bool]:
    """A test for one work."""
    return work_search(search, records)


def _prices(row: Row, search: Row | None) -> list[Row]:
    wanted = search or {}
    return [
        price
        for price in row.get("prices") or []
        if price["currencyCode"] in (wanted.get("currencyCodeIn") or [price["currencyCode"]])
        and _enum(price["onixPriceTypeCode"]) in (wanted.get("onixPriceTypeCodeIn") or [_enum(price["onixPriceTypeCode"])])
        and _enum(price["onixPriceTypeQualifierCode"])
        in (wanted.get("onixPriceTypeQualifierCodeIn") or [_enum(price["onixPriceTypeQualifierCode"])])
        and ("amountLteq" not in wanted or Decimal(price["amount"]) <= Decimal(str(wanted["amountLteq"])))
    ]


def _subjects(row: Row, schemes: list[str] | None, *, main_only: bool) -> list[Row]:
    kinds = {"THEMA": "Thema", "BISAC": "BISAC", "BIC": "BIC"}
    return [
        {"__typename": kinds[s["scheme"]], "code": s["code"], "description": s.get("description"), "main": bool(s.get("main"))}
        for s in row.get("subjectCodes") or []
        if (not schemes or s["scheme"] in schemes) and (s.get("main") or not main_only)
    ]


def _enum(code: str | None) -> str | None:
    return f"_{code}" if code and code[0].isdigit() else code


def _code(code: str | None) -> Row | None:
    return {"code": code, "description": None, "notes": None, "isDeprecated": False, "value": _enum(code)} if code else None


def _length(millimetres: str | None, unit: str) -> Decimal | None:
    if millimetres is None:
        return None
    factor = {"MM": Decimal(1), "CM": Decimal("0.1"), "IN": Decimal(1) / Decimal("25.4")}[unit]
    return round(Decimal(millimetres) * factor, 3).normalize()


def _dashes(isbn: str) -> str:
    return f"{isbn[:3]}-{isbn[3]}-{isbn[4:9]}-{isbn[9:12]}-{isbn[12:]}"


def _grow(source: str, enum: str, codes: set[str]) -> str:
    head, _, rest = source.partition(f"enum {enum} {{")
    body, _, tail = rest.partition("}")
    new = sorted(code for code in codes if code not in body.split() and code.isidentifier())
    return f"{head}enum {enum} {{{body}{' '.join(new)}\n}}{tail}"


def _teach(scalar: GraphQLScalarType, check: Callable[[Any], str]) -> None:
    def literal(node: ValueNode, _variables: object = None) -> str:
        return check(node.value if isinstance(node, StringValueNode) else None)

    scalar.parse_value = check  # type: ignore[method-assign,assignment]  # graphql-core teaches a scalar so
    scalar.parse_literal = literal  # type: ignore[method-assign,assignment]  # as above


def _read_date(value: Any) -> str:
    return date.fromisoformat(value).isoformat()


def _read_moment(value: Any) -> str:
    moment(value)
    return str(value)


def _read_decimal(value: Any) -> str:
    Decimal(value)
    return str(value)


@lru_cache
def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
