"""How our facts are called at the customer's portal: `mapping.yaml`, versioned (contract section 5)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from colophon.config.load import SHIPPED
from colophon.domain.nearest import near_to, nearest
from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.records import Entry, Module, ModuleField, Value
from colophon.systems.fourallportal.values import entries, fv, merge_dimensions, object_id, read_value

__all__ = ["PortalMapping", "entries", "fv", "load_mapping", "merge_dimensions", "object_id", "read_value"]


Edition = Literal["print", "ebook", "audio"]
Document = Literal["metadata", "sales_text"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


FACTS: Mapping[str, tuple[str, ...]] = {
    "title": ("locale",),
    "subtitle": ("locale",),
    "authors": (),
    "imprint": (),
    "form": (),
    "language": (),
    "publication_date": (),
    "price": ("currency",),
    "categories": ("channel",),
    "state": (),
}
"""What we know of a product, and the dimensions in which each is told."""
READ_AS = ("MAIN_DESCRIPTION", "SHORT_DESCRIPTION", "FEATURES", "KEYWORDS", "SEGMENTS")
"""What fields that the portal owns may be read as."""


class FieldRule(_Part):
    """Where one of our facts lives, in which dimensions (our names), and who owns it. `words`: our words and theirs."""

    field: str
    dimensions: tuple[str, ...] = ()
    owner: Literal["consonance", "portal"]
    read_as: str | None = None
    words: dict[str, str] = Field(default_factory=dict)

    @field_validator("read_as")
    @classmethod
    def _is_read(cls, given: str | None) -> str | None:
        if given is not None and given not in READ_AS:
            raise ValueError(nearest(given, READ_AS, "kind of text"))
        return given


class ProductRules(_Part):
    """Products: `key` is the field of the ISBN."""

    key: str
    fields: dict[str, FieldRule]

    @model_validator(mode="after")
    def _one_fact_a_field(self) -> Self:
        """A fact that we do not have would never be written; two in one field would take turns."""
        for name, rule in self.fields.items():
            if rule.owner == "consonance" and name not in FACTS:
                raise ValueError(f"fields.{name}: {nearest(name, FACTS, 'fact')}")
        fields = [self.key, *(rule.field for rule in self.fields.values())]
        if twice := sorted({field for field in fields if fields.count(field) > 1}):
            raise ValueError(f"fields: two facts are in {twice[0]}")
        return self

    @property
    def ours(self) -> dict[str, FieldRule]:
        """Fields that Consonance owns, by our names."""
        return {name: rule for name, rule in self.fields.items() if rule.owner == "consonance"}


class AvailabilityRules(_Part):
    """One cell for each (territory, channel); `unknown` rights are closed."""

    field: str
    dimensions: tuple[str, str]
    open: str
    closed: str
    unknown: Literal["closed"] = "closed"


class AssetFields(_Part):
    """Fields of module `file`.

    Those after `embargo` a portal may lack. `author` says whose photo it is, by ISNI or contact id; `rights_until`, `credit` and `release`
    (the consent of each person shown) what a photo needs; `confirmed` and `state` where its launch stands.
    """

    isbn: str
    kind: str
    version: str
    sha256: str
    name: str
    media_type: str
    embargo: str
    locale: str | None = None
    author: str | None = None
    rights_until: str | None = None
    credit: str | None = None
    release: str | None = None
    confirmed: str | None = None
    state: str | None = None


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
    """The package object: its key, its links, and when it may be released.

    `required` are the kinds of approved assets by edition (`print`, `ebook`, `audio`), `documents` what we write of a title and put into its
    package, as files in `folder` of the mounted folder. `withdrawn` is the state of one that must not be used; without it, it has none.
    """

    key: str
    product_link: str
    file_links: str
    state: str
    released: str
    withdrawn: str | None = None
    required: dict[Edition, tuple[str, ...]]
    documents: tuple[Document, ...] = ()
    folder: str = Field(default="/packages", pattern=r"^(/[A-Za-z0-9_.-]+)+$")


class LaunchRules(_Part):
    """The launch state of a title, on its product: our words and theirs; beside it how ready it is (`readiness`) and what holds it (`blocker`)."""

    state: str
    values: dict[str, str]
    milestones: str
    readiness: str | None = None
    blocker: str | None = None


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
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return PortalMapping.model_validate(content)
    except ValidationError as problem:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors(include_url=False, include_input=False))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        faults = " ".join(str(problem).split())
    raise BadConfigError(f"{file.name}: {faults}", system="fourallportal")
