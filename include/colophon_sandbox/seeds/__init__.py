"""Catalogues to begin with: built in, from a CSV of titles, from ONIX, generated for load, and one whose rights change.

Each gives records by system: `{"consonance": {"works": [...], "products": [...], ...}}`.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

Records = dict[str, Any]


def catalogue(titles: int = 300, seed: int = 42) -> Records:
    """The built-in catalogue: about so many products of invented imprints, with every awkward case."""
    from colophon_sandbox.seeds import builtin

    return builtin.catalogue(titles, seed)


def living_house(titles: int = 300, seed: int = 42) -> Records:
    """The built-in catalogue and what happens around it in all six systems: teams, to-dos, launches, files, videos, templates, readers."""
    from colophon_sandbox.seeds.living import house

    return house(titles, seed)


def from_world(body: bytes, name: str = "world.json") -> Records:
    """Records of all systems, `{system: {collection: [record]}}`; ValueError names what is no world, or a reference to nothing."""
    from colophon_sandbox import references

    try:
        given = json.loads(body)
    except ValueError as problem:
        raise ValueError(f"{name} is not JSON: {problem}") from problem
    if not isinstance(given, dict) or not all(isinstance(part, dict) and all(map(_is_rows, part.values())) for part in given.values()):
        raise ValueError(f"{name}: a world has systems, a system has collections, a collection is a list of records")
    references.check(given, name)
    return given


def works(count: int = 140, seed: int = 42) -> Records:
    """The same with so many works, and whatever products they have."""
    from colophon_sandbox.seeds import builtin

    return builtin.catalogue(count, seed, counted="works")


def from_csv(body: bytes) -> Records:
    """Titles from a CSV with the columns of the goodbooks-10k data set. ValueError names row and column at fault."""
    from colophon_sandbox.seeds import titles_csv

    return titles_csv.read_titles(body)


def from_onix(files: Sequence[tuple[str, bytes]], first_id: int = 1) -> tuple[Records, list[str]]:
    """Products of ONIX 3 messages, (name, body) each, and what of them could not be taken, one line each.

    ValueError names it all where there is no product at all.
    """
    from colophon_sandbox.seeds import onix_import

    records, faults = onix_import.read_onix([onix_import.File(*file) for file in files], first_id)
    if not records["consonance"]["products"]:
        raise ValueError("\n".join(["no product could be read", *faults]))
    return records, faults


def generate(n: int, seed: int = 1) -> Records:
    """Products for load, about 10 KB of ONIX each."""
    from colophon_sandbox.seeds import load

    return load.generate(n, seed)


def changing_rights(today: date, changes: int = 500) -> Records:
    """Works of which each has a right that reaches a threshold of the expiry scan within the next thirty days."""
    from colophon_sandbox.seeds import rights

    return rights.changing(today, changes)


def payees(n: int, seed: int = 1) -> Records:
    """A royalty run of 2026's first half with so many payees, for load."""
    from colophon_sandbox.seeds import royalty_run

    return royalty_run.payees(n, seed)


def moved(records: Any, days: int) -> Any:
    """The same records with every date and moment so many days later."""
    if isinstance(records, dict):
        return {name: moved(value, days) for name, value in records.items()}
    if isinstance(records, list):
        return [moved(value, days) for value in records]
    if isinstance(records, str) and (found := _DATE.match(records)):
        return f"{date.fromisoformat(found[0]) + timedelta(days=days)}{records[10:]}"
    return records


_DATE = re.compile(r"(?:19|20)\d{2}-[01]\d-[0-3]\d(?=$|T\d{2}:)")


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)
