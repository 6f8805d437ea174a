"""Codes in recipients' profiles and in publisher.yaml, checked against EDItEUR's code lists when the files are loaded.

A code that no list has would be written all the same, and unprice or unsay a whole feed. Each fault names key, value and the nearest right one.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import combinations

from colophon.config.campaigns import Campaign, ReaderCampaigns
from colophon.config.partners import Partner
from colophon.config.publisher import Publisher
from colophon.domain.identifiers import is_gtin, isbn13_of
from colophon.domain.nearest import near_to
from colophon.onix.codelists import WITHDRAWN, CodeLists
from colophon.onix.fields import FIELDS
from colophon.onix.profile import Profile
from colophon.onix.terms import Market, PriceRule, Terms
from colophon.onix.territory import countries_of, expand, intersection
from colophon.quality.rules.amounts import RETIRED
from colophon.quality.schemes import Scheme

COUNTRY, CURRENCY, LANGUAGE = 91, 96, 74
NOTIFICATIONS = ("01", "02", "03")
TRADE_NUMBERS = frozenset({"15", "03"})
"""Of List 5: what a product is known by to everybody."""
CHANNELS = ("online", "retail", "library")
"""Channels as rights records usually call them; they are free text, but one that is nearly one of these is a slip that opens what is closed."""
_MEANT = {
    COUNTRY: {"UK": "GB", "EL": "GR", "USA": "US", "ROI": "IE", "EU": "ECZ, the euro zone, or its countries one by one"},
    150: {"EPUB": "ED", "PDF": "ED", "EBOOK": "ED", "MP3": "AJ"},
}
"""What people write instead of a code, by list."""
_RETURNS = {"02": 66, "04": 204}

Fault = tuple[str, str]


def faults_of(profile: Profile, publisher: Publisher, lists: CodeLists) -> list[Fault]:
    """(key, what is wrong with it) for each code of a profile that does not hold, and each market that meets another one."""
    faults = [
        *_each(
            "notification_types",
            profile.notification_types,
            {code: lists.lists[1][code] for code in NOTIFICATIONS},
            "notification type",
            {},
        ),
        *_listed("identifiers", profile.identifiers, 5, lists),
        *_listed("subject_schemes", profile.subject_schemes, 27, lists),
        *_listed("publishing_statuses", profile.publishing_statuses, 64, lists),
        *_listed("product_forms", profile.product_forms, 150, lists),
        *_listed("texts.text_type", [limit.text_type for limit in profile.texts], 153, lists),
        *_terms(profile, "", publisher, lists),
        *_prices(profile.prices, "prices", lists),
        *_listed("unpriced_code", _some(profile.unpriced_code), 57, lists),
        *_glns("addressee_gln", profile.addressee_gln),
    ]
    channel = profile.sale_channel.strip().casefold()
    if channel not in CHANNELS and (near := get_close_matches(channel, CHANNELS, n=1, cutoff=0.8)):
        faults.append(("sale_channel", f"{profile.sale_channel!r} is no channel that rights are sold through; did you mean {near[0]}?"))
    for overlay in profile.overlays:
        if overlay.name == "map_publishing_status":
            faults += _listed("overlays.values", [code for pair in overlay.values.items() for code in pair], 64, lists)
        if overlay.name == "drop_rights_types":
            faults += _listed("overlays.values.keep", overlay.values.get("keep", "").split(), 46, lists)
    if not profile.markets:
        faults += _places("market", profile.market, lists)
    for number, market in enumerate(profile.markets):
        faults += _market(market, f"markets.{number}", publisher, lists)
    if TRADE_NUMBERS.isdisjoint(profile.identifiers):
        faults.append(("identifiers", "neither 15 (ISBN-13) nor 03 (GTIN-13), and nobody would know the titles"))
    return faults or [*_met_twice(profile.markets, lists), *_elsewhere(profile, lists)]


def faults_of_publisher(publisher: Publisher, lists: CodeLists) -> list[Fault]:
    """The same for publisher.yaml."""
    faults = [
        *_listed("country", [publisher.country], COUNTRY, lists),
        *_listed("default_language", [publisher.default_language], LANGUAGE, lists),
        *_listed("supplier_role", [publisher.supplier_role], 93, lists),
        *_glns("sender_gln", publisher.sender_gln),
        *_glns("supplier_gln", publisher.supplier_gln),
        *_currencies("price_territories", publisher.price_territories, lists),
        *_terms(Terms(discount=publisher.discount, returns=publisher.returns), "", publisher, lists),
    ]
    for key, supplier in publisher.suppliers.items():
        faults += _listed(f"suppliers.{key}.role", [supplier.role], 93, lists)
        faults += _glns(f"suppliers.{key}.gln", supplier.gln)
    for currency, countries in publisher.price_territories.items():
        faults += _places(f"price_territories.{currency}", countries, lists)
    for number, rate in enumerate(publisher.taxes):
        faults += _listed(f"taxes.{number}.country", [rate.country], COUNTRY, lists)
        faults += _listed(f"taxes.{number}.currency", [rate.currency], CURRENCY, lists)
        faults += _listed(f"taxes.{number}.rate_code", [rate.rate_code], 62, lists)
    return faults


def faults_of_campaign(campaign: Campaign, rules: ReaderCampaigns, lists: CodeLists) -> list[Fault]:
    """The same for a file of a campaign, and clubs that no title's genre could lead to."""
    clubs = {name: name for name in rules.clubs}
    return [
        *_listed("segment.countries", campaign.segment.countries, COUNTRY, lists),
        *_listed("segment.languages", campaign.segment.languages, LANGUAGE, lists),
        *(_each("segment.clubs", campaign.segment.clubs, clubs, "club of reader_campaigns.yaml", {}) if clubs else ()),
        *((key, f"{isbn} is no ISBN") for key in ("isbns", "segment.bought") for isbn in _isbns(campaign, key) if isbn13_of(isbn) != isbn),
    ]


