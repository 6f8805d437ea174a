"""Terms, rates and obligations as events of XC-1: all members each time, other records by id, money as decimal text."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.royalty_terms import Escalator, Rate, RoyaltyTerms
from colophon.ledger import Intent
from colophon.systems.xconnector.port import TYPE_LABEL

ROYALTY_TERMS, RIGHTS_TERMS, STATEMENT = "royalty.terms", "rights.terms", "royalty.statement"
PAID = "PAID"
SHEETS = "sheets"
"""Label of terms: a digest of what a workbook tells of them, by which two sources can be held against each other."""
_IN_SHEETS = {
    "rates": (
        "level", "productId", "masterchannel", "channelId", "priceBasis", "ratePercent", "guaranteedMinimum", "guaranteedMaximum", "escalators",
    ),
    "escalators": ("kind", "from", "fromDate", "ratePercent"),
    "splits": ("payeeId", "productId", "sharePercent", "openingBalance", "agentId", "commissionPercent"),
    "advances": ("joint", "trigger", "amount", "paidOn"),
    "reserves": ("statementFrom", "statementTo", "ratePercent"),
}  # fmt: skip
"""Members of royalty terms that the four sheets have columns for."""


def royalty_terms(terms: RoyaltyTerms) -> dict[str, Any]:
    """`royalty.terms` of one contract."""
    told = {
        "contractId": terms.contract_id,
        "currencyCode": terms.currency,
        "contractSet": terms.contract_set,
        "statementMonths": list(terms.statement_months),
        "statementNumber": terms.statement_number,
        "minimumPayment": _text(terms.minimum_payment),
        "rates": [_rate(one) for one in terms.rates],
        "splits": [
            {"payeeId": one.payee_id, "productId": one.product_id, "weight": one.weight, "sharePercent": _text(one.share_percent),
             "openingBalance": _text(one.opening_balance), "agentId": one.agent_id, "commissionPercent": _text(one.commission_percent)}
            for one in terms.splits
        ],
        "advances": [
            {"id": one.id, "payeeId": one.payee_id, "joint": one.is_joint, "trigger": one.trigger, "amount": _text(one.amount),
             "currencyCode": one.currency, "dueOn": _day(one.due_on), "paidOn": _day(one.paid_on)}
            for one in terms.advances
        ],
        "reserves": [
            {"statementFrom": one.statement_from, "statementTo": one.statement_to, "ratePercent": _text(one.rate_percent), "base": one.base,
             "formats": _list(one.formats), "releaseAfterStatements": one.release_after_statements}
            for one in dict.fromkeys(replace(one, payee_id=None, origin=None) for one in terms.reserves)  # what a file says of each payee
        ],
    }  # fmt: skip
    return {"contractId": terms.contract_id, "terms": {"royaltyTerms": told}}


def as_sheets_tell(terms: RoyaltyTerms) -> str:
    """A digest of the terms as far as a workbook tells them, in whatever order its rows are."""
    told = royalty_terms(terms)["terms"]["royaltyTerms"]
    for rate in told["rates"]:
        rate["escalators"] = _in_sheets("escalators", rate["escalators"])
    rows = [(name, _in_sheets(name, told[name])) for name in ("rates", "splits", "advances", "reserves")]
    head = [told["currencyCode"], told["contractSet"], told["statementNumber"]]
    return hashlib.sha256(json.dumps([head, rows]).encode()).hexdigest()[:16]


def _in_sheets(name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rows as far as sheets tell them, in an order of their own; 12.50 is 12.5."""
    plain = (
        [value.rstrip("0").rstrip(".") if isinstance(value, str) and "." in value else value for value in map(row.get, _IN_SHEETS[name])]
        for row in rows
    )
    return sorted(map(json.dumps, plain))


