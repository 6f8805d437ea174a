"""Which approved assets of the portal's library belong to which title: one place for each, taken by the newest that may be used.

An asset belongs where it says itself, by one ISBN of ours or by the contributor whom a photo shows. What it does not say is an
exception with a proposal, and never guessed.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.write_back import short
from colophon.config.portal_assets import ApprovedAssets
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding, Severity
from colophon.domain.identifiers import is_isbn13, is_isni
from colophon.domain.nearest import near_to
from colophon.domain.product import Product
from colophon.errors import BadConfigError, BadRecordError
from colophon.onix.forms import edition_of
from colophon.systems.fourallportal.approvals import CHANGED, OTHERS, WAITS
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.usable import OTHER_NAME, newest_first, why_not


class Rule(NamedTuple):
    """What a rule says, what to do where it is broken, and who does."""

    says: str
    remedy: str
    owner: str = "metadata_specialist"


RULES = {
    "ASSET-TITLE": Rule("An approved asset names one title of ours, and its file name no other", "Correct the ISBN of the file in the portal."),
    "ASSET-PERSON": Rule("A photo names a contributor of ours by ISNI or contact id", "Enter the ISNI or contact id of the file in the portal."),
    "ASSET-RIGHTS": Rule("A photo says whom to credit and until when, and everybody shown consents", "Complete the file in the portal, or replace it."),
    "ASSET-BYTES": Rule("The bytes of an asset are those that were approved", "Approve the file anew, as a new version or on a new day.", "designer"),
    "ASSET-CONTENT": Rule("A file is what its kind has to be: form, size, colours, and its own ISBN inside", "Bring a file that fits into the portal; asset_checks.yaml says what that is.", "designer"),
    "ASSET-STATUS": Rule("Every approval status is one that mapping.yaml names", "Name it there as approved or withdrawn; until then it is not approved.", "operations"),
    "ASSET-KIND": Rule("Every kind of approved file is one that mapping.yaml names", "Name it under asset_kinds there; until then its files count for nothing.", "operations"),
    "ASSET-UNREADABLE": Rule("Every field of a file has a value", "Give the field a value in the portal, or take the empty entry away; until then the file counts for nothing."),
    "ASSET-NOBODY": Rule("Somebody confirms the assets of a launch", "Name somebody in that role in the title's team, or under assignees of notices.yaml; the to-dos are given to them by themselves.", "operations"),
    "PACKAGE-PART": Rule("A title whose production is complete has every part of its package", "Bring the part into the portal and have it approved; the package is then released by itself.", "production_manager"),
    "PACKAGE-BY-HAND": Rule("A package is as it was released, and one that was withdrawn stays so", "It was put right; replace the part's file and have it approved, or change the title.", "production_manager"),
}  # fmt: skip
_ISNI_SPACING = re.compile(r"[\s-]")
_VERSION_IN_NAME = re.compile(r"[-_. ]*v?\d+(\.\d+)*$", re.IGNORECASE)
_MOST_PROPOSED = 3


class Place(NamedTuple):
    """Where an asset belongs: a title, a kind, a locale, and what tells several apart."""

    isbn: str
    kind: str
    locale: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        """How the ledger calls it."""
        return "/".join(filter(None, (f"isbn:{self.isbn}", self.kind, self.locale, self.name)))


@dataclass(slots=True)
class Shelf:
    """The asset of each place, and what is wrong with others.

    `unread` are ISBNs whose products cannot be read, `waiting` those of assets whose bytes are read in a later run.
    """

    assets: dict[Place, Asset] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unread: frozenset[str] = frozenset()
    waiting: set[str] = field(default_factory=set)


def shelf_of(facts: Facts, context: DecisionContext, kinds: Iterable[str], blocks: str, *, told: Collection[str] = ()) -> Shelf:
    """The approved assets of some kinds, and what keeps others from being one.

    :param told: kinds of which another use case says what is wrong; with some, also of statuses and of kinds that nobody named.
    :raises BadConfigError: a kind that mapping.yaml does not name. :raises BadRecordError: there are assets, and no product at all was read.
    """
    (mapping,) = facts.records(PortalMapping)
    wanted, assets = frozenset(kinds), facts.records(Asset)
    if unknown := sorted({*wanted, *context.config.asset_checks.kinds} - mapping.asset_kinds.keys()):
        raise BadConfigError(f"asset_kinds of mapping.yaml has no {unknown[0]}{near_to(unknown[0], mapping.asset_kinds)}")
    if assets and not facts.count(Product):
        remedy = "See why Consonance told none; nothing was withdrawn."
        raise BadRecordError("no product was read", system="consonance", remedy=remedy)
    state, rules = facts.of(Product), context.config.approved_assets
    unread = frozenset(each.subject.removeprefix("isbn:") for each in state.unreadable) if isinstance(state, Known) else frozenset[str]()
    shelf, catalogue = Shelf(unread=unread), _Catalogue(facts.records(Product), unread)
    candidates = defaultdict[Place, list[Asset]](list)
    for asset in assets:
        if asset.kind in wanted and asset.status in mapping.approval.approved:
            found = catalogue.shown_on(asset) if asset.kind in rules.photos else catalogue.title_of(asset)
            if isinstance(found, Finding):
                shelf.findings += [] if asset.kind in told else [found]
            else:
                for isbn, name in found:
                    candidates[Place(isbn, asset.kind, asset.locale, name or _told_apart(asset, rules))].append(asset)
    for place, others in candidates.items():
        for asset in newest_first(others):
            lacks = _lacks(asset, rules) if asset.kind in rules.photos else ""
            reason = lacks or why_not(asset, mapping, context.as_of)
            if not reason:
                shelf.assets[place] = asset
                shelf.findings += [_remark(asset)] if asset.remarks and asset.kind not in told else []
                break
            shelf.waiting.update({place.isbn} if reason == WAITS else ())
            shelf.findings += [] if asset.kind in told else _doubts(asset, reason, is_lacking=bool(lacks))
    shelf.findings += [] if told else _unnamed(assets, mapping)
    unique = {(finding.subject, finding.rule, finding.field): finding for finding in shelf.findings}
    shelf.findings = [finding.model_copy(update={"blocks": blocks}) for finding in unique.values()]
    return shelf


def broken(rule: str, subject: str, name: str, found: str, expected: str, *, owner: str = "", blocks: str = "") -> Finding:
    """That a rule is broken; `owner`: another than the rule's."""
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=name, found=found[:200], expected=expected[:300],
        remedy=RULES[rule].remedy, owner=owner or RULES[rule].owner, blocks=blocks,
    )  # fmt: skip


