"""`media_backend: local`: a command line in place of the vendor."""

import hashlib
import shutil
import sys

import fsspec
import pytest

from colophon.errors import BadConnectionError, InvalidError, NotFoundError
from colophon.systems.bytenite import ffmpeg
from colophon_sandbox.seeds.living.media import picture
from colophon_sandbox.systems.bytenite.media import sound

SCRIPT = "import sys, pathlib; p = pathlib.Path(sys.argv[2]) / 'a.txt'; p.write_text(sys.argv[1]); print('done')"
BUCKET = "memory://media/outputs"
TEMPLATES = {
    "TRAILER": f'{sys.executable} -c "{SCRIPT}" {{source}} {{output}}',
    "FAIL": f"{sys.executable} -c 'raise SystemExit(\"no codec\")'",
    "NONE": "/nowhere/ffmpeg",
}


@pytest.fixture
def jobs(make_client):
    """Jobs on this machine."""
    return make_client(media_backend="local", templates=TEMPLATES).jobs


def test_a_command_runs_once(jobs, make, tmp_path):
    """Its files are copied; a second submit runs nothing; a link with blanks or quotes is one argument."""
    spec = make.spec(source={"descriptor": "url", "url": "file:///a b';c"})
    made = jobs.submit(spec)
    assert jobs.status(made).phase == "succeeded"
    files = jobs.collect(made, f"{tmp_path}/out")
    assert [file.bytes for file in files] == [len("file:///a b';c")]
    (tmp_path / "media" / "local-jobs" / made / "files" / "a.txt").write_text("kept")
    assert jobs.submit(spec) == made
    assert (tmp_path / "media" / "local-jobs" / made / "files" / "a.txt").read_text() == "kept"
    assert jobs.logs(made) == ["done"]


@pytest.mark.parametrize(("kind", "told"), [("FAIL", "no codec"), ("NONE", "cannot be started")])
def test_commands_that_fail(jobs, make, kind, told):
    """Failed, with the log, and without outputs."""
    made = jobs.submit(make.spec(kind))
    assert jobs.status(made).phase == "failed"
    assert told in jobs.logs(made)[-1]
    assert jobs.outputs(made) == []
    jobs.cancel(made)


@pytest.mark.parametrize(("content", "told"), [("<html>no film</html>", "is not what its name says"), ("", "is empty")])
def test_a_command_that_gives_something_else_than_a_film_has_failed(make_client, make, content, told):
    """It would give the same again: the attempts count, and a person reads in the log what it was."""
    script = f"{sys.executable} -c \"import sys, pathlib; (pathlib.Path(sys.argv[1]) / 'a.mp4').write_text('{content}')\" {{output}}"
    jobs = make_client(media_backend="local", templates={"TRAILER": script}).jobs
    made = jobs.submit(make.spec())
    assert (jobs.status(made).phase, jobs.outputs(made)) == ("failed", [])
    assert jobs.logs(made)[-1].endswith(f"the output a.mp4 {told}")


def test_what_cannot_be_done(jobs, make_client, make):
    """No command for the kind, no such job, no folder."""
    with pytest.raises(BadConnectionError, match="PODCAST"):
        jobs.submit(make.spec("PODCAST"))
    with pytest.raises(NotFoundError):
        jobs.status("not-there")
    with pytest.raises(BadConnectionError, match="output_location"):
        make_client(media_backend="local", output_location="")


HOSTILE = "Zoë\u2019s: 100% 'x' %{pts} \\\\ $(touch pwned) `touch pwned` [in];[out], \u200f\u05e9\u05dc\u05d5\u05dd\x00\n--> end"