def rights_terms(grants: Iterable[HeadGrant], deals: Iterable[RightsDeal]) -> dict[int, dict[str, Any]]:
    """`rights.terms` of each contract, by its id: its grants, and the licences under it."""
    by_contract: dict[int, tuple[list[HeadGrant], list[RightsDeal]]] = defaultdict(lambda: ([], []))
    for grant in grants:
        by_contract[grant.contract_id][0].append(grant)
    for deal in deals:
        if deal.contract_id is not None:
            by_contract[deal.contract_id][1].append(deal)
    return {contract: _rights(contract, *own) for contract, own in sorted(by_contract.items())}


def obligation(letter: Mapping[str, Any], contract_id: int, payee_id: int, period: str) -> dict[str, Any] | None:
    """`royalty.statement` of a statement that was approved; None where it is settled with another statement of its payee."""
    data, paid = letter["Data"], letter["Data"]["Remittance"]
    if paid["Accounts"] and paid["Accounts"][0] != data["AccountId"]:
        return None
    amount = paid["Net"] if paid["State"] == PAID else _nothing(paid["Net"])
    told = {"contractId": contract_id, "payeeId": payee_id, "period": period, "amount": amount}
    return {**told, "currency": data["Con71"], "state": paid["State"]}


def intent(
    use_case: str, destination: str, kind: str, subject: str, data: Mapping[str, Any], as_of: datetime, labels: Mapping[str, str]
) -> Intent:
    """An event as a delivery: terms when they change, a statement once for its period and payee, whatever follows on its contract."""
    is_statement = kind == STATEMENT
    return Intent(
        use_case=use_case,
        destination=destination,
        subject=subject,
        delivery_class="A",
        content=json.dumps(data, sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=as_of,
        occurrence=f"{data['period']}:{data['payeeId']}" if is_statement else "",
        order="every" if is_statement else "latest",
        labels={TYPE_LABEL: kind, **labels},
    )


def _nothing(like: str) -> str:
    return format(Decimal(like) * 0, "f")


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "id": rate.id, "level": rate.level.value, "productId": rate.product_id, "masterchannel": rate.masterchannel,
        "channelId": rate.channel_id, "priceBasis": rate.basis.value, "ratePercent": _text(rate.rate_percent),
        "territories": {"included": _list(rate.territories), "excluded": _list(rate.excluded_territories)},
        "guaranteedMinimum": _text(rate.guaranteed_minimum), "guaranteedMaximum": _text(rate.guaranteed_maximum),
        "escalators": [_escalator(one) for one in rate.escalators],
    }  # fmt: skip


def _escalator(one: Escalator) -> dict[str, Any]:
    return {
        "kind": one.kind.value, "from": _text(one.above), "fromDate": _day(one.above_on), "inclusive": one.is_inclusive,
        "ratePercent": _text(one.rate_percent), "combine": one.combine.value, "countingGroup": one.counting_group, "marginal": one.is_marginal,
    }  # fmt: skip


def _rights(contract_id: int, grants: list[HeadGrant], deals: list[RightsDeal]) -> dict[str, Any]:
    told = {
        "headGrants": [{"id": one.id, **_reach(one)} for one in sorted(grants, key=lambda one: one.id or 0)],
        "rightsDeals": [
            {"id": one.id, "licenseeId": one.licensee_id, "status": one.status.value, "isbns": _list(one.isbns),
             "sellOffUntil": _day(one.sell_off_until), "signedDate": _day(one.signed_on), "terminatedDate": _day(one.terminated_on),
             "contactId": one.contact_id, "renewalOf": one.renewal_of, **_reach(one)}
            for one in sorted(deals, key=lambda one: one.id or 0)
        ],
    }  # fmt: skip
    return {"contractId": contract_id, "terms": told}


def _reach(one: HeadGrant | RightsDeal) -> dict[str, Any]:
    return {
        "contractId": one.contract_id, "workId": one.work_id, "rightsType": one.rights_type, "exclusive": one.is_exclusive,
        "territories": {"included": _list(one.territories), "excluded": _list(one.excluded_territories)},
        "languages": _list(one.languages), "formats": _list(one.formats), "channels": _list(one.channels),
        "startsOn": _day(one.starts_on), "expiresOn": _day(one.expires_on),
    }  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _list(values: Iterable[str] | None) -> list[str] | None:
    return None if values is None else list(values)
