"""`media_backend: local`: a command line in place of the vendor."""

import sys

import pytest

from colophon.errors import BadConnectionError, NotFoundError

SCRIPT = "import sys, pathlib; p = pathlib.Path(sys.argv[2]) / 'a.txt'; p.write_text(sys.argv[1]); print('done')"
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


def test_what_cannot_be_done(jobs, make_client, make):
    """No command for the kind, no such job, no folder."""
    with pytest.raises(BadConnectionError, match="PODCAST"):
        jobs.submit(make.spec("PODCAST"))
    with pytest.raises(NotFoundError):
        jobs.status("not-there")
    with pytest.raises(BadConnectionError, match="output_location"):
        make_client(media_backend="local", output_location="")
