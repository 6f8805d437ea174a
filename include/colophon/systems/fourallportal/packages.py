"""Packages: first everything that belongs to one, then, only if nothing is missing, its release (contract section 5).

Documents are uploaded before the package names them. Until then nothing refers to them, and a package that is released keeps what it had.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import PackageRules
from colophon.systems.fourallportal.orders import PackageOrder
from colophon.systems.fourallportal.records import PortalObject, Uploaded, Upsert, Wanted, Written
from colophon.systems.fourallportal.values import fv, read_isbn, read_text, read_value


class Package(NamedTuple):
    """What was written. `missing`: kinds of asset without which it is not released."""

    written: Written
    released: bool
    missing: tuple[str, ...] = ()


class PackageShown(NamedTuple):
    """A package as it stands at the portal: its key (ours), its state, its files by id and by name. What cannot be read says nothing."""

    key: str
    state: str = ""
    files: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    mod_time: str = ""

    def is_as(self, order: PackageOrder, rules: PackageRules) -> bool:
        """Whether it is as it was delivered."""
        if not order.release:
            return self.state != rules.released
        documents = {document.name for document in order.documents.values()}
        is_whole = (
            {*order.files.values()} <= self.files and documents <= self.names and len(self.files) == len(order.files) + len(documents)
        )
        return self.state == rules.released and is_whole


def packages_shown(objects: Iterable[PortalObject], names: Mapping[str, str], mapping: PortalMapping) -> Iterator[PackageShown]:
    """Packages of the portal. :param names: of its files, by id."""
    _, rules = package_rules(mapping)
    for obj in objects:
        with suppress(BadRecordError):
            key = read_isbn(obj, rules.key)
            try:
                value = read_value(obj, rules.file_links)
                files = frozenset((value,) if isinstance(value, str) else value or ())
                yield PackageShown(key, read_text(obj, rules.state), files, frozenset(filter(None, map(names.get, files))), obj.mod_time)
            except BadRecordError:
                yield PackageShown(key, mod_time=obj.mod_time)


def package_rules(mapping: PortalMapping) -> tuple[str, PackageRules]:
    """The portal's module of packages, and the mapping's rules. Raises BadConfigError where it has none."""
    if mapping.package is None or "package" not in mapping.modules:
        raise BadConfigError("mapping.yaml says nothing on packages", system="fourallportal", subject="package")
    return mapping.modules["package"], mapping.package


def upload_documents(order: PackageOrder, mapping: PortalMapping, upload: Callable[[str, BinaryIO, str], Uploaded]) -> dict[str, str]:
    """Bring a package's documents to the portal; ids by kind. One that is there already is not brought again. Errors as `upload`."""
    _, rules = package_rules(mapping)
    found = {}
    for kind, document in sorted(order.documents.items()):
        body = document.text.encode()
        found[kind] = upload(document_path(rules, order.isbn, document.name), io.BytesIO(body), hashlib.sha256(body).hexdigest()).id
    return found


def document_path(rules: PackageRules, isbn: str, name: str) -> str:
    """Where a document lies on the mounted folder."""
    return f"{rules.folder}/{isbn}/{name}"


def withdrawal(package_id: str, rules: PackageRules) -> Wanted:
    """A package that must not be used any more: the word for it, or no state at all."""
    return Wanted(package_id, {rules.state: fv(rules.withdrawn)})


def write_package(
    upsert: Upsert,
    package_id: str,
    key: str,
    product_id: str,
    files: Mapping[str, str],
    editions: tuple[str, ...],
    mapping: PortalMapping,
) -> Package:
    """Write a package of approved files (id by kind) for editions (`print`, `ebook`, `audio`), and release it if it is complete.

    :raises BadRecordError: an edition that the mapping does not name.
    """
    module, rules = package_rules(mapping)
    if unknown := sorted(set(editions) - set(rules.required)):
        raise BadRecordError(f"mapping.yaml names no required kinds for {unknown[0]}", system="fourallportal", subject=key)
    missing = tuple(sorted({kind for edition, kinds in rules.required.items() if edition in editions for kind in kinds} - set(files)))
    content = {
        rules.key: fv(key),
        rules.product_link: fv(product_id),
        rules.file_links: fv(sorted(files.values()) or None),
    }
    if missing:
        # A package that was complete once must not stay released without what it lost.
        content[rules.state] = fv(None)
    [written] = upsert(module, [Wanted(package_id, content)])
    if missing or written.outcome != "confirmed":
        return Package(written, released=False, missing=missing)
    [release] = upsert(module, [Wanted(package_id, {rules.state: fv(rules.released)})])
    changed = tuple(sorted({*written.changed_fields, *release.changed_fields}))
    return Package(release._replace(changed_fields=changed), released=release.outcome == "confirmed")
