"""The mapping held against the portal's own description: what is mapped, what the portal lacks, what nobody mapped, what could be meant twice."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import FACTS
from colophon.systems.fourallportal.records import Module, ModuleField

_ALSO = {
    "authors": ("author", "contributors"),
    "form": ("format", "product_form"),
    "state": ("product_state", "status"),
    "price": ("prices",),
}
_FIT = 0.8


class MappingReport(NamedTuple):
    """`mapped`: our name and theirs. `lacking`: what the mapping names and the portal has not, with what it was most likely meant to be.

    `unmapped`: fields of the portal that no line names. `ambiguous`: our facts without a line for which several fields would do.
    `drafts`: lines that are missing, ready to be put into mapping.yaml.
    """

    mapped: tuple[tuple[str, str], ...] = ()
    lacking: tuple[tuple[str, str], ...] = ()
    unmapped: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drafts: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether what is named is there, and nothing could be meant twice."""
        return not (self.lacking or self.ambiguous)


def report(mapping: PortalMapping, modules: Sequence[Module]) -> MappingReport:
    """Hold the mapping against all modules that it names."""
    needed, product = mapping.needed_fields(), mapping.modules["product"]
    there = {module.name: {field.name: field for field in module.fields} for module in modules}
    gaps = [gap for module in modules for gap in mapping.gaps(module)]
    unmapped = [f"{name}.{field}" for name, fields in there.items() for field in sorted(fields.keys() - needed.get(name, set()))]
    free = {
        name: there.get(product, {})[name]
        for name in (each.removeprefix(f"{product}.") for each in unmapped if each.startswith(f"{product}."))
    }
    candidates = {fact: _fitting(fact, free) for fact in FACTS if fact not in mapping.product.fields}
    drafts = [_line(mapping, fact, free[fields[0]]) for fact, fields in candidates.items() if len(fields) == 1]
    return MappingReport(
        mapped=(
            ("isbn", f"{product}.{mapping.product.key}"),
            *((name, f"{product}.{rule.field}") for name, rule in mapping.product.fields.items()),
        ),
        lacking=tuple((gap, _meant(gap, there)) for gap in gaps),
        unmapped=tuple(unmapped),
        ambiguous=tuple((fact, fields) for fact, fields in candidates.items() if len(fields) > 1),
        drafts=tuple(drafts),
    )


def _fitting(fact: str, free: Mapping[str, ModuleField]) -> tuple[str, ...]:
    """Fields that a fact without a line could stand in, by their names."""
    plain = {_plain(name) for name in free}
    near = {each for word in (fact, *_ALSO.get(fact, ())) for each in get_close_matches(_plain(word), plain, n=3, cutoff=_FIT)}
    return tuple(sorted(name for name in free if _plain(name) in near))


def _line(mapping: PortalMapping, fact: str, field: ModuleField) -> str:
    theirs = {name: ours for ours, name in mapping.dimensions.items()}
    dimensions = [theirs[name] for name in field.dimensions if theirs.get(name) in FACTS[fact]]
    told = f", dimensions: [{', '.join(dimensions)}]" if dimensions else ""
    return f"    {fact}: {{field: {field.name}{told}, owner: consonance}}"


def _meant(gap: str, there: Mapping[str, Mapping[str, ModuleField]]) -> str:
    """The portal's field that is most like one that it lacks."""
    module, _, rest = gap.partition(".")
    if " " in rest:  # the field is there; it is its dimensions or its type that are others
        return ""
    return next(iter(get_close_matches(rest, there.get(module, {}), n=1, cutoff=0.5)), "")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold())
