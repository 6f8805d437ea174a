"""*Quality*: how complete the data is, by imprint and week, by the schemes of the trade; and what it takes to the share that one wants."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.environment import now
from colophon.quality.figures import criteria_of
from colophon.quality.forecast import forecast
from colophon_airflow.desk import charts
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import link, write_page
from colophon_airflow.desk.source import LedgerDep, Text
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
WEEKS = 26


@router.get("/quality")
def quality(request: Request, person: Reader, ledger: LedgerDep, imprint: Text = "", week: Text = "") -> HTMLResponse:
    """Figures of all imprints or one, with the share wanted; behind each number the exceptions of that imprint."""
    today, schemes = now().date(), publisher_config().schemes
    criteria = {criterion.id: criterion for criterion in criteria_of(schemes, today)}
    rows = ledger.desk.quality_sums(imprint=imprint, week=week, weeks=WEEKS)
    weeks = sorted({row.week for row in rows})
    sums = {(row.figure, row.week): (row.met, row.of) for row in rows}
    root = request.scope.get("root_path", "")
    drawn = {}
    for name, criterion in criteria.items():
        shown = {"share": [(_share(sums.get((name, each))), link(root, "quality", imprint=imprint, week=each)) for each in weeks]}
        if criterion.wanted is not None:
            shown["wanted"] = [(float(criterion.wanted), link(root, "quality", imprint=imprint, week=each)) for each in weeks]
        drawn[name] = charts.lines([each.partition("-")[2] for each in weeks], shown) if len(weeks) > 1 else ""
    last = {row.figure: (row.met, row.of) for row in rows if weeks and row.week == weeks[-1]}
    newest = ledger.desk.quality_weeks(imprint=imprint, week=weeks[-1]) if weeks else []
    return write_page(
        request, "quality.html", person, drawn=drawn, criteria=criteria, newest=[row for row in newest if row.figure in criteria],
        weeks=weeks, sums=sums, imprints=ledger.desk.quality_imprints(), imprint=imprint, share=_share, today=today,
        schemes=[scheme for scheme in schemes if scheme.holds(today)],
        forecasts={name: forecast(criterion, last) for name, criterion in criteria.items()},
    )  # fmt: skip


def _share(pair: "tuple[int, int] | None") -> float | None:
    return round(100 * pair[0] / pair[1], 1) if pair and pair[1] else None
