"""FP-8, links of formats: each format has its own files, approved and of its own ISBN.

An empty link is filled with the newest approved file of the product in its locale, and follows it as long as nobody else chose another one: also
to nothing, when that may no longer be used. What somebody linked wrongly is an exception with the file that would be right: a person decides.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.config.nearest import nearest
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.errors import BadConfigError, BadRecordError
from colophon.ledger import Intent, LatestDelivery
from colophon.onix.forms import edition_of
from colophon.systems.fourallportal.assets import ApprovedAssets, Asset, in_locale, why_not
from colophon.systems.fourallportal.availability import isbn_of
from colophon.systems.fourallportal.mapping import Link, PortalMapping
from colophon.systems.fourallportal.orders import asking
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import DESTINATION, fault
from colophon.systems.fourallportal.values import read_text, read_value


@dataclass(frozen=True, slots=True)
class FileShelf:
    """All files of the portal by id (None: it cannot be read), and those that are approved. `links`: how many products link a file."""

    files: Mapping[str, Asset | None]
    shelf: ApprovedAssets
    links: Mapping[str, int]


class _Linked(NamedTuple):
    """A product of the portal with what may be linked; `ours`: what we linked last and the portal took, by link."""

    obj: PortalObject
    isbn: str
    edition: str
    locale: str
    ours: Mapping[str, tuple[str, ...]]
    files: FileShelf

    def right(self, kind: str) -> list[Asset]:
        """Files of a kind that may be linked, the best first."""
        return in_locale(self.files.shelf.approved.get((self.isbn, kind), []), self.locale)


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Links to fill, and those that are wrong.

    :raises BadConfigError: portal_links.yaml names a kind that the mapping does not have.
    """
    plan, (mapping,), (files,) = (
        Plan(judged={DESTINATION: []}, settled={DESTINATION: []}),
        facts.records(PortalMapping),
        facts.records(FileShelf),
    )
    _check(context, mapping)
    products = facts.records(PortalObject)
    history = context.history(DESTINATION, [f"portal:{obj.id}" for obj in products])
    for obj in products:
        subject, before = f"portal:{obj.id}", (len(plan.findings), len(plan.intents))
        isbn = isbn_of(obj, mapping)
        plan.judged[DESTINATION].append(subject)
        plan.names[subject] = f"isbn:{isbn}" if isbn else subject
        try:
            edition = edition_of(_said(obj, "form", mapping))
            if isbn and edition:
                locale = context.config.portal_locales.of(_said(obj, "language", mapping) or context.config.publisher.default_language)
                product = _Linked(obj, isbn, edition, locale, _linked_by_us(history.get(subject), context), files)
                _decide(product, mapping, context, plan, plan.names[subject])
        except BadRecordError as problem:
            plan.findings.append(
                fault("PORTAL-ENTRY", plan.names[subject], "link", problem.sentence, "an entry with a value", context.config.owners)
            )
        if before == (len(plan.findings), len(plan.intents)):
            plan.settled[DESTINATION].append(subject)
    return plan


def kind_of(name: str, mapping: PortalMapping) -> str:
    """The kind of file of a link: a link to several is named in the plural, `samples` of the kind `sample`."""
    return name if name in mapping.asset_kinds else name.removesuffix("s")


def _decide(product: _Linked, mapping: PortalMapping, context: DecisionContext, plan: Plan, name: str) -> None:
    rules = context.config.portal_links
    needs, of_others = rules.needs.get(product.edition, ()), set(rules.form_of)
    wanted = dict[str, tuple[str, ...]]()
    for link_name, link in mapping.links.items():
        kind, linked = kind_of(link_name, mapping), _ids(product.obj, link)
        right = tuple(asset.id for asset in product.right(kind))[: None if link.list else 1]
        is_its_own = kind in needs or kind not in of_others
        is_ours = not linked or linked == product.ours.get(link_name)
        if is_its_own and is_ours and right != linked and (right or all(_may_not(product, file, mapping, context) for file in linked)):
            wanted[link_name] = linked = right
        if is_its_own and not linked and kind in needs:
            plan.findings.append(fault("PORTAL-LINK", name, link_name, "nothing", _proposal(product, kind), context.config.owners))
        for file_id in linked if link_name not in wanted else ():
            plan.findings += _faults(product, name, link_name, kind if is_its_own else "", file_id, mapping, context)
    if wanted:
        plan.intents.append(_intent(product, {**product.ours, **wanted}, mapping, context))


