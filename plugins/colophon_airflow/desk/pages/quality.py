"""*Quality*: how complete the data is, by imprint and week, measured as the trade does (BIC, BISG)."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.quality.figures import WANTED
from colophon_airflow.desk import charts
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import link, write_page
from colophon_airflow.desk.source import LedgerDep, Text

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
WEEKS = 26
NAMES = {
    "complete_16_weeks_before": "BIC: complete 16 weeks before publication",
    "available_complete": "BIC: available titles complete",
    "cover_by_publication": "Cover by publication date",
    "bisg_window_complete": "BISG: complete within 180 days of the on-sale date",
}


@router.get("/quality")
def quality(request: Request, person: Reader, ledger: LedgerDep, imprint: Text = "", week: Text = "") -> HTMLResponse:
    """Figures of all imprints or one, with the share wanted; behind each number the exceptions of that imprint."""
    rows = ledger.desk.quality_sums(imprint=imprint, week=week, weeks=WEEKS)
    weeks = sorted({row.week for row in rows})
    sums = {(row.figure, row.week): (row.met, row.of) for row in rows}
    root = request.scope.get("root_path", "")
    drawn = {}
    for figure in NAMES:
        values = [(_share(sums.get((figure, each))), link(root, "quality", imprint=imprint, week=each)) for each in weeks]
        wanted = [(float(WANTED[figure]), link(root, "quality", imprint=imprint, week=each)) for each in weeks]
        drawn[figure] = (
            charts.lines([each.partition("-")[2] for each in weeks], {"share": values, "wanted": wanted}) if len(weeks) > 1 else ""
        )
    newest = ledger.desk.quality_weeks(imprint=imprint, week=weeks[-1]) if weeks else []
    imprints = ledger.desk.quality_imprints()
    return write_page(
        request, "quality.html", person, drawn=drawn, names=NAMES, wanted=WANTED, newest=newest, weeks=weeks, sums=sums,
        imprints=imprints, imprint=imprint, share=_share,
    )  # fmt: skip


def _share(pair: "tuple[int, int] | None") -> float | None:
    return round(100 * pair[0] / pair[1], 1) if pair and pair[1] else None
