"""FP-8, a product with its links: which files it links at the portal, which it may, and what is wrong with those that it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.domain.finding import Finding
from colophon.domain.product import FormKind
from colophon.onix.forms import edition_of_form
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import fault
from colophon.systems.fourallportal.usable import ApprovedAssets, in_locale, why_not
from colophon.systems.fourallportal.values import read_text, read_value

Files = tuple[str, ...]
"""Ids of linked files."""


class FileShelf(NamedTuple):
    """All files of the portal by id (None: it cannot be read), and those that may be used."""

    files: Mapping[str, Asset | None]
    usable: ApprovedAssets


@dataclass(frozen=True, slots=True)
class LinkedProduct:
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


def kind_of(name: str, mapping: PortalMapping) -> str:
    """The kind of file of a link: a link to several is named in the plural, `samples` of the kind `sample`."""
    return name if name in mapping.asset_kinds else name.removesuffix("s")
