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
from colophon.domain.product import FormKind
from colophon.errors import BadConfigError, BadRecordError
from colophon.ledger import Intent, LatestDelivery
from colophon.onix.forms import edition_of_form
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.availability import isbn_of
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import asking
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import DESTINATION, fault
from colophon.systems.fourallportal.usable import ApprovedAssets, in_locale, why_not
from colophon.systems.fourallportal.values import read_text, read_value

Files = tuple[str, ...]
"""Ids of linked files."""


class FileShelf(NamedTuple):
    """All files of the portal by id (None: it cannot be read), and those that may be used."""

    files: Mapping[str, Asset | None]
    usable: ApprovedAssets


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Links to fill, and those that are wrong.

    :raises BadConfigError: portal_links.yaml names a kind that the mapping does not have.
    """
    plan, (mapping,), (shelf,) = (
        Plan(judged={DESTINATION: []}, settled={DESTINATION: []}),
        facts.records(PortalMapping),
        facts.records(FileShelf),
    )
    _check(context, mapping)
    products = facts.records(PortalObject)
    history = context.history(DESTINATION, [f"portal:{obj.id}" for obj in products])
    for obj in products:
        subject, isbn = f"portal:{obj.id}", isbn_of(obj, mapping)
        plan.judged[DESTINATION].append(subject)
        plan.names[subject] = f"isbn:{isbn}" if isbn else subject
        product = _Linked(obj, isbn, plan.names[subject], mapping, shelf, context)
        try:
            ours = _linked_by_us(history.get(subject), context)
            wanted = product.wanted(ours) if isbn and product.edition else {}
            findings = list(product.faults(wanted)) if isbn and product.edition else []
        except BadRecordError as problem:
            wanted, findings = {}, [product.fault("PORTAL-ENTRY", "link", problem.sentence, "an entry with a value")]
        plan.findings += findings
        plan.intents += [_intent(product, {**ours, **wanted})] if wanted else []
        plan.settled[DESTINATION] += [] if wanted or findings else [subject]
    return plan


def kind_of(name: str, mapping: PortalMapping) -> str:
    """The kind of file of a link: a link to several is named in the plural, `samples` of the kind `sample`."""
    return name if name in mapping.asset_kinds else name.removesuffix("s")


@dataclass(frozen=True, slots=True)
class _Linked:
    """A product of the portal, what it links and what it may."""

    obj: PortalObject
    isbn: str
    name: str
    mapping: PortalMapping
    shelf: FileShelf
    context: DecisionContext

    @property
    def edition(self) -> FormKind | None:
        """Which format it is. Raises BadRecordError, as all that reads it."""
        return edition_of_form(self._said("form"))

    def wanted(self, ours: Mapping[str, Files]) -> dict[str, Files]:
        """Links that are empty or ours, and not as they are to be; empty where ours may no longer be used. :param ours: what we linked, by link."""
        found = dict[str, Files]()
        for link in filter(self._is_its_own, self.mapping.links):
            linked, right = self._links(link), tuple(asset.id for asset in self._right(kind_of(link, self.mapping)))
            right = right if self.mapping.links[link].list else right[:1]
            if right != linked and linked in ((), ours.get(link)) and (right or all(map(self._may_not, linked))):
                found[link] = right
        return found

    def faults(self, wanted: Mapping[str, Files]) -> Iterator[Finding]:
        """What is missing, and what somebody linked wrongly."""
        for link in self.mapping.links:
            kind = kind_of(link, self.mapping)
            if kind in self._needs and not wanted.get(link, self._links(link)):
                yield self.fault("PORTAL-LINK", link, "nothing", self._proposal(kind))
            for file_id in self._links(link) if link not in wanted else ():
                yield from self._wrong(link, kind if self._is_its_own(link) else "", file_id)

    def fault(self, rule: str, link: str, found: str, expected: str) -> Finding:
        """The exception that it breaks a rule."""
        return fault(rule, self.name, link, found, expected, self.context.config.owners)

    @property
    def _needs(self) -> tuple[str, ...]:
        return self.context.config.portal_links.needs.get(self.edition or "", ())

    def _is_its_own(self, link: str) -> bool:
        """Whether its format has such a link: the kind is not another format's alone."""
        kind = kind_of(link, self.mapping)
        return kind in self._needs or kind not in self.context.config.portal_links.form_of

    def _wrong(self, link: str, kind: str, file_id: str) -> Iterator[Finding]:
        """What is wrong with one linked file. `kind`: what it has to be; empty: the format has no such link."""
        proposal, file = self._proposal(kind or next(iter(self._needs), "")), self.shelf.files.get(file_id)
        if file is None:
            is_there = file_id in self.shelf.files
            words = "cannot be read" if is_there else "is not there"
            yield self.fault("PORTAL-ENTRY" if is_there else "PORTAL-LINK-GONE", link, f"file {file_id} {words}", proposal)
            return
        told = f"{file.name or file.id} ({file.kind or 'of no kind'})"
        if not kind or file.kind != kind:
            yield self.fault("PORTAL-LINK", link, told, proposal)
        elif kind not in self.context.config.portal_links.shared and set(file.isbns) != {self.isbn}:
            yield self.fault("PORTAL-LINK-ISBN", link, f"{told} of {', '.join(sorted(file.isbns)) or 'no ISBN'}", proposal)
        elif reason := why_not(file, self.mapping, self.context.as_of):
            yield self.fault("PORTAL-LINK", link, f"{told}, {reason}", proposal)

    def _right(self, kind: str) -> list[Asset]:
        """Its files of a kind that may be linked, the best first."""
        config = self.context.config
        locale = config.portal_locales.of(self._said("language") or config.publisher.default_language)
        return in_locale(self.shelf.usable.approved.get((self.isbn, kind), []), locale)

    def _may_not(self, file_id: str) -> bool:
        """Whether a file is there and may not be used."""
        file = self.shelf.files.get(file_id)
        return file is not None and bool(why_not(file, self.mapping, self.context.as_of))

    def _proposal(self, kind: str) -> str:
        """The newest file that may be linked, for people."""
        best = next(iter(self._right(kind)), None)
        none = f"an approved {kind or 'file'} of {self.isbn}; there is none"
        return f"{kind} {best.name or ''} version {best.version} ({best.id})" if best else none

    def _links(self, link: str) -> Files:
        value = read_value(self.obj, self.mapping.links[link].field)
        return (value,) if isinstance(value, str) else value or ()

    def _said(self, name: str) -> str:
        """What it says in a field of ours; empty where the portal has none."""
        return read_text(self.obj, self.mapping.product.fields[name].field) if name in self.mapping.product.fields else ""


def _linked_by_us(last: LatestDelivery | None, context: DecisionContext) -> dict[str, Files]:
    taken = last.taken if last else None
    body = context.content(taken.content_hash) if taken else None
    links = json.loads(body)["links"] if body else {}
    return {name: (value,) if isinstance(value, str) else tuple(value or ()) for name, value in links.items()}


def _intent(product: _Linked, links: Mapping[str, Files]) -> Intent:
    """Links that differ, beside those that we made before: what is ours stays known."""
    known, as_of = product.mapping.links, product.context.as_of
    told = {name: ids if known[name].list else next(iter(ids), None) for name, ids in links.items() if name in known}
    order = {"kind": "product", "isbn": product.isbn, "object": product.obj.id, "facts": {}, "links": told}
    seen = f"{as_of:%Y-%m-%d}/{product.obj.mod_time}"
    return asking(CASE.id, f"portal:{product.obj.id}", order, as_of, labels={"isbn": product.isbn}, occurrence=seen)


def _check(context: DecisionContext, mapping: PortalMapping) -> None:
    rules = context.config.portal_links
    for kind in (*rules.form_of, *rules.shared):
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
