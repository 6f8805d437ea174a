"""From a product's records to its availability.

A cell (product, country, format, channel) is open on a day if some grant covers it, and nothing bars it: not the for-sale
sets, no exclusive licence, no embargo, nothing unknown.
"""

from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.availability import Availability
from colophon.rights.formats import format_of
from colophon.rights.grants import Granted, grant_clauses
from colophon.rights.holding import Holding
from colophon.rights.licences import Licensed, licence_clauses
from colophon.rights.places import opens_nothing
from colophon.rights.reasons import Clause, Reason, against, in_favour
from colophon.rights.rules import broken

_SETS = frozenset({"for_sale", "not_for_sale", "is_for_sale_worldwide"})


def judge(holding: Holding, atlas: Atlas, wanted: RightsFormat | None = None) -> Availability:
    """What may be sold where and when; `wanted` is another format than the product's own, such as a video about it."""
    product = holding.product
    format_ = wanted or format_of(product)
    findings: list[Finding] = []
    bars = _unknown(holding, atlas, format_, findings)
    granted, licensed = Granted([], [], []), Licensed([], [], [])
    if format_ is not None and holding.contracts is not None and holding.grants is not None:
        granted = grant_clauses(product, holding.contracts, holding.grants, format_, atlas)
    if format_ is not None and holding.deals is not None:
        licensed = licence_clauses(product, holding.deals, format_, atlas)
    for_sale, closed_places = _places(product, atlas, findings)
    bars += [*closed_places, *licensed.bars, *_embargo(holding, atlas)]
    found = (*findings, *granted.findings, *licensed.findings)
    return Availability(
        subject=product.subject,
        format=format_,
        atlas=atlas,
        grants=tuple(sorted(granted.clauses, key=_order)),
        bars=tuple(sorted(bars, key=_order)),
        notes=tuple(sorted([for_sale, *licensed.notes], key=_order)),
        misses=tuple(sorted(granted.misses)),
        findings=tuple(sorted(dict.fromkeys(found), key=lambda f: (f.subject, f.rule, f.field, f.found))),
    )


def _unknown(holding: Holding, atlas: Atlas, format_: RightsFormat | None, findings: list[Finding]) -> list[Clause]:
    subject, reasons = holding.product.subject, list[Reason]()
    if format_ is None:
        findings.append(
            broken(
                "R2",
                subject,
                "form_code",
                holding.product.form_code,
                "a product form that fits the product's type",
                holding.product.imprint,
            )
        )
        reasons.append(against("record", "unknown_format", "the format of the product is not known", subject))
    for name, records in (("contracts", holding.contracts), ("grants", holding.grants), ("deals", holding.deals)):
        if records is None:
            findings.append(broken("R2", subject, name, None, f"the {name} of the work, even if there are none", holding.product.imprint))
            reasons.append(against("record", f"unknown_{name}", f"the {name} of the work are not known", subject))
    for unreadable in holding.unreadable:
        findings.append(unreadable)
        reasons.append(against("record", "unreadable", f"{unreadable.subject} cannot be read ({unreadable.field})", unreadable.subject))
    return [Clause(reason, atlas.world) for reason in reasons]


def _places(product: Product, atlas: Atlas, findings: list[Finding]) -> tuple[Clause, list[Clause]]:
    """The note where the product is for sale, and the bar where it is not."""
    places, is_known, unknown = atlas.for_sale(product.for_sale, product.not_for_sale, product.is_for_sale_worldwide)
    code, sentence = "not_for_sale", "the country is not in the product's for-sale set, or in its not-for-sale set"
    if not places and (why := opens_nothing(product.for_sale)):
        sentence = f"the product's for-sale set {why}"
    missing = sorted(_SETS.intersection(product.missing_fields))
    if missing or not is_known:
        places, code, sentence = 0, "unknown_for_sale", "where the product is for sale is not known"
        findings.append(
            broken("R2", product.subject, missing[0] if missing else "for_sale", None, "the countries of sale", product.imprint)
        )
    if unknown:
        findings.append(broken("R3", product.subject, "for_sale", ", ".join(unknown), "codes of List 91 or 49", product.imprint))
        if not set(unknown).isdisjoint(product.not_for_sale):  # it might be any country
            places, code, sentence = 0, "unknown_for_sale", "the product's not-for-sale set cannot be read"
    note = Clause(in_favour("for sale", "for_sale", "the country is in the product's for-sale set", product.subject), places)
    bar = Clause(against("for sale", code, sentence, product.subject), atlas.world & ~places)
    return note, [bar] if bar.countries else []


def _embargo(holding: Holding, atlas: Atlas) -> list[Clause]:
    day = holding.embargo_until
    if day is None:
        return []
    reason = against("embargo", "embargo", f"not to be sold before {day}", holding.product.subject)
    return [Clause(reason, atlas.world, last=day.toordinal() - 1)]


def _order(clause: Clause) -> tuple[Reason, int, int, int, tuple[str, ...]]:
    """The order of records must not show."""
    return clause.reason, clause.first, clause.last, clause.countries, tuple(sorted(clause.channels or ()))
