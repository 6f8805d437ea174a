"""How our facts are called at the customer's portal: `mapping.yaml`, versioned (contract section 5)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from colophon.config.load import SHIPPED
from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.records import Entry, Module
from colophon.systems.fourallportal.values import entries, fv, merge_dimensions, object_id, read_value

__all__ = ["PortalMapping", "entries", "fv", "load_mapping", "merge_dimensions", "object_id", "read_value"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldRule(_Part):
    """Where one of our facts lives, in which dimensions (our names), and who owns it."""

    field: str
    dimensions: tuple[str, ...] = ()
    owner: Literal["consonance", "portal"]
    read_as: str | None = None


class ProductRules(_Part):
    """Products: `key` is the field of the ISBN."""

    key: str
    fields: dict[str, FieldRule]


class AvailabilityRules(_Part):
    """One cell for each (territory, channel); `unknown` rights are closed."""

    field: str
    dimensions: tuple[str, str]
    open: str
    closed: str
    unknown: Literal["closed"] = "closed"


class AssetFields(_Part):
    """Fields of module `file`."""

    isbn: str
    kind: str
    version: str
    sha256: str
    name: str
    media_type: str
    embargo: str


class ApprovalRules(_Part):
    """The approval status: a field of the file itself, or of a module of its own with a link to its files."""

    field: str
    approved: tuple[str, ...]
    withdrawn: tuple[str, ...]
    at: str | None = None
    module: str | None = None
    file_link: str | None = None

    @model_validator(mode="after")
    def _module_needs_link(self) -> Self:
        if self.module and not self.file_link:
            raise ValueError("approval.module needs approval.file_link")
        return self


class Link(_Part):
    """A field that links to files; to one, or to several with `list`."""

    field: str
    list: bool = False


class PackageRules(_Part):
    """The package object: its key, its links, and when it may be released."""

    key: str
    product_link: str
    file_links: str
    state: str
    released: str
    required: dict[str, tuple[str, ...]]


class LaunchRules(_Part):
    """The launch state of a title, on its product: our words and theirs; beside it how ready it is (`readiness`) and what holds it (`blocker`).

    With `key` (ours; the contract names none) campaigns may be objects of their own, linked to their product by `product_link`.
    """

    state: str
    values: dict[str, str]
    milestones: str
    readiness: str | None = None
    blocker: str | None = None
    key: str | None = None
    product_link: str | None = None


class PortalMapping(_Part):
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
    def _has_modules(self) -> Self:
        missing = sorted({"product", "file"} - set(self.modules))
        if missing:
            raise ValueError(f"modules lacks {', '.join(missing)}")
        return self

    def wire_dimensions(self, given: Mapping[str, str]) -> dict[str, str]:
        """Our dimension names as theirs."""
        return {self.dimensions.get(name, name): value for name, value in given.items()}

    def needed_fields(self) -> dict[str, set[str]]:
        """Every field that the mapping names, by the portal's module."""
        product = {self.product.key, *(rule.field for rule in self.product.fields.values()), *(link.field for link in self.links.values())}
        product |= {self.availability.field} if self.availability else set()
        needed = {self.modules["product"]: product, self.modules["file"]: set(self.asset.model_dump().values())}
        approval = {self.approval.field} | ({self.approval.at} if self.approval.at else set())
        if self.approval.module:
            where = self.modules.get(self.approval.module, self.approval.module)
            needed.setdefault(where, set()).update(approval | {self.approval.file_link or ""})
        else:
            needed[self.modules["file"]] |= approval
        if self.package and "package" in self.modules:
            rules = self.package
            needed.setdefault(self.modules["package"], set()).update({rules.key, rules.product_link, rules.file_links, rules.state})
        for module in self._launch_modules():
            needed.setdefault(module, set()).update(self._launch_fields(module))
        return needed

    def _launch_modules(self) -> list[str]:
        """Modules of the portal that hold launch states."""
        return [self.modules[name] for name in ("product", "campaign") if self.launch and name in self.modules]

    def _launch_fields(self, module: str) -> set[str]:
        rules = self.launch
        if rules is None:
            return set()
        is_campaign = module == self.modules.get("campaign")
        more = {rules.key, rules.product_link} if is_campaign else {rules.readiness, rules.blocker}
        return {rules.state, rules.milestones, *filter(None, more)}

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
        return missing

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
                    Entry(entry.value, tuple(sorted(self.wire_dimensions(dict(entry.dimensions)).items()))) for entry in value
                )
        return found


def load_mapping(name: str, folder: str | Path | None = None) -> PortalMapping:
    """The mapping of a connection: an absolute path, or one below the configuration folder (`config/…`), else what ships.

    :raises BadConfigError: not there, not readable, an unknown or missing key (by name).
    """
    base = Path(folder or os.environ.get("COLOPHON_CONFIG") or SHIPPED)
    below = name.removeprefix("config/")
    file = next((path for path in (Path(name) if Path(name).is_absolute() else base / below, SHIPPED / below) if path.is_file()), None)
    if file is None:
        raise BadConfigError(f"the mapping {below} is not in the configuration folder", system="fourallportal")
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return PortalMapping.model_validate(content)
    except ValidationError as problem:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors(include_url=False, include_input=False))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        faults = " ".join(str(problem).split())
    raise BadConfigError(f"{file.name}: {faults}", system="fourallportal")