def faults_of_campaigns(rules: ReaderCampaigns, lists: CodeLists) -> list[Fault]:
    """The same for reader_campaigns.yaml."""
    named = ("email_advertising", "own_consent_from", "renewal", "fixed_price", "no_vouchers", "line_length")
    faults = [
        fault for name in named for fault in _listed(name, (code for code in getattr(rules, name) if code != "default"), COUNTRY, lists)
    ]
    languages = [language for fixed in rules.fixed_price.values() for language in fixed.languages]
    return [*faults, *_listed("fixed_price", languages, LANGUAGE, lists)]


def faults_of_scheme(scheme: Scheme) -> list[Fault]:
    """Fields of a quality scheme's criteria that no title has."""
    asked = [(f"criteria.{number}.fields", name) for number, criterion in enumerate(scheme.criteria) for name in criterion.fields]
    return [(key, f"there is no field {name!r}{near_to(name, FIELDS)}") for key, name in asked if name not in FIELDS]


def _isbns(campaign: Campaign, key: str) -> tuple[str, ...]:
    return campaign.isbns if key == "isbns" else campaign.segment.bought


def faults_of_partner(partner: Partner, recipients: Mapping[str, Profile], lists: CodeLists) -> list[Fault]:
    """The same for a partner."""
    faults = [
        *_places("territories", partner.territories, lists),
        *_listed("country", _some(partner.country), COUNTRY, lists),
        *_listed("language", _some(partner.language), LANGUAGE, lists),
        *_listed("product_forms", partner.product_forms, 150, lists),
    ]
    if partner.recipient is not None and partner.recipient not in recipients:
        faults.append(("recipient", f"there is no recipient {partner.recipient!r}{near_to(partner.recipient, recipients)}"))
    return faults


def nearest(value: str, names: Mapping[str, str], meant: Mapping[str, str] | None = None) -> str:
    """The code that was most likely meant, with its name; empty where none is near: by spelling, by a digit more, or by name."""
    if hint := (meant or {}).get(value.upper()):
        return f"{hint} ({names[hint]})" if hint in names else hint
    folded, digits = {code.casefold(): code for code in names}, value.replace(".", "")
    word = value.casefold()
    for code in (word, value.zfill(2), digits, digits.zfill(2)):
        if code in folded:
            return f"{folded[code]} ({names[folded[code]]})"
    by_name = {name.casefold(): code for code, name in names.items()}
    starting = [name for name in by_name if len(word) > 3 and name.startswith(word)]
    if named := starting[:1] or (get_close_matches(word, by_name, n=1, cutoff=0.7) if len(word) > 3 else []):
        found = by_name[named[0]]
    else:
        like = get_close_matches(word, folded, n=20, cutoff=0.6)
        found = folded[max(like, key=lambda code: _likeness(code, word, names[folded[code]]))] if like else ""
    return f"{found} ({names[found]})" if found else ""


def _likeness(code: str, word: str, name: str) -> tuple[bool, bool, int]:
    """Letters in the wrong order are the most common slip, then letters that are missing at the end; a plain name before a long one."""
    return sorted(code) == sorted(word), code.startswith(word), -len(name)


