"""Which program this is: what was worked out by another one is not taken for what this one would work out."""

import hashlib
from functools import cache
from pathlib import Path

import colophon


@cache
def digest_of(*packages: str) -> str:
    """SHA-256 in hex of the source of some packages of ours, such as `rights` or `systems/consonance`.

    Whoever changes a rule need not remember to say so. It takes some milliseconds of each process that asks.
    """
    root = Path(colophon.__file__).parent
    files = sorted(file for package in packages for file in (root / package).rglob("*.py"))
    return hashlib.sha256(b"\0".join([colophon.__version__.encode(), *(file.read_bytes() for file in files)])).hexdigest()