def _unnamed(assets: Sequence[Asset], mapping: PortalMapping) -> Iterator[Finding]:
    """Words of the portal that nobody has named, each once however many files have it."""
    known = {*mapping.approval.approved, *mapping.approval.withdrawn, ""}
    for status in sorted({asset.status for asset in assets if asset.kind} - known):
        yield broken("ASSET-STATUS", f"status:{short(status)}", "status", status, "a status of mapping.yaml")
    for kind in sorted({asset.unnamed_kind for asset in assets if asset.status in mapping.approval.approved} - {""}):
        expected = f"a kind of mapping.yaml{near_to(kind, mapping.asset_kinds.values())}"
        yield broken("ASSET-KIND", f"kind:{short(kind)}", "asset_type", kind, expected)


class _Catalogue:
    """Our titles, by ISBN and by contributor."""

    def __init__(self, products: Sequence[Product], unread: frozenset[str]) -> None:
        self.products = {product.isbn13: product for product in products if product.isbn13}
        self.unread = unread
        self.by_contact, self.by_isni, self.by_name = (defaultdict[str, set[str]](set) for _ in range(3))
        for isbn, product in self.products.items():
            for contributor in product.contributors:
                contact = str(contributor.contact_id)
                self.by_contact[contact].add(isbn)
                self.by_name[contributor.name.casefold()].add(contact)
                if contributor.isni:
                    self.by_isni[contributor.isni].add(contact)

    def title_of(self, asset: Asset) -> list[tuple[str, str]] | Finding:
        """The title that it names. A title that cannot be read is that title's exception, and none of the asset's."""
        isbns, named = asset.isbns, asset.name_isbns
        if len(isbns) == 1 and isbns[0] in self.unread:
            return []
        if len(isbns) == 1 and isbns[0] in self.products and (not named or isbns[0] in named):
            return [(isbns[0], "")]
        found = f"{len(isbns)} ISBNs" if len(isbns) > 1 else "no ISBN" if not isbns else isbns[0] if isbns[0].isdecimal() else "a text"
        if len(isbns) == 1:
            found += " and another one in the file name" if isbns[0] in self.products else self._why_none(isbns[0])
        proposals = [isbn for isbn in self._proposals(asset) if isbn in self.products][:_MOST_PROPOSED]
        expected = f"one ISBN of ours; perhaps {' or '.join(proposals)}" if proposals else "one ISBN of ours"
        return broken("ASSET-TITLE", f"asset:{asset.id}", "isbn", found, expected)

    def shown_on(self, asset: Asset) -> list[tuple[str, str]] | Finding:
        """The titles to which everybody shown has contributed; of one that names ISBNs, the formats of their works alone."""
        contacts = [self._contact(_ISNI_SPACING.sub("", author).upper()) for author in asset.author]
        if not contacts or None in contacts:
            guesses = [self.by_name.get(author.casefold(), set()) for author in asset.author]
            guesses += [
                {str(each.contact_id) for each in self.products[isbn].contributors} for isbn in asset.isbns if isbn in self.products
            ]
            proposals = sorted({contact for guess in guesses for contact in guess})[:_MOST_PROPOSED]
            expected = "the ISNI or contact id of each contributor shown" + (
                f"; perhaps contact {' or '.join(proposals)}" * bool(proposals)
            )
            return broken("ASSET-PERSON", f"asset:{asset.id}", "author", f"{contacts.count(None) or 'nobody'} not known", expected)
        known = sorted({contact for contact in contacts if contact})
        isbns = set[str].intersection(*(self.by_contact[contact] for contact in known))
        if asset.isbns:
            works = {self.products[isbn].work_id for isbn in asset.isbns if isbn in self.products}
            isbns = {isbn for isbn in isbns if self.products[isbn].work_id in works}
            if not isbns and not self.unread.intersection(asset.isbns):
                found = f"{', '.join(asset.isbns)}, of nobody shown"
                return broken("ASSET-TITLE", f"asset:{asset.id}", "isbn", found, "a title of whoever is shown, or no ISBN")
        return [(isbn, "-".join(known)) for isbn in sorted(isbns)]

    def _contact(self, author: str) -> str | None:
        found = self.by_isni.get(author, set()) if is_isni(author) else {author} & self.by_contact.keys()
        return next(iter(found)) if len(found) == 1 else None

    def _why_none(self, isbn: str) -> str:
        return ", which is not ours" if is_isbn13(isbn) else ", which is no ISBN"

    def _proposals(self, asset: Asset) -> Iterator[str]:
        """What the file name says, those of several whose format the kind fits, and what is one slip away."""
        yield from asset.name_isbns
        fitting = {"ebook_cover": "ebook", "epub": "ebook", "audio_artwork": "audio", "cover": "print", "interior_pdf": "print"}.get(
            asset.kind
        )
        if len(asset.isbns) > 1:
            yield from (i for i in asset.isbns if i in self.products and (fitting is None or edition_of(self.products[i]) == fitting))
        for isbn in set(asset.isbns) - self.products.keys() if len(asset.isbns) == 1 else ():
            yield from get_close_matches(isbn, self.products, n=1, cutoff=0.9)


