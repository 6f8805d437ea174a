"""*Videos*: how often videos were seen, and to the end, around the day of publication; titles and imprints side by side."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.blocks.panels import FiguresPanel
from colophon.readiness import declared
from colophon_airflow.desk import charts
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import link, write_page
from colophon_airflow.desk.source import Text
from colophon_airflow.settings import open_staging

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
COLUMNS = ("who", "week", "views", "completions", "completion_percent")
FORTNIGHT = 14


@router.get("/videos")
def videos(request: Request, person: Reader, a: Text = "", b: Text = "", channel: Text = "", country: Text = "") -> HTMLResponse:
    """Figures of all titles, of one title or imprint (`a`), or of two beside each other; of one channel or country."""
    found = compared(a, b, channel, country)
    root = request.scope.get("root_path", "")
    drawn: list[Any] = []
    if found is not None:
        days = [f"{day:+d}" if day else "0" for day in found.days]
        drawn = [
            charts.counts(days, {name: [(value, link(root, "videos", a=a, b=b, channel=name)) for value in values] for name, values in side.daily.items()}, every=FORTNIGHT)
            if side.daily else ""
            for side in found.sides
        ]  # fmt: skip
    return write_page(
        request, "videos.html", person, found=found, drawn=drawn, completion=_completion(found, root) if found else "", share=share,
        a=a, b=b, channel=channel, country=country,
    )  # fmt: skip


def compared(a: str = "", b: str = "", channel: str = "", country: str = "") -> Any:
    """What the use case that counts figures shows; None where there are none yet."""
    panels = declared(FiguresPanel)
    return panels[0].compare(open_staging(), [name for name in (a, b) if name], channel, country) if panels else None


def weekly_rows(found: Any) -> Iterator[dict[str, Any]]:
    """The weeks around publication as rows; a week without figures is left blank, and is no 0."""
    for side in found.sides if found else ():
        for week, views, completions in side.weekly:
            yield dict(zip(COLUMNS, (side.name, week, views, completions, share(completions, views)), strict=True))


def share(part: int | None, whole: int | None) -> float | None:
    """Per cent; None where nothing is known, or nothing was seen."""
    return round(100 * part / whole, 1) if part is not None and whole else None


def _completion(found: Any, root: str) -> Any:
    weeks: Sequence[int] = [week for week, *_ in found.sides[0].weekly]
    series = {
        f"{side.name} " * (1 + place): [(share(completions, views), link(root, "videos")) for _, views, completions in side.weekly]
        for place, side in enumerate(found.sides)
    }
    return charts.lines([f"{week:+d}" if week else "0" for week in weeks], series)
