"""The rules, one module for each group of the rule book. Importing this registers them all."""

from colophon.quality.rules import (
    amounts,
    collateral,
    description,
    europe,
    identifiers,
    lifecycle,
    names,
    prices,
    publishing,
    sizes,
    subject_codes,
    supply,
    wording,
)

__all__ = [
    "amounts",
    "collateral",
    "description",
    "europe",
    "identifiers",
    "lifecycle",
    "names",
    "prices",
    "publishing",
    "sizes",
    "subject_codes",
    "supply",
    "wording",
]
