"""FP-2, approved assets: titles in Consonance refer to the newest approved version of their covers, photos, samples, sales sheets and ads.

What may no longer be used is withdrawn, or gives way to the version before.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.blocks.write_back import intent, short
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.delivery_states import NEEDED, WAITING
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.fourallportal.assets import Asset
from colophon.use_cases.fourallportal.library import Place, shelf_of

WITHDRAWN, FILE = "WITHDRAWN", "file"


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """The reference of each place that has an asset; the end of those that have none any more. Raises as `shelf_of`."""
    rules, products = context.config.approved_assets, {product.isbn13: product for product in facts.records(Product)}
    shelf = shelf_of(facts, context, rules.kinds, CONSONANCE)
    plan = Plan(findings=shelf.findings, judged={CONSONANCE: []}, everything=frozenset({CONSONANCE}))
    intents = {place.subject: _reference(place, asset, products[place.isbn], context) for place, asset in shelf.assets.items()}
    for row in facts.records(HistoryRow):
        if row.subject in intents:
            continue
        plan.judged[CONSONANCE].append(row.subject)
        if row.labels["status"] == WITHDRAWN and row.state not in NEEDED:
            plan.settled.setdefault(CONSONANCE, []).append(row.subject)
            continue
        keeps = row.labels["isbn"] in shelf.unread
        if (keeps or row.revision > 1 or row.state != WAITING) and (content := context.content(row.content_hash)) is not None:
            intents[row.subject] = _as_it_was(row, json.loads(content), context, status=row.labels["status"] if keeps else WITHDRAWN)
    plan.intents = list(intents.values())
    plan.judged[CONSONANCE] += intents
    return plan


def recalled(ledger: Ledger, _context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every reference that there is."""
    return (row for row in ledger.newest(CASE.id, CONSONANCE) if FILE in row.labels)


def _reference(place: Place, asset: Asset, product: Product, context: DecisionContext) -> Intent:
    members: dict[str, object] = {
        "workId": product.work_id,
        "productId": product.id,
        "kind": context.config.approved_assets.kinds[asset.kind],
        "title": f"{asset.name[:200]} (photo: {asset.credit.strip()[:90]})"
        if asset.kind in context.config.approved_assets.photos
        else asset.name,
        "url": asset.url,
        "mediaType": asset.media_type or None,
        "format": f"{asset.kind} {place.locale}".strip(),
        "sha256": asset.sha256.lower() or None,
        "status": "APPROVED",
        "source": "fourallportal",
        "externalId": asset.id,
        "version": asset.version or None,
        "approvedOn": asset.approved_on[:10] or None,
    }
    return _write(place.subject, members, asset.id, place.isbn, context)


def _as_it_was(row: HistoryRow, planned: Mapping[str, Any], context: DecisionContext, *, status: str) -> Intent:
    """A reference as it was planned last, with a status."""
    members = {**planned["members"], "status": status}
    return _write(row.subject, members, row.labels[FILE], row.labels["isbn"], context)


def _write(subject: str, members: Mapping[str, object], file: str, isbn: str, context: DecisionContext) -> Intent:
    labels = {"isbn": isbn, FILE: file, "status": str(members["status"])}
    reference = f"fp2:{short(subject)}"
    return intent("upsertExternalAsset", reference, members, use_case=CASE.id, subject=subject, as_of=context.as_of, labels=labels)


CASE = UseCase(
    id="fourallportal__approved_assets",
    reads=(Asset, Product),
    gains=(HistoryRow,),
    recalled=recalled,
    decide=decide,
    reads_all=True,  # rights of photos end and embargoes are over without an edit, and a photo is on all titles of its author
    backfill="latest",
    writes=("upsertExternalAsset",),
    systems=("fourallportal",),
)
