"""The same specification is no second job; another input is another one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_database import make_ledger

from colophon.blocks.decision import DecisionContext
from colophon.blocks.jobs import JOBS, order, specification
from colophon.config.load import load_config
from colophon.domain.delivery import Judgement
from colophon.ledger import Ledger
from colophon.systems.bytenite.job_records import Endpoint, JobSpec
from colophon.systems.bytenite.mapping import job_id

MONDAY = datetime(2026, 5, 4, 7, tzinfo=UTC)
SUBJECT, CASE = "isbn:9781999000004/trailer", "bytenite__launch_videos"


def cover(content: str = "a", place: str = "s3://assets/cover.jpg") -> Endpoint:
    """A cover by the hash of its bytes."""
    return Endpoint(descriptor="file", path=place, sha256=content * 64)


def trailer(source: Endpoint, title: str = "Zoë’s “Sea” ✓", name: str = "trailer") -> JobSpec:
    """A trailer of a title."""
    return specification("trailer", source, {"app": {"title": title}}, name=name)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (trailer(cover()), True),
        (trailer(cover(place="s3://elsewhere/cover.jpg")), True),
        (trailer(cover(), name="another name for people"), True),
        (trailer(cover("b")), False),
        (trailer(cover(), title="Foxglove"), False),
        (specification("teaser", cover(), {"app": {"title": "Zoë’s “Sea” ✓"}}, name="trailer"), False),
        (trailer(Endpoint(descriptor="url", url="https://assets.example/a.jpg")), False),
    ],
)
def test_a_job_is_what_is_made_of_what(other: JobSpec, is_same: bool) -> None:
    """Where the file lies and what the job is called are not part of it; its bytes, its words and its kind are."""
    assert (job_id(other) == job_id(trailer(cover()))) is is_same


def test_an_order_goes_once_and_a_new_cover_takes_its_place(tmp_path: Path) -> None:
    """The night after nothing is ordered; what waits and is no longer wanted is withdrawn."""
    make_ledger(url := f"sqlite:///{tmp_path / 'ledger.db'}")
    with Ledger.open(url) as ledger:

        def night(day: int, *specs: JobSpec) -> tuple[int, int, int]:
            context = DecisionContext(MONDAY + timedelta(days=day), load_config(), {}, lambda to, of: ledger.latest(CASE, to, of))
            intents = [order(SUBJECT, spec, context, use_case=CASE) for spec in specs]
            settled = [] if intents else [SUBJECT]
            judgement = Judgement(intents=intents, subjects=[SUBJECT], settled=settled)
            entered = ledger.enter(CASE, {JOBS: judgement}, as_of=context.as_of, run=f"night {day}")[JOBS]
            return entered.new, entered.unchanged, entered.withdrawn

        assert night(0, trailer(cover())) == (1, 0, 0)
        assert night(1, trailer(cover(place="s3://elsewhere/cover.jpg"), name="trailer")) == (1, 0, 0)
        assert night(2, trailer(cover(place="s3://elsewhere/cover.jpg"))) == (0, 1, 0)
        assert night(3) == (0, 0, 1)
        last = ledger.latest(CASE, JOBS, [SUBJECT]).get(SUBJECT)
        assert last is None or last.state != "confirmed"
