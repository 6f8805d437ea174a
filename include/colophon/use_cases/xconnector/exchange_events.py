"""Terms, rates and obligations as events of XC-1: all members each time, other records by id, money as decimal text."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from colophon.domain.delivery import Intent
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.royalty_terms import Escalator, Rate, RoyaltyTerms
from colophon.systems.xconnector.planned import event, plain

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


def intent(
    use_case: str, destination: str, kind: str, data: Mapping[str, Any], as_of: datetime, labels: Mapping[str, str] = MappingProxyType({})
) -> Intent:
    """An event as a delivery: terms when they change, a statement once for its period and payee, whatever follows on its contract."""
    subject = f"contract:{data['contractId']}"
    if kind != STATEMENT:
        return event(use_case, destination, subject, kind, data, as_of, labels=labels)
    occurrence = f"{data['period']}:{data['payeeId']}"
    return event(use_case, destination, subject, kind, data, as_of, labels=labels, occurrence=occurrence, order="every")


def royalty_terms(terms: RoyaltyTerms) -> dict[str, Any]:
    """`royalty.terms` of one contract."""
    members = {
        "contractId": terms.contract_id, "currencyCode": terms.currency, "contractSet": terms.contract_set,
        "statementMonths": terms.statement_months, "statementNumber": terms.statement_number, "minimumPayment": terms.minimum_payment,
        "rates": [_rate(rate) for rate in terms.rates],
        "splits": [
            {"payeeId": split.payee_id, "productId": split.product_id, "weight": split.weight, "sharePercent": split.share_percent,
             "openingBalance": split.opening_balance, "agentId": split.agent_id, "commissionPercent": split.commission_percent}
            for split in terms.splits
        ],
        "advances": [
            {"id": advance.id, "payeeId": advance.payee_id, "joint": advance.is_joint, "trigger": advance.trigger,
             "amount": advance.amount, "currencyCode": advance.currency, "dueOn": advance.due_on, "paidOn": advance.paid_on}
            for advance in terms.advances
        ],
        "reserves": [
            {"statementFrom": reserve.statement_from, "statementTo": reserve.statement_to, "ratePercent": reserve.rate_percent,
             "base": reserve.base, "formats": reserve.formats, "releaseAfterStatements": reserve.release_after_statements}
            for reserve in dict.fromkeys(replace(reserve, payee_id=None, origin=None) for reserve in terms.reserves)  # a file says it of each payee
        ],
    }  # fmt: skip
    return {"contractId": terms.contract_id, "terms": {"royaltyTerms": members}}


def as_sheets_tell(terms: Mapping[str, Any]) -> str:
    """A digest of `royalty_terms` as far as a workbook tells them, in whatever order its rows are."""
    members = terms["terms"]["royaltyTerms"]
    rates = [{**rate, "escalators": _in_sheets("escalators", rate["escalators"])} for rate in members["rates"]]
    tables = {**{name: members[name] for name in ("splits", "advances", "reserves")}, "rates": rates}
    rows = {name: _in_sheets(name, table) for name, table in sorted(tables.items())}
    head = [members["currencyCode"], members["contractSet"], members["statementNumber"]]
    return hashlib.sha256(json.dumps([head, rows]).encode()).hexdigest()[:16]


def rights_terms(grants: Iterable[HeadGrant], deals: Iterable[RightsDeal]) -> list[dict[str, Any]]:
    """`rights.terms` of each contract: its grants, and the licences under it."""
    by_contract: dict[int, list[HeadGrant | RightsDeal]] = defaultdict(list)
    records: list[HeadGrant | RightsDeal] = [*grants, *deals]
    for record in sorted(records, key=lambda record: record.id or 0):
        if record.contract_id is not None:
            by_contract[record.contract_id].append(record)
    return [rights_of(contract_id, own) for contract_id, own in sorted(by_contract.items())]


def statement(letter: bytes, labels: Mapping[str, str]) -> dict[str, Any] | None:
    """`royalty.statement` of a statement that was approved; None where it is settled with another statement of its payee.

    :param labels: of the letter in the ledger: payee and period.
    """
    data = json.loads(letter)["Data"]
    remittance, agreements = data["Remittance"], data["Agreements"]
    if remittance["Accounts"] and remittance["Accounts"][0] != data["AccountId"]:
        return None
    is_paid = remittance["State"] == PAID
    return {
        "contractId": int(agreements[0]["Con26"]) if agreements else 0, "payeeId": int(labels["payee"]), "period": labels["period"],
        "amount": remittance["Net"] if is_paid else Decimal(remittance["Net"]) * 0, "currency": data["Con71"],
        "state": remittance["State"],
    }  # fmt: skip


def _in_sheets(name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rows as far as sheets tell them, in an order of their own; 12.50 is 12.5."""
    told = ([value.normalize() if isinstance(value, Decimal) else value for value in map(row.get, _IN_SHEETS[name])] for row in rows)
    return sorted(json.dumps(row, default=plain) for row in told)


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "id": rate.id, "level": rate.level, "productId": rate.product_id, "masterchannel": rate.masterchannel,
        "channelId": rate.channel_id, "priceBasis": rate.basis, "ratePercent": rate.rate_percent,
        "territories": {"included": rate.territories, "excluded": rate.excluded_territories},
        "guaranteedMinimum": rate.guaranteed_minimum, "guaranteedMaximum": rate.guaranteed_maximum,
        "escalators": [_escalator(escalator) for escalator in rate.escalators],
    }  # fmt: skip


def _escalator(escalator: Escalator) -> dict[str, Any]:
    return {
        "kind": escalator.kind, "from": escalator.above, "fromDate": escalator.above_on, "inclusive": escalator.is_inclusive,
        "ratePercent": escalator.rate_percent, "combine": escalator.combine, "countingGroup": escalator.counting_group,
        "marginal": escalator.is_marginal,
    }  # fmt: skip


def rights_of(contract_id: int, records: Iterable[HeadGrant | RightsDeal] = ()) -> dict[str, Any]:
    """`rights.terms` of one contract: they replace what was told of it before; without records it has no rights any more."""
    records = list(records)
    terms = {
        "headGrants": [{"id": grant.id, **_reach(grant)} for grant in records if isinstance(grant, HeadGrant)],
        "rightsDeals": [
            {"id": deal.id, "licenseeId": deal.licensee_id, "status": deal.status, "isbns": deal.isbns,
             "sellOffUntil": deal.sell_off_until, "signedDate": deal.signed_on, "terminatedDate": deal.terminated_on,
             "contactId": deal.contact_id, "renewalOf": deal.renewal_of, **_reach(deal)}
            for deal in records if isinstance(deal, RightsDeal)
        ],
    }  # fmt: skip
    return {"contractId": contract_id, "terms": terms}


def _reach(record: HeadGrant | RightsDeal) -> dict[str, Any]:
    return {
        "contractId": record.contract_id, "workId": record.work_id, "rightsType": record.rights_type, "exclusive": record.is_exclusive,
        "territories": {"included": record.territories, "excluded": record.excluded_territories},
        "languages": record.languages, "formats": record.formats, "channels": record.channels,
        "startsOn": record.starts_on, "expiresOn": record.expires_on,
    }  # fmt: skip
