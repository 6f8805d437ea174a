"""How the delivery engine talks to 4ALLPORTAL: ledger deliveries out as objects and files, read-backs in as verdicts."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import BadRecordError, NotFoundError, RefusedError
from colophon.systems.fourallportal.availability import Change, change_of, rules_of, write_availability
from colophon.systems.fourallportal.client import FourallportalClient
from colophon.systems.fourallportal.launches import file_state, readiness_of
from colophon.systems.fourallportal.operations import PATCH_OBJECTS
from colophon.systems.fourallportal.orders import (
    AvailabilityOrder,
    FileOrder,
    Order,
    PackageOrder,
    ProductOrder,
    ReadinessOrder,
    read_order,
    rights,
)
from colophon.systems.fourallportal.packages import package_rules, upload_documents, withdrawal, write_package
from colophon.systems.fourallportal.records import Wanted, Written
from colophon.systems.fourallportal.values import fv


class _Asked(NamedTuple):
    delivery_id: str
    order: AvailabilityOrder
    object_id: str


class PortalPort:
    """A `deliver.Port`. Class B: our ids make a repeat write the same, and what is so already is not written."""

    delivery_class = str(PATCH_OBJECTS.writes)

    def __init__(self, client: FourallportalClient, *, uploads: bool = False, settle_s: float = 0.0) -> None:
        """:param uploads: whether documents are among the deliveries."""
        self.client = client
        # A file may take two minutes to show: one at a time, so that a lease does not run out while many are uploaded.
        self.batch = 1 if uploads else client.settings.extra.patch_batch
        self.settle_s = settle_s
        self.longest_s = client.settings.api.budget_s
        self._adopted: set[str] = set()

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One verdict for each delivery. Products go together, and so does availability; everything else by itself."""
        verdicts: dict[str, Verdict] = {}
        products: list[tuple[str, Wanted]] = []
        availability: list[_Asked] = []
        for delivery in deliveries:
            try:
                order = read_order(delivery)
                if isinstance(order, ProductOrder):
                    products.append((delivery.id, self._product(order)))
                elif isinstance(order, ReadinessOrder):
                    products.append((delivery.id, readiness_of(order, self.client.mapping)))
                elif isinstance(order, AvailabilityOrder):
                    availability.append(_Asked(delivery.id, order, order.object or self._object_id("product", order.isbn)))
                else:
                    verdicts[delivery.id] = self._alone(delivery.id, order)
            except RefusedError as problem:
                verdicts[delivery.id] = _refused(delivery.id, problem)
        verdicts.update(self._write(products))
        verdicts.update(self._availability(availability))
        return [verdicts[delivery.id] for delivery in deliveries]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """`confirmed` where the portal says all that the delivery asks for; None where it does not, or holds nothing."""
        try:
            order = read_order(delivery)
            module, wanted = self._as_wanted(order)
        except RefusedError as problem:
            return _refused(delivery.id, problem)
        if wanted is None or self.client.writer.missing(module, wanted):
            return None
        return Verdict(delivery.id, "confirmed", wanted.id)

    def _write(self, products: list[tuple[str, Wanted]]) -> dict[str, Verdict]:
        """Rounds, so that two deliveries about one product do not meet in one call."""
        verdicts: dict[str, Verdict] = {}
        while products:
            first = {wanted.id: (delivery_id, wanted) for delivery_id, wanted in reversed(products)}
            taken = {delivery_id for delivery_id, _ in first.values()}
            products = [item for item in products if item[0] not in taken]
            written = self.client.upsert_objects(self._module("product"), [wanted for _, wanted in first.values()])
            verdicts.update({first[one.id][0]: _verdict(first[one.id][0], one) for one in written})
        return verdicts

    def _alone(self, delivery_id: str, order: FileOrder | PackageOrder) -> Verdict:
        if isinstance(order, FileOrder):
            self.client.get_object(self._module("file"), order.file, [])  # what is gone is not made anew
            [written] = self.client.upsert_objects(self._module("file"), [file_state(order, self.client.mapping)])
            return _verdict(delivery_id, written)
        return self._package(delivery_id, order)

    def _package(self, delivery_id: str, order: PackageOrder) -> Verdict:
        package_id = self._object_id("package", order.key)
        if not order.release:
            module, rules = package_rules(self.client.mapping)
            try:
                self.client.get_object(module, package_id, [])
            except NotFoundError:  # what is gone is used by nobody
                return Verdict(delivery_id, "confirmed", package_id)
            [written] = self.client.upsert_objects(module, [withdrawal(package_id, rules)])
            return _verdict(delivery_id, written)
        documents = upload_documents(order, self.client.mapping, self.client.upload)
        done = write_package(
            self.client.upsert_objects,
            package_id,
            order.key,
            self._object_id("product", order.isbn),
            {**order.files, **documents},
            order.editions,
            self.client.mapping,
        )
        if done.missing and done.written.outcome in {"confirmed", "sent"}:
            return Verdict(
                delivery_id, "refused", done.written.id, "package_incomplete", f"not released; missing: {', '.join(done.missing)}"
            )
        return _verdict(delivery_id, done.written)

    def _availability(self, asked: list[_Asked]) -> dict[str, Verdict]:
        """Rounds, as `_write`."""
        verdicts: dict[str, Verdict] = {}
        while asked:
            now = {one.object_id: one for one in reversed(asked)}
            asked = [one for one in asked if now[one.object_id] is not one]
            found = zip(now.values(), self.client.writer.at_once(self._change, list(now.values())), strict=True)
            changes: dict[str, Change] = {}
            for one, change in found:
                if isinstance(change, Change):
                    changes[one.delivery_id] = change
                else:
                    verdicts[one.delivery_id] = change
            written = write_availability(self.client.upsert_objects, list(changes.values()), self.client.mapping)
            verdicts.update({i: _with_drift(_verdict(i, one.written), one.drift) for i, one in zip(changes, written, strict=True)})
        return verdicts

    def _change(self, asked: _Asked) -> Change | Verdict:
        """What a product's availability shall become; a verdict where it cannot be read."""
        mapping, order, there = self.client.mapping, asked.order, None
        try:
            with suppress(*(() if order.object else (NotFoundError,))):  # what was seen and is gone is not made anew
                there = self.client.get_object(self._module("product"), asked.object_id, [rules_of(mapping).field])
            before = rights(order.before) if order.before else None
            return change_of(there, asked.object_id, rights(order.cells), mapping, before=before)
        except RefusedError as problem:
            return _refused(asked.delivery_id, problem)

    def _as_wanted(self, order: Order) -> tuple[str, Wanted | None]:
        """The object that an order ends in, and how it then is."""
        mapping = self.client.mapping
        if isinstance(order, ProductOrder):
            return self._module("product"), self._product(order)
        if isinstance(order, FileOrder):
            return self._module("file"), file_state(order, mapping)
        if isinstance(order, ReadinessOrder):
            return self._module("product"), readiness_of(order, mapping)
        if isinstance(order, PackageOrder):
            return self._package_wanted(order)
        rules = rules_of(mapping)
        cells = [
            fv(rules.open if right else rules.closed, **mapping.wire_dimensions(dict(zip(rules.dimensions, cell, strict=True))))[0]
            for cell, right in rights(order.cells).items()
        ]
        return self._module("product"), Wanted(order.object or self._object_id("product", order.isbn), {rules.field: cells})

    def _package_wanted(self, order: PackageOrder) -> tuple[str, Wanted | None]:
        """A released package, or one that must not be used; None where one of its documents is not there yet."""
        module, rules = package_rules(self.client.mapping)
        package_id, files = self._object_id("package", order.key), dict(order.files)
        if not order.release:
            return module, withdrawal(package_id, rules)
        for kind, document in order.documents.items():
            found = self.client.find_file(document.name, hashlib.sha256(document.text.encode()).hexdigest())
            if found is None:
                return module, None
            files[kind] = found
        return module, Wanted(package_id, {rules.file_links: fv(sorted(files.values()) or None), rules.state: fv(rules.released)})

    def _product(self, order: ProductOrder) -> Wanted:
        mapping = self.client.mapping
        fields = dict(mapping.product_fields(order.entries()))
        if order.facts or not order.object:  # who only links says nothing of the number
            fields[mapping.product.key] = fv(order.isbn)
        for name, target in order.links.items():
            if name not in mapping.links:
                raise BadRecordError(f"mapping.yaml names no link {name}", system="fourallportal", subject=name)
            fields[mapping.links[name].field] = fv(target or None)
        return Wanted(order.object or self._object_id("product", order.isbn), fields)

    def _object_id(self, module: str, key: str) -> str:
        """An object's id; what people made is adopted before the first write of a run."""
        if module not in self._adopted:
            self.client.adopt(module)
            self._adopted.add(module)
        return self.client.object_id(module, key)

    def _module(self, name: str) -> str:
        return self.client.mapping.modules[name]


def _with_drift(verdict: Verdict, drift: Sequence[str]) -> Verdict:
    if not drift or verdict.code:
        return verdict
    return replace(verdict, code="drift", detail=f"opened by hand, closed again: {', '.join(drift)}")


def _verdict(delivery_id: str, written: Written) -> Verdict:
    result = "refused" if written.outcome == "failed" else written.outcome
    return Verdict(delivery_id, result, written.id, written.code, written.detail)


def _refused(delivery_id: str, problem: RefusedError) -> Verdict:
    return Verdict(delivery_id, "refused", code=problem.code, detail=f"{problem.sentence} {problem.evidence}".strip())