def _told_apart(asset: Asset, rules: ApprovedAssets) -> str:
    """What tells an asset from others of its kind and title: its file name, without version."""
    return short(_VERSION_IN_NAME.sub("", asset.name.rpartition(".")[0]).casefold())[:12] if asset.kind in rules.several else ""


def _lacks(asset: Asset, rules: ApprovedAssets) -> str:
    """What a photo has to say and does not; who consents is told by no name."""
    values = {"credit": bool(asset.credit.strip()), "rights_until": bool(asset.rights_until), "release": bool(asset.release)}
    if missing := [need for need in rules.photo_needs if not values[need]]:
        return f"it lacks {', '.join(missing)}"
    if "release" not in rules.photo_needs:
        return ""
    consents = [word for word in asset.release if word == rules.granted]
    is_given = len(consents) == len(asset.release) and len(consents) >= len(set(asset.author))
    return "" if is_given else "not everybody shown consents"


def _remark(asset: Asset) -> Finding:
    """It is used all the same."""
    finding = broken("ASSET-CONTENT", f"asset:{asset.id}", "content", asset.remarks, f"what asset_checks.yaml says of {asset.kind}")
    return finding.model_copy(update={"severity": Severity.WARNING})


def _doubts(asset: Asset, reason: str, *, is_lacking: bool) -> Iterator[Finding]:
    """What somebody has to mend; an embargo is over by itself, and bytes are read in a later run."""
    if asset.doubt in {CHANGED, OTHERS} and reason == asset.doubt:
        yield broken("ASSET-BYTES", f"asset:{asset.id}", "sha256", reason, "the bytes that were approved")
    elif reason == OTHER_NAME:
        yield broken("ASSET-TITLE", f"asset:{asset.id}", "name", reason, "a file name without ISBN, or with the file's own")
    elif reason == asset.doubt != WAITS:
        yield broken("ASSET-CONTENT", f"asset:{asset.id}", "content", reason, f"what asset_checks.yaml says of {asset.kind}")
    elif is_lacking or "rights" in reason:
        yield broken("ASSET-RIGHTS", f"asset:{asset.id}", "rights", reason, "a credit, a day until which it may be used, and consent")
