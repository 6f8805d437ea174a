"""FP-3, product packages: once production is complete, a format's final metadata, texts and approved files are one package at the portal.

A package is one delivery: its documents go before it names them, and it is released only when nothing is missing. A part that is missing is
an exception and the to-do of whoever has to bring it; what was released and is no longer right is withdrawn.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.config import Config
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import WAITING
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Todo
from colophon.launch.done import reached
from colophon.onix.forms import edition_of
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import PackageRules
from colophon.systems.fourallportal.orders import PackageOrder, asking
from colophon.systems.fourallportal.packages import PackageShown, package_rules
from colophon.systems.fourallportal.rules import DESTINATION as PORTAL
from colophon.systems.fourallportal.usable import in_locale, newest_first
from colophon.use_cases.fourallportal.library import Shelf, broken, shelf_of
from colophon.use_cases.fourallportal.package_documents import documents_of
from colophon.use_cases.fourallportal.portal_to_dos import Status, assignee, ended, to_do


class _Portal(NamedTuple):
    """What the portal shows, by key, and what its packages are."""

    packages: Mapping[str, PackageShown]
    rules: PackageRules


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """The package of each format of titles whose production is complete. Raises as `shelf_of`, and BadConfigError without packages in the mapping."""
    (mapping,) = facts.records(PortalMapping)
    _, rules = package_rules(mapping)
    portal = _Portal({package.key: package for package in facts.records(PackageShown)}, rules)
    kinds = {kind for required in rules.required.values() for kind in required}
    shelf = shelf_of(facts, context, kinds, PORTAL, told=context.config.approved_assets.kinds)
    plan = Plan(findings=shelf.findings, judged={PORTAL: [], CONSONANCE: []}, everything=frozenset({PORTAL, CONSONANCE}))
    stages, team = reached(facts.records(Todo), context.as_of.date()), facts.records(TeamMember, ())
    complete = {work_id for work_id, milestone in stages if milestone is context.config.product_packages.milestone}
    rows = {row.subject: row for row in facts.records(HistoryRow)}
    told, assets = set[str](), defaultdict[str, list[Asset]](list)
    for place, asset in shelf.assets.items():
        assets[place.isbn].append(asset)
    for product in facts.records(Product):
        if product.isbn13 is None or product.work_id not in complete or product.publishing_status in context.config.portal_titles.withdrawn:
            continue
        subject, edition = f"package:{product.isbn13}", edition_of(product)
        if edition not in rules.required:
            plan.judged[PORTAL].append(subject)
            plan.out_of_scope.setdefault(PORTAL, {})[subject] = "no package is for its format"
            continue
        files, needed = _parts(product, assets[product.isbn13], context.config), rules.required[edition]
        documents = documents_of(product, {kind: files[kind] for kind in needed if kind in files}, rules, context)
        if product.isbn13 in shelf.waiting and not all(kind in files for kind in needed):
            continue  # nobody knows yet whether a part is missing; what was released ends
        missing = [part for part in (*needed, *rules.documents) if part not in files and part not in documents]
        if not missing:
            order = {"editions": [edition], "files": {kind: files[kind].id for kind in needed}, "documents": documents}
            _keep(plan, product.isbn13, order, rows.get(subject), portal, context)
            told.add(subject)
        for part in missing:
            owner = context.config.product_packages.owners.get(part, context.config.product_packages.other_owner)
            plan.findings.append(_missing(product, part, owner))
            matter, due = f"{subject}/{part}", context.as_of.date() + timedelta(days=context.config.product_packages.days)
            what = f"Package of {product.title[:200]} ({product.isbn13}): {part.replace('_', ' ')} is missing"
            person = assignee(team, product, owner, context)
            plan.intents.append(to_do(CASE.id, matter, product, what, person, due, context.as_of, before=rows.get(matter)))
            plan.judged[CONSONANCE].append(matter)
            told.add(matter)
    for row in rows.values():
        if row.subject not in told:
            _ends(plan, row, shelf, portal, is_complete=row.subject.rpartition("/")[0] in told, context=context)
    return plan


def _parts(product: Product, assets: Iterable[Asset], config: Config) -> dict[str, Asset]:
    """The newest approved asset of each kind in the title's locale, else of those that are for every one."""
    locale = config.portal_locales.of(product.language or config.publisher.default_language)
    return {asset.kind: asset for asset in reversed(in_locale(newest_first(assets), locale))}


def _missing(product: Product, part: str, owner: TeamRole) -> Any:
    expected = f"an approved {part.replace('_', ' ')} in the portal" if part != "sales_text" else "a description that may be shown"
    return broken("PACKAGE-PART", f"package:{product.isbn13}/{part}", part, "missing", expected, owner=owner.value.lower(), blocks=PORTAL)


def _keep(plan: Plan, isbn: str, order: Mapping[str, Any], row: HistoryRow | None, portal: _Portal, context: DecisionContext) -> None:
    """A package is to be as an order says. Where it is not as it was confirmed, somebody has changed it in the portal."""
    subject, content = f"package:{isbn}", {**order, "kind": "package", "key": isbn, "isbn": isbn}
    package = asking(CASE.id, subject, content, context.as_of, labels={"isbn": isbn})
    plan.judged[PORTAL].append(subject)
    if row is not None and row.state == "confirmed":
        shown = portal.packages.get(isbn, PackageShown(isbn))
        told = PackageOrder.model_validate_json(context.content(row.content_hash) or b"{}")
        if shown.is_as(told, portal.rules):
            if row.content_hash == package.content_hash:
                plan.settled.setdefault(PORTAL, []).append(subject)
                return
        else:
            found = f"{shown.state or 'no state'}, {len(shown.files)} files"
            plan.findings.append(broken("PACKAGE-BY-HAND", subject, "package", found, "as it was delivered", blocks=PORTAL))
            package = replace(package, occurrence=f"{context.as_of:%Y-%m-%dT%H:%M:%SZ}/{shown.mod_time}")
    plan.intents.append(package)


def _ends(plan: Plan, row: HistoryRow, shelf: Shelf, portal: _Portal, *, is_complete: bool, context: DecisionContext) -> None:
    """What becomes of a package that is not right any more, and of a to-do that nobody has to do."""
    isbn = row.labels["isbn"]
    if row.destination == CONSONANCE:
        status: Status = "DONE" if is_complete else "CANCELLED"
        plan.judged[CONSONANCE].append(row.subject)
        to_do_ended = ended(CASE.id, row, None if isbn in shelf.unread else status, context)
        if to_do_ended is not None:
            plan.intents.append(to_do_ended)
        else:
            plan.settled.setdefault(CONSONANCE, []).append(row.subject)
        return
    content = context.content(row.content_hash)
    if content is None or (row.revision == 1 and row.state == WAITING and isbn not in shelf.unread):
        return
    order = json.loads(content)
    _keep(plan, isbn, order if isbn in shelf.unread else {**order, "documents": {}, "release": False}, row, portal, context)


CASE = UseCase(
    id="fourallportal__product_packages",
    reads=(Todo, Product, Asset),
    gains=(TeamMember, HistoryRow, PackageShown),
    recalls=lambda _config: (PORTAL, CONSONANCE),
    decide=decide,
    reads_all=True,  # a part is replaced, or its approval withdrawn, without an edit of the title
    backfill="latest",
    writes=("upsertTodo",),
    systems=("fourallportal",),
)