def _may_not(product: _Linked, file_id: str, mapping: PortalMapping, context: DecisionContext) -> bool:
    """Whether a file is there and may not be used."""
    file = product.files.files.get(file_id)
    return file is not None and bool(why_not(file, mapping, context.as_of))


def _faults(
    product: _Linked, name: str, link: str, kind: str, file_id: str, mapping: PortalMapping, context: DecisionContext
) -> Iterator[Finding]:
    """What is wrong with one linked file. `kind`: what it has to be; empty: the format has no such link."""
    owners, rules = context.config.owners, context.config.portal_links
    proposal = _proposal(product, kind or next(iter(rules.needs.get(product.edition, ())), ""))
    if file_id not in product.files.files:
        yield fault("PORTAL-LINK-GONE", name, link, f"file {file_id}, which is not there", proposal, owners)
        return
    file = product.files.files[file_id]
    if file is None:
        yield fault("PORTAL-ENTRY", name, link, f"file {file_id} cannot be read", proposal, owners)
        return
    told, isbns = f"{file.name or file.id} ({file.kind or 'of no kind'})", set(file.isbns)
    if not kind or file.kind != kind:
        yield fault("PORTAL-LINK", name, link, told, proposal, owners)
    elif kind not in rules.shared and isbns != {product.isbn}:
        found = f"{told} of {', '.join(sorted(isbns)) or 'no ISBN'}"
        rule = "PORTAL-LINK-ISBN" if isbns or product.files.links.get(file_id, 0) < 2 else "PORTAL-LINK"
        yield fault(rule, name, link, found, proposal, owners)
    elif reason := why_not(file, mapping, context.as_of):
        yield fault("PORTAL-LINK", name, link, f"{told}, {reason}", proposal, owners)


def _proposal(product: _Linked, kind: str) -> str:
    """The newest approved file of the product, for people."""
    best = next(iter(product.right(kind)), None)
    none = f"an approved {kind or 'file'} of {product.isbn}; there is none"
    return f"{kind} {best.name or ''} version {best.version} ({best.id})" if best else none


def _said(obj: PortalObject, name: str, mapping: PortalMapping) -> str:
    """What an object says in a field of ours; empty where the portal has none."""
    return read_text(obj, mapping.product.fields[name].field) if name in mapping.product.fields else ""


def _ids(obj: PortalObject, link: Link) -> tuple[str, ...]:
    value = read_value(obj, link.field)
    return (value,) if isinstance(value, str) else value or ()


def _linked_by_us(last: LatestDelivery | None, context: DecisionContext) -> dict[str, tuple[str, ...]]:
    taken = last.taken if last else None
    body = context.content(taken.content_hash) if taken else None
    links = json.loads(body)["links"] if body else {}
    return {name: (value,) if isinstance(value, str) else tuple(value or ()) for name, value in links.items()}


def _intent(product: _Linked, links: Mapping[str, tuple[str, ...]], mapping: PortalMapping, context: DecisionContext) -> Intent:
    """Links that differ, beside those that we made before: what is ours stays known."""
    told = {name: ids if mapping.links[name].list else next(iter(ids), None) for name, ids in links.items() if name in mapping.links}
    order = {"kind": "product", "isbn": product.isbn, "object": product.obj.id, "facts": {}, "links": told}
    seen = f"{context.as_of:%Y-%m-%d}/{product.obj.mod_time}"
    return asking(CASE.id, f"portal:{product.obj.id}", order, context.as_of, labels={"isbn": product.isbn}, occurrence=seen)


def _check(context: DecisionContext, mapping: PortalMapping) -> None:
    rules = context.config.portal_links
    for kind in (*(kind for kinds in rules.needs.values() for kind in kinds), *rules.shared):
        if kind not in mapping.asset_kinds:
            raise BadConfigError(f"portal_links.yaml: {nearest(kind, mapping.asset_kinds, 'kind of file')}")
    if "form" not in mapping.product.fields:
        raise BadConfigError("mapping.yaml: product.fields has no form, by which formats are known", system="fourallportal")


CASE = UseCase(
    id="fourallportal__format_links",
    reads=(PortalObject,),
    gains=(FileShelf,),
    decide=decide,
    backfill="latest",
    systems=("fourallportal",),
)
