"""How our facts are called at the customer's portal: `mapping.yaml`, versioned (contract section 5)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from colophon.config.files import SHIPPED, parse
from colophon.domain.nearest import near_to
from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.mapping_parts import (
    ApprovalRules,
    AssetFields,
    AvailabilityRules,
    FieldRule,
    LaunchRules,
    Link,
    PackageRules,
    Part,
    ProductRules,
)
from colophon.systems.fourallportal.records import Entry, Module, ModuleField, Value
from colophon.systems.fourallportal.values import entries, fv, merge_dimensions, object_id, read_value

__all__ = ["PortalMapping", "entries", "fv", "load_mapping", "merge_dimensions", "object_id", "read_value"]


class PortalMapping(Part):
    """The whole file. `modules` and `dimensions` are our names and theirs."""

    version: int
    modules: dict[str, str]
    dimensions: dict[str, str]
    product: ProductRules
    availability: AvailabilityRules | None = None
    asset: AssetFields
    approval: ApprovalRules
    asset_kinds: dict[str, str]
    links: dict[str, Link] = Field(default_factory=dict)
    package: PackageRules | None = None
    launch: LaunchRules | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        missing = sorted({"product", "file"} - set(self.modules))
        if missing:
            raise ValueError(f"modules lacks {', '.join(missing)}")
        for edition, kinds in (self.package.required if self.package else {}).items():
            if unknown := sorted(set(kinds) - set(self.asset_kinds)):
                raise ValueError(f"package.required.{edition}: asset_kinds has no {unknown[0]}{near_to(unknown[0], self.asset_kinds)}")
        return self

    def wire_dimensions(self, given: Mapping[str, str]) -> dict[str, str]:
        """Our dimension names as theirs."""
        return {self.dimensions.get(name, name): value for name, value in given.items()}

    def needed_fields(self) -> dict[str, set[str]]:
        """Every field that the mapping names, by the portal's module."""
        product = {self.product.key, *(rule.field for rule in self.product.fields.values()), *(link.field for link in self.links.values())}
        product |= {self.availability.field} if self.availability else set()
        needed = {self.modules["product"]: product, self.modules["file"]: set(filter(None, self.asset.model_dump().values()))}
        approval = {self.approval.field} | ({self.approval.at} if self.approval.at else set())
        if self.approval.module:
            where = self.modules.get(self.approval.module, self.approval.module)
            needed.setdefault(where, set()).update(approval | {self.approval.file_link or ""})
        else:
            needed[self.modules["file"]] |= approval
        if self.package and "package" in self.modules:
            rules = self.package
            needed.setdefault(self.modules["package"], set()).update({rules.key, rules.product_link, rules.file_links, rules.state})
        if launch := self.launch:
            product.update(filter(None, (launch.readiness, launch.blocker)))
            for name in ("product", "campaign"):
                if name in self.modules:
                    needed.setdefault(self.modules[name], set()).update({launch.state, launch.milestones})
        return needed

    def gaps(self, module: Module) -> list[str]:
        """Fields and dimensions that the mapping names and the module does not have, by name."""
        there = {field.name: field for field in module.fields}
        missing = sorted(f"{module.name}.{name}" for name in self.needed_fields().get(module.name, set()) if name not in there)
        if module.name == self.modules["product"]:
            rules: list[tuple[str, Sequence[str]]] = [(rule.field, rule.dimensions) for rule in self.product.fields.values()]
            rules += [(self.availability.field, self.availability.dimensions)] if self.availability else []
            for name, dimensions in rules:
                lacking = set(self.wire_dimensions(dict.fromkeys(dimensions, ""))) - set(there[name].dimensions if name in there else ())
                missing += [f"{module.name}.{name} by {dimension}" for dimension in sorted(lacking) if name in there]
            links = {link.field for link in self.links.values()} & there.keys()
            missing += [
                f"{module.name}.{name} as a link to {self.modules['file']}" for name in sorted(links) if not self._is_link(there[name])
            ]
        return missing

    def _is_link(self, field: ModuleField) -> bool:
        return field.type == "link" and self.modules["file"] in (field.modules or (self.modules["file"],))

    def product_fields(self, facts: Mapping[str, Sequence[Entry]]) -> dict[str, tuple[Entry, ...]]:
        """Facts by our names as fields by theirs. What the portal owns is left out.

        :raises BadRecordError: a fact that the mapping does not name.
        """
        found = {}
        for name, value in facts.items():
            rule = self.product.fields.get(name)
            if rule is None:
                raise BadRecordError(f"mapping.yaml names no field for {name}", system="fourallportal", subject=name)
            if rule.owner == "consonance":
                found[rule.field] = tuple(
                    Entry(_in_words(entry.value, rule), tuple(sorted(self.wire_dimensions(dict(entry.dimensions)).items())))
                    for entry in value
                )
        return found


def _in_words(value: Value, rule: FieldRule) -> Value:
    return rule.words.get(value, value) if isinstance(value, str) else value


def load_mapping(name: str, folder: str | Path | None = None) -> PortalMapping:
    """The mapping of a connection: an absolute path, or one below the configuration folder (`config/…`), else what ships.

    :raises BadConfigError: not there, not readable, an unknown or missing key (by name).
    """
    base = Path(folder or os.environ.get("COLOPHON_CONFIG") or SHIPPED)
    below = name.removeprefix("config/")
    file = next((path for path in (Path(name) if Path(name).is_absolute() else base / below, SHIPPED / below) if path.is_file()), None)
    if file is None:
        raise BadConfigError(f"the mapping {below} is not in the configuration folder", system="fourallportal")
    return parse(PortalMapping, file)
