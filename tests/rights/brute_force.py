"""The rules of the trade once more, cell by cell and day by day, with sets and no cleverness: what the engine must equal."""

from colophon.domain.rights_deal import DealStatus

PRINT = {"HARDBACK", "PAPERBACK", "LARGE_PRINT"}


def is_open(holding, world, country, wanted, channel, on) -> bool:
    """Whether one cell is open on one day. `world`: all countries; codes are countries, parts such as GB-SCT, WORLD, ROW, *."""
    if holding.contracts is None or holding.grants is None or holding.deals is None or holding.unreadable:
        return False
    if holding.embargo_until and on < holding.embargo_until:
        return False
    return (
        _is_for_sale(holding.product, world, country)
        and any(_gives(grant, holding, world, country, wanted, channel, on) for grant in holding.grants)
        and not any(_takes(deal, holding.product, world, country, wanted, channel, on) for deal in holding.deals)
    )


def _is_for_sale(product, world, country) -> bool:
    named, denied = set(product.for_sale), set(product.not_for_sale)
    if denied - world - {"WORLD", "ROW", "GB-SCT"}:
        return False
    if country in denied or "WORLD" in denied or (country == "GB" and "GB-SCT" in denied):
        return False
    if "ROW" in denied and country not in named and "WORLD" not in named:
        return False
    return bool(product.is_for_sale_worldwide) or country in named or "WORLD" in named or "ROW" in named


def _gives(grant, holding, world, country, wanted, channel, on) -> bool:
    product = holding.product
    contracts = {contract for contract in holding.contracts if contract.id == grant.contract_id and contract.work_id == product.work_id}
    if grant.work_id != product.work_id or len(contracts) != 1:
        return False
    (contract,) = contracts
    if contract.signed_on is None or on < contract.signed_on or not _is_in_term(contract, on):
        return False
    if (grant.starts_on and on < grant.starts_on) or (grant.expires_on and on > grant.expires_on):
        return False
    spoken = {language.code for language in product.languages}
    if not (_has(grant.languages, "*") or (spoken and spoken <= set(grant.languages or ()))):
        return False
    formats = set(grant.formats or ())
    if not (formats & {"*", wanted} or (wanted in PRINT and "PRINT" in formats)):
        return False
    if not (_has(grant.channels, "*") or channel in (grant.channels or ())):
        return False
    sisters = [g for g in holding.grants if g.contract_id == grant.contract_id and g.work_id == grant.work_id and g != grant]
    return _is_granted_in(grant, sisters, world, country)


def _is_in_term(contract, on) -> bool:
    if contract.terminated_on:
        return contract.signed_on <= contract.terminated_on and on <= contract.terminated_on
    if not (contract.term or "").strip():
        return True
    if not contract.term.isdigit() or int(contract.term) == 0:
        return False
    month = contract.signed_on.month + int(contract.term)
    year, month = contract.signed_on.year + (month - 1) // 12, (month - 1) % 12 + 1
    # Months and days compare as they stand: the 31st of a short month is its end.
    return (on.year, on.month, on.day) <= (year, month, contract.signed_on.day)


def _is_granted_in(grant, sisters, world, country) -> bool:
    named, away = set(grant.territories or ()), set(grant.excluded_territories or ())
    if away - world - {"WORLD", "ROW", "*", "GB-SCT"}:
        return False
    if country in away or "WORLD" in away or "*" in away or (country == "GB" and "GB-SCT" in away):
        return False
    if "ROW" in away and country not in named and not named & {"WORLD", "*"}:
        return False
    if country in named or named & {"WORLD", "*"}:
        return True
    if "ROW" not in named:
        return False
    others = {code for sister in sisters for code in sister.territories or ()}
    if others - world - {"WORLD", "ROW", "*", "GB-SCT"}:
        return False
    rest_of = (named | away | others) & (world | {"GB-SCT", "WORLD", "*"})
    is_elsewhere = country in others or bool(others & {"WORLD", "*"}) or (country == "GB" and "GB-SCT" in others)
    return bool(rest_of) and not is_elsewhere


def _takes(deal, product, world, country, wanted, channel, on) -> bool:
    if deal.work_id != product.work_id or deal.is_exclusive is False:
        return False
    if deal.status in {DealStatus.ENQUIRY, DealStatus.OFFER, DealStatus.CANCELLED}:
        return False
    if deal.isbns and product.isbn13 and product.isbn13 not in deal.isbns:
        return False
    is_period_known = not (deal.starts_on and deal.expires_on and deal.expires_on < deal.starts_on)
    if is_period_known and ((deal.starts_on and on < deal.starts_on) or (deal.expires_on and on > deal.expires_on)):
        return False
    if deal.terminated_on and on > deal.terminated_on:
        return False
    spoken = {language.code for language in product.languages}
    if deal.languages and spoken and not _has(deal.languages, "*") and not spoken & set(deal.languages):
        return False
    formats = set(deal.formats or ("*",))
    if not (formats & {"*", wanted} or (wanted in PRINT and "PRINT" in formats) or (wanted == "PRINT" and formats & PRINT)):
        return False
    if deal.channels and not _has(deal.channels, "*") and channel not in deal.channels:
        return False
    return country in _licensed(deal, world)


def _licensed(deal, world):
    """Countries that a licence may be about; one that would be about none is about all that it names."""
    named, away = set(deal.territories or ("*",)), set(deal.excluded_territories or ())
    is_anywhere = bool(named & {"WORLD", "*"} or named - world - {"ROW", "GB-SCT"})
    places = set(world) if is_anywhere else {code.partition("-")[0] for code in named} & world
    reach = (set(world) if "ROW" in named else places) - away
    if away & {"WORLD", "*"}:
        reach = set()
    if "ROW" in away:
        reach &= places
    return reach or places or set(world)


def _has(values, wanted) -> bool:
    return wanted in (values or ())