def _glns(key: str, gln: str | None) -> Iterator[Fault]:
    if gln is not None and not is_gtin(gln, 13):
        yield key, f"{gln!r} is no GLN: 13 digits, of which the last one checks the others"


def _market(market: Market, key: str, publisher: Publisher, lists: CodeLists) -> Iterator[Fault]:
    yield from _places(f"{key}.countries", market.countries, lists)
    yield from _terms(market, f"{key}.", publisher, lists)
    yield from _prices(market.prices or (), f"{key}.prices", lists)
    yield from _listed(f"{key}.unpriced_code", _some(market.unpriced_code), 57, lists)


def _terms(terms: Terms, key: str, publisher: Publisher, lists: CodeLists) -> Iterator[Fault]:
    if terms.supplier is not None:
        known = {name: supplier.name for name, supplier in publisher.suppliers.items()}
        yield from _each(f"{key}supplier", [terms.supplier], known, "supplier of publisher.yaml", {})
    yield from _listed(f"{key}supplier_role", _some(terms.supplier_role), 93, lists)
    if terms.discount:
        yield from _listed(f"{key}discount.code_type", [terms.discount.code_type], 100, lists)
    if terms.returns:
        yield from _listed(f"{key}returns.code_type", [terms.returns.code_type], 53, lists)
        if number := _RETURNS.get(terms.returns.code_type):
            yield from _listed(f"{key}returns.code", [terms.returns.code], number, lists)


def _prices(rules: Iterable[PriceRule], key: str, lists: CodeLists) -> Iterator[Fault]:
    for number, rule in enumerate(rules):
        yield from _listed(f"{key}.{number}.price_type", [rule.price_type], 58, lists)
        yield from _listed(f"{key}.{number}.qualifier", _some(rule.qualifier), 59, lists)
        yield from _currencies(f"{key}.{number}.currencies", rule.currencies, lists)
        yield from _places(f"{key}.{number}.countries", rule.countries, lists)


def _places(key: str, codes: Iterable[str], lists: CodeLists) -> Iterator[Fault]:
    """Countries of List 91, and regions of List 49; ROW among the markets of a recipient alone."""
    known = {**lists.lists[49], **lists.lists[COUNTRY]}
    if key.endswith(".countries") and key.startswith("markets") and ".prices" not in key:
        known["ROW"] = "the rest of the world"
    known = {code: name for code, name in known.items() if code not in WITHDRAWN}
    yield from _each(key, codes, known, "country of List 91 or region of List 49", _MEANT[COUNTRY])


def _currencies(key: str, codes: Iterable[str], lists: CodeLists) -> Iterator[Fault]:
    """Currencies of today; List 96 keeps those that were."""
    yield from _listed(key, codes, CURRENCY, lists)
    for code in codes:
        if code in RETIRED:
            yield key, f"{code} buys nothing any more; did you mean {RETIRED[code][0]}?"


def _met_twice(markets: tuple[Market, ...], lists: CodeLists) -> Iterator[Fault]:
    """A country in two markets would be supplied twice, at two prices."""
    reach = countries_of(tuple(market.countries for market in markets), lists)
    for (one, here), (other, there) in combinations(enumerate(reach), 2):
        if both := sorted(intersection(here, there)):
            yield f"markets.{other}.countries", f"{', '.join(both[:5])} is in markets.{one}, too; ROW is what no other market names"


def _elsewhere(profile: Profile, lists: CodeLists) -> Iterator[Fault]:
    """A price that holds in no country of its market is said nowhere."""
    reach = countries_of(tuple(market.countries for market in profile.markets), lists)
    own = [(f"markets.{number}.", market.prices or (), reach[number]) for number, market in enumerate(profile.markets)]
    for key, rules, places in (("", profile.prices, expand(profile.market, lists)[0]), *own):
        for number, rule in enumerate(rules):
            if rule.countries and not intersection(expand(rule.countries, lists)[0], places):
                yield f"{key}prices.{number}.countries", f"{', '.join(rule.countries[:5])}: none of them is in the market"


def _listed(key: str, codes: Iterable[str], number: int, lists: CodeLists) -> Iterator[Fault]:
    yield from _each(key, codes, lists.lists[number], f"code of List {number}", _MEANT.get(number, {}))


def _each(key: str, codes: Iterable[str], names: Mapping[str, str], what: str, meant: Mapping[str, str]) -> Iterator[Fault]:
    for code in codes:
        if code not in names:
            near = nearest(code, names, meant)
            yield key, f"{code!r} is no {what}" + (f"; did you mean {near}?" if near else "")


def _some(code: str | None) -> tuple[str, ...]:
    return () if code is None else (code,)
