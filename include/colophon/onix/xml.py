"""The few XML facts that reader, writer and validator share: safe parsing, and which characters XML 1.0 forbids."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from lxml import etree

from colophon.errors import CodeListsMissingError

Release = Literal["3.0", "3.1"]
Tags = Literal["reference", "short"]

XS = "{http://www.w3.org/2001/XMLSchema}"
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def illegal_in(text: str) -> str:
    """Names of the first few characters of `text` that XML 1.0 forbids, such as "U+0010"; empty when there are none."""
    return ", ".join(dict.fromkeys(f"U+{ord(character):04X}" for character in ILLEGAL.findall(text)[:3]))


def safe_parser(*, leaves_out_blanks: bool = False) -> etree.XMLParser:
    """A parser for XML from outside: no entities, no network, no DTD, no huge trees. `leaves_out_blanks`: without the space between elements."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
        remove_blank_text=leaves_out_blanks,
    )


def namespace(release: str, tags: str) -> str:
    """EDItEUR's namespace of a release and tag style."""
    return f"http://ns.editeur.org/onix/{release}/{tags}"


def editeur_file(name: str, release: str, folder: str | Path | None = None) -> Path:
    """Where one of EDItEUR's files is: in `folder` (itself, or its subfolder `xsd3.1`), else in the `onixcheck` package.

    :raises CodeListsMissingError: it is in neither.
    """
    if folder:
        places = [Path(folder) / f"xsd{release}", Path(folder)]
    else:
        package = find_spec("onixcheck")
        roots = package.submodule_search_locations if package else None
        places = [Path(root) / "schema" / f"xsd{release}" for root in roots or ()]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise CodeListsMissingError(f"{name} for ONIX {release} is not in {places[0] if places else 'the onixcheck package'}")


def schema_file(release: str, tags: str, folder: str | Path | None = None) -> Path:
    """EDItEUR's XML schema of a release and tag style."""
    return editeur_file(f"ONIX_BookProduct_{release}_{tags}.xsd", release, folder)


def read_schema(file: Path) -> etree._ElementTree:
    """A schema of EDItEUR's; it includes its neighbours.

    :raises CodeListsMissingError: it is not there, or is no XML.
    """
    try:
        return etree.parse(file)  # a file that the publisher installed
    except (OSError, etree.XMLSyntaxError) as problem:
        raise CodeListsMissingError(f"{file.name} cannot be used: {problem}") from problem