def spec_of(make, tmp_path, content, kind="SOCIAL_CUT", **params):
    """A job of a file of ours, without a command line for its kind."""
    (tmp_path / "source").write_bytes(content)
    source = {"descriptor": "file", "path": str(tmp_path / "source"), "sha256": hashlib.sha256(content).hexdigest()}
    app = {"title": HOSTILE, "author": HOSTILE, "publication_date": "2026-09-01", "shape": "1x1", "seconds": 1, **params}
    return make.spec(kind, source=source, params={"app": app})


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_cover_and_a_title_become_a_video(make_client, make, tmp_path):
    """A film that is one, with poster and captions; words of a title are words, for shell and filters alike."""
    jobs = make_client(media_backend="local", templates={}).jobs
    made = jobs.submit(spec_of(make, tmp_path, picture("cover")))
    assert jobs.status(made).phase == "succeeded", jobs.logs(made)
    files = {file.name.rpartition("/")[2]: file for file in jobs.collect(made, f"{tmp_path}/out")}
    types = {"video.mp4": "video/mp4", "poster.png": "image/png", "captions.vtt": "text/vtt"}
    assert {name: file.media_type for name, file in files.items()} == types
    assert not list(tmp_path.rglob("pwned"))
    captions = (tmp_path / "out" / "captions.vtt").read_text(encoding="utf-8")
    assert captions.count("-->") == 1


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(("width", "height"), [(900, 900), (1000, 1600)])
def test_a_cover_keeps_its_shape(make_client, make, tmp_path, width, height):
    """A square one is square, and none is cut: its own colour is as wide and as high on the poster as its sides are to each other."""
    from PIL import Image

    jobs = make_client(media_backend="local", templates={}).jobs
    made = jobs.submit(spec_of(make, tmp_path, picture("cover", width, height), title="", author="", shape="16x9"))
    poster = Image.open(tmp_path / "media" / "local-jobs" / made / "files" / "poster.png").convert("L")
    middle = poster.getpixel((960, 400))
    across = sum(abs(poster.getpixel((x, 400)) - middle) < 8 for x in range(1920))
    down = sum(abs(poster.getpixel((960, y)) - middle) < 8 for y in range(1080))
    assert abs(across / down - width / height) < 0.02


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(("kind", "main"), [("AUDIO_SAMPLE", "sample.mp3"), ("EXCERPT", "excerpt.mp4")])
def test_a_recording_becomes_a_sample_and_an_excerpt(make_client, make, tmp_path, kind, main):
    """With its waveform."""
    jobs = make_client(media_backend="local", templates={}).jobs
    made = jobs.submit(spec_of(make, tmp_path, sound(), kind))
    assert jobs.status(made).phase == "succeeded", jobs.logs(made)
    assert {file.name.rpartition("/")[2] for file in jobs.collect(made, f"{tmp_path}/out")} == {main, "poster.png", "captions.vtt"}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("TRAILER", b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n/etc/passwd\n"),
        ("TRAILER", b"<html>"),
        ("TRAILER", sound()),
        ("EXCERPT", picture("a")),
    ],
)
def test_what_is_no_picture_or_recording_is_refused(make_client, make, tmp_path, monkeypatch, kind, content):
    """By its bytes, whatever it is called: no playlist leads to another file."""
    monkeypatch.setattr(ffmpeg.shutil, "which", lambda _: "/usr/bin/ffmpeg")
    with pytest.raises(InvalidError, match="the source is no"):
        make_client(media_backend="local", templates={}).jobs.submit(spec_of(make, tmp_path, content, kind))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_letter_that_no_font_has_is_named_and_nothing_is_rendered(make_client, make, tmp_path, monkeypatch):
    """Nobody gets a film with empty boxes for letters; which they are is told by number, for a name's letters are the name's."""
    monkeypatch.setattr(ffmpeg, "_asked", lambda program, *_: "/usr/share/fonts/latin.ttf" if program == "fc-match" else "")
    with pytest.raises(InvalidError, match="no font") as caught:
        make_client(media_backend="local", templates={}).jobs.submit(
            spec_of(make, tmp_path, picture("cover"), title="Sea \U0001f30a", author="")
        )
    assert (caught.value.evidence, list(tmp_path.rglob("video.mp4"))) == ("U+1F30A", [])


def test_without_ffmpeg_it_says_how_to_get_it(make_client, make, tmp_path, monkeypatch):
    """And nothing counts as done."""
    monkeypatch.setattr(ffmpeg.shutil, "which", lambda _: None)
    jobs = make_client(media_backend="local", templates={}).jobs
    with pytest.raises(BadConnectionError, match="apt-get install ffmpeg"):
        jobs.submit(spec_of(make, tmp_path, picture("a")))
    assert not list(tmp_path.rglob("job.json"))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_sender_that_died_begins_anew(make_client, make, tmp_path, monkeypatch):
    """What it left is not taken for outputs, and is not rendered twice afterwards."""
    jobs, runs = make_client(media_backend="local", templates={}).jobs, []

    def dies(*_, **__):
        raise SystemExit

    spec = spec_of(make, tmp_path, picture("cover"))
    monkeypatch.setattr("colophon.systems.bytenite.local_jobs._run", dies)
    with pytest.raises(SystemExit):
        jobs.submit(spec)
    monkeypatch.setattr(
        "colophon.systems.bytenite.local_jobs._run",
        lambda command, folder, _: (folder / "log").touch() or runs.append(command) or "JOB_STATE_COMPLETE",
    )
    assert jobs.submit(spec) == jobs.submit(spec)
    assert len(runs) == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_jobs_lie_in_a_bucket_that_all_workers_see(make_client, make, tmp_path):
    """The generic set-up: ffmpeg on the workers, a bucket for what it makes. Whoever waits is another worker than the one that rendered."""
    sender, waiter = (make_client(media_backend="local", templates={}, output_location=BUCKET).jobs for _ in range(2))
    made = sender.submit(spec_of(make, tmp_path, picture("cover")))
    assert waiter.status(made).phase == "succeeded", waiter.logs(made)
    files = waiter.collect(made, f"{BUCKET}/{made}")
    assert sorted(file.name for file in files) == [f"{BUCKET}/{made}/{name}" for name in ("captions.vtt", "poster.png", "video.mp4")]
    bucket = fsspec.filesystem("memory")
    for file in files:
        assert hashlib.sha256(bucket.cat_file(file.name)).hexdigest() == file.sha256
    assert not [path for path in bucket.find("/media") if path.endswith(".part")]
