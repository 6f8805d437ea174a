"""A statement as one HTML page that needs nothing else: no script, no font, no picture from anywhere."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from colophon.royalties.statement.page import Page

TEMPLATES = Path(__file__).parent / "templates"


def html_of(page: Page) -> str:
    """The page; everything that others wrote is escaped."""
    return environment(TEMPLATES).get_template("statement.html.j2").render(page=page)


@cache
def environment(folder: Path) -> Environment:
    """A folder's templates; they escape everything and refuse what they do not know."""
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
