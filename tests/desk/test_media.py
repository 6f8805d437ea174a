"""What was rendered is watched at its title, by those who may see what is not published."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from colophon.domain.delivery import Intent, Verdict
from colophon.systems.bytenite.job_records import File
from colophon.systems.bytenite.outputs import MediaOutputs, remember

AT = datetime(2026, 5, 1, 6, tzinfo=UTC)
ISBN, CASE, SUBJECT = "9781999000127", "bytenite__launch_videos", "work:9/trailer/16x9"
FILM = b"\0\0\0\x08ftyp" + b"film" * 100


@pytest.fixture
def rendered(ledger, tmp_path: Path) -> str:
    """A trailer that was rendered; the address of its file at the desk."""
    (tmp_path / "video.mp4").write_bytes(FILM)
    (tmp_path / "page.html").write_bytes(b"<script>")
    intent = Intent(
        CASE,
        "jobs",
        SUBJECT,
        "C",
        json.dumps({}).encode(),
        "application/json",
        AT,
        labels={"isbn": ISBN, "title": "Sea Room: trailer 16x9"},
    )
    ledger.plan([intent])
    [claimed] = ledger.claim(CASE, "jobs", owner="t", lease_s=60, limit=1)
    ledger.finish([Verdict(claimed.id, "confirmed", "job-1")], owner="t")
    files = (File(f"{tmp_path}/video.mp4", len(FILM), "a" * 64, "video/mp4"), File(f"{tmp_path}/page.html", 8, "b" * 64, "text/html"))
    remember(ledger, MediaOutputs(CASE, SUBJECT, "k", "job-1", files, AT.isoformat()), AT)
    return "/media/job-1/video.mp4"


def test_a_trailer_is_watched_at_its_title(desk, rendered: str) -> None:
    """In pieces, as players ask for it; somebody who may only look does not see it, nobody sees it without a session."""
    operator, viewer = desk.client("op"), desk.client("viewer")
    assert f'src="{rendered}"' in operator.get(f"/titles/{ISBN}").text
    whole, piece = operator.get(rendered), operator.get(rendered, headers={"range": "bytes=4-7"})
    assert (whole.content, whole.headers["content-type"], piece.status_code, piece.content) == (FILM, "video/mp4", 206, b"ftyp")
    assert rendered not in viewer.get(f"/titles/{ISBN}").text
    assert (viewer.get(rendered).status_code, desk.client(None).get(rendered).status_code) == (403, 401)


@pytest.mark.parametrize(
    "path", ["/media/job-1/page.html", "/media/job-1/source", "/media/job-2/video.mp4", "/media/job-1/..%2f..%2fetc%2fpasswd"]
)
def test_nothing_else_is_served(desk, rendered: str, path: str) -> None:
    """No page that calls itself a video, no other file, no other folder."""
    assert rendered
    assert desk.client("op").get(path).status_code == 404
