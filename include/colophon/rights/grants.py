"""What head contracts give us: contract in force, and a grant of the format, the language, the place and the channel."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Product
from colophon.domain.rights_deal import ALL, RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.formats import is_granted, unknown_formats
from colophon.rights.places import granted, opens_nothing
from colophon.rights.reasons import FIRST_DAY, LAST_DAY, Clause, Reason, against, channel_key, in_favour, ordinal, until
from colophon.rights.rules import broken, ends_before_it_starts
from colophon.rights.term import term_of

STEP = "head contract"
_LISTS = {
    "formats": "the formats granted, or * for all",
    "languages": "the languages granted, or * for all",
    "territories": "the territories granted, or * for all",
    "channels": "the channels granted, or * for all",
}


class Granted(NamedTuple):
    """Clauses that open; why other grants and contracts never do; what is wrong with them."""

    clauses: list[Clause]
    misses: list[Reason]
    findings: list[Finding]


def grant_clauses(
    product: Product, contracts: Sequence[Contract], grants: Sequence[HeadGrant], wanted: RightsFormat, atlas: Atlas
) -> Granted:
    """What the contracts of the product's work give for one format. The product's languages are those of its text."""
    made = Granted([], [], [])
    terms = _terms([c for c in contracts if c.work_id == product.work_id], made)
    ours = [grant for grant in grants if grant.work_id == product.work_id]
    for grant in ours:
        sisters = [other for other in ours if other.contract_id == grant.contract_id and other != grant]
        _judge(grant, sisters, terms, text_languages(product), wanted, atlas, made)
    for contract_id in sorted(terms.keys() - {grant.contract_id for grant in ours}):
        made.misses.append(against(STEP, "nothing_granted", f"no grant of contract {contract_id} is recorded", f"contract:{contract_id}"))
    if not terms and not made.misses:
        made.misses.append(against(STEP, "no_contract", "no head contract of the work is recorded", f"work:{product.work_id}"))
        made.findings.append(broken("R2", product.subject, "contract", None, "a head contract of the work"))
    return made


def text_languages(product: Product) -> frozenset[str]:
    """Languages of the text; empty where they are not known."""
    return frozenset(language.code for language in product.languages if language.role == "01")


def _terms(contracts: Sequence[Contract], made: Granted) -> dict[int, tuple[int, int] | None]:
    """First and last day of each contract; None where it cannot be read."""
    terms: dict[int, tuple[int, int] | None] = {}
    for contract in dict.fromkeys(contracts):
        is_told_twice = any(other.id == contract.id and other != contract for other in contracts)
        term = term_of(contract)
        if is_told_twice:
            term = broken("R2", contract.subject, "id", "two records that differ", "one record of each contract")
        if isinstance(term, Finding):
            terms[contract.id] = None
            made.findings.append(term)
            sentence = f"contract {contract.id} counts as not in force: {term.field} is {term.found}, expected {term.expected}"
            made.misses.append(against(STEP, "contract_unreadable", sentence, contract.subject))
        else:
            terms[contract.id] = (term[0].toordinal(), ordinal(term[1], LAST_DAY))
    return terms


def _judge(
    grant: HeadGrant,
    sisters: Sequence[HeadGrant],
    terms: Mapping[int, tuple[int, int] | None],
    languages: Collection[str],
    wanted: RightsFormat,
    atlas: Atlas,
    made: Granted,
) -> None:
    contract = f"contract:{grant.contract_id}"
    if grant.contract_id not in terms:
        made.findings.append(broken("R2", grant.subject, "contract_id", grant.contract_id, "a contract of the same work"))
        sentence = f"grant {grant.id} rests on contract {grant.contract_id}, which is not known"
        made.misses.append(against(STEP, "contract_unknown", sentence, grant.subject))
        return
    faults = list(_faults(grant, atlas))
    made.findings.extend(faults)
    beside = [sister.territories or () for sister in sisters]
    places = granted(atlas, grant.territories or (), grant.excluded_territories or (), beside)
    if places.unknown:
        made.findings.append(broken("R3", grant.subject, "territories", ", ".join(places.unknown), "codes of List 91 or 49"))
    term = terms[grant.contract_id]
    why = _never(grant, languages, wanted, bool(places.countries))
    if why:
        made.misses.append(against(STEP, "not_granted", f"grant {grant.id} of contract {grant.contract_id} {why}", grant.subject, contract))
    elif any(fault.rule == "R4" for fault in faults):
        sentence = f"grant {grant.id} of contract {grant.contract_id} ends before it begins"
        made.misses.append(against(STEP, "grant_unreadable", sentence, grant.subject, contract))
    elif term is not None:
        first, last = max(term[0], ordinal(grant.starts_on, FIRST_DAY)), min(term[1], ordinal(grant.expires_on, LAST_DAY))
        made.clauses.append(_clause(grant, wanted, places.countries, first, last))


def _clause(grant: HeadGrant, wanted: RightsFormat, countries: int, first: int, last: int) -> Clause:
    channels = frozenset(map(channel_key, grant.channels or ()))
    sentence = f"contract {grant.contract_id} grants {wanted} by grant {grant.id} from {date.fromordinal(first)} {until(last)}"
    reason = in_favour(STEP, "granted", sentence, f"contract:{grant.contract_id}", grant.subject)
    return Clause(reason, countries, None if ALL in channels else channels, first, last)


def _faults(grant: HeadGrant, atlas: Atlas) -> Iterator[Finding]:
    for field, expected in _LISTS.items():
        if not getattr(grant, field):
            yield broken("R2", grant.subject, field, None, expected)
    yield from code_faults(grant.subject, grant.formats or (), grant.languages or (), atlas)
    if confused := ends_before_it_starts(grant):
        yield confused


def code_faults(subject: str, formats: Collection[str], languages: Collection[str], atlas: Atlas) -> Iterator[Finding]:
    """Formats and languages that nobody knows."""
    if unknown := unknown_formats(formats):
        yield broken("R3", subject, "formats", ", ".join(unknown), f"some of {', '.join(RightsFormat)}")
    if unknown := unknown_languages(languages, atlas):
        yield broken("R3", subject, "languages", ", ".join(unknown), "codes of List 74")


def unknown_languages(languages: Collection[str], atlas: Atlas) -> list[str]:
    """Languages that List 74 does not have."""
    return sorted(code for code in languages if code != ALL and not atlas.lists.has(74, code))


def _never(grant: HeadGrant, languages: Collection[str], wanted: RightsFormat, has_places: bool) -> str:  # noqa: FBT001 - private, called once
    """Why the grant gives nothing at any time; empty where it does."""
    granted_languages = grant.languages or ()
    if not is_granted(wanted, grant.formats or ()):
        return f"does not give {wanted}"
    if ALL not in granted_languages and not languages:
        return "is for some languages, and the language of the product is not known"
    if ALL not in granted_languages and not set(languages) <= set(granted_languages):
        return f"does not give {', '.join(sorted(set(languages) - set(granted_languages)))}"
    if not has_places:
        return opens_nothing(grant.territories or ()) or "names no country that can be read"
    return "" if grant.channels else "names no channel"
