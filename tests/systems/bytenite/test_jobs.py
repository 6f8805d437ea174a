"""Media jobs: once, to their end, with all their outputs (contract sections 4, 5 and 13)."""

import io
import logging
import wave

import pytest

from colophon.errors import (
    AuthFailedError,
    BadConnectionError,
    BadShapeError,
    GoneError,
    InvalidError,
    NotFoundError,
    NotReadyError,
    ServerError,
    UnexpectedAnswerError,
    VendorGoneError,
)
from colophon.systems.bytenite.job_records import AccessToken, Job
from colophon.systems.bytenite.mapping import job_id, read


def finish(client, job):
    """Poll to the end."""
    for _ in range(9):
        status = client.jobs.status(job)
        if status.is_over:
            return status
    return status


def test_a_job_from_start_to_files(client, sandbox, make, tmp_path):
    """Submitted, polled, copied: every file whole, with its hash; and the phases on the way."""
    made = client.jobs.submit(make.spec())
    phases = [client.jobs.status(made).phase for _ in range(4)]
    assert phases == ["running", "running", "running", "succeeded"]
    files = client.jobs.collect(made, f"{tmp_path}/out")
    assert sorted(file.name.rsplit("/", 1)[1] for file in files) == ["captions.vtt", "poster.png", "sound.wav", "trailer.avi"]
    with wave.open(io.BytesIO((tmp_path / "out" / "sound.wav").read_bytes())) as track:
        assert track.getnframes() / track.getframerate() == 2
    assert not list((tmp_path / "out").glob("*.part"))
    assert sandbox.effects("media.run") == [made]


def test_submitted_twice_is_run_once(client, make_client, sandbox, make):
    """13.1, K15: a retry attaches to the job, while it runs and after its end."""
    made = client.jobs.submit(make.spec())
    assert make_client().jobs.submit(make.spec()) == made
    finish(client, made)
    assert client.jobs.submit(make.spec()) == made
    assert sandbox.effects("media.run") == [made]


@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "login_page", "truncate"])
@pytest.mark.parametrize("path", ["/run", ""])
def test_lost_answers_have_one_effect(client, sandbox, make, fault, path):
    """K5: the answer to create or to run is lost, and the job runs once."""
    target = f"{make.jobs}/{job_id(make.spec())}/run" if path else make.jobs
    sandbox.fault(fault, target)
    made = client.jobs.submit(make.spec())
    assert sandbox.effects("media.run") == [made]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_run_that_was_not_taken_is_run_again(client, sandbox, make, status):
    """The job is read first: still new, so it goes again."""
    sandbox.fault("status", "*/run", when="before", value={"status": status})
    made = client.jobs.submit(make.spec())
    assert sandbox.effects("media.run") == [made]


def test_a_draft_left_behind_is_run(client, sandbox, make):
    """A sender that died between create and run: the next one finishes the work."""
    sandbox.fault("status", "*/run", when="before", value={"status": 403})
    with pytest.raises(Exception, match="permission"):
        client.jobs.submit(make.spec())
    assert sandbox.effects("media.run") == []
    made = client.jobs.submit(make.spec())
    assert sandbox.effects("media.run") == [made]


@pytest.mark.parametrize(("kind", "phase"), [("FAIL", "failed"), ("ODD", "failed"), ("SLOW", "running")])
def test_only_success_is_success(client, make, kind, phase):
    """13.3, K12: a failure, a state without a name that ended, one that goes on."""
    status = finish(client, client.jobs.submit(make.spec(kind)))
    assert status.phase == phase
    assert (status.raw_state in status.error or "encoder" in status.error) == (phase == "failed")


def test_cancel_and_logs(client, make):
    """13.8: aborted; a draft or a job that is not there is no trouble; logs end with why."""
    made = client.jobs.submit(make.spec("SLOW"))
    client.jobs.cancel(made)
    assert client.jobs.status(made).phase == "aborted"
    client.jobs.cancel("not-there")
    failed = client.jobs.submit(make.spec("FAIL", key="k-2"))
    finish(client, failed)
    assert client.jobs.logs(failed, tail=1)[0].endswith("ERROR the encoder ended with code 1")


def test_a_job_that_has_ended_wants_no_abort(client, sandbox, make):
    """The vendor refuses it, which is no trouble; of a job that goes on it is."""
    ended, going = client.jobs.submit(make.spec("FAIL")), client.jobs.submit(make.spec("SLOW", key="k-2"))
    finish(client, ended)
    sandbox.fault("status", "*/abort", method="POST", when="before", times=2, value={"status": 400})
    client.jobs.cancel(ended)
    with pytest.raises(InvalidError):
        client.jobs.cancel(going)


def test_a_further_attempt_is_another_job(client, make):
    """Attempt 2 of a spec has an id of its own; the first keeps its id for ever."""
    assert job_id(make.spec()) != job_id(make.spec(attempt=2))
    assert job_id(make.spec()) == job_id(make.spec(attempt=1))
    assert len({client.jobs.submit(make.spec(attempt=n)) for n in (1, 2)}) == 2


def test_links_that_have_ended(client, sandbox, make, tmp_path):
    """13.4: a clear error that says what to do, and no empty file."""
    made = client.jobs.submit(make.spec())
    finish(client, made)
    outputs = client.jobs.outputs(made)
    assert (outputs[0].expires_at - make.now).total_seconds() >= 48 * 3600
    sandbox.advance(49 * 3600)
    with pytest.raises(GoneError, match="new attempt"):
        client.jobs.collect(made, f"{tmp_path}/out")
    assert not (tmp_path / "out").exists()


def test_results_that_are_not_there_yet(client, sandbox, make):
    """Nothing before the end; just after it, `not_before`; a minute later it is an answer."""
    made = client.jobs.submit(make.spec())
    for style in ("empty", "404"):
        sandbox.settings(results_before_end=style)
        assert client.jobs.outputs(made) == []
    finish(client, made)
    body = {"status": 200, "body": {"results": []}}
    sandbox.fault("status", "*/results", method="GET", when="before", value=body, times=2)
    with pytest.raises(NotReadyError) as caught:
        client.jobs.outputs(made)
    assert caught.value.not_before is not None
    sandbox.advance(120)
    assert client.jobs.outputs(made) == []
    assert len(client.jobs.outputs(made)) == 4


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".."])
def test_names_stay_in_their_folder(client, sandbox, make, name):
    """An output never lands elsewhere."""
    made = client.jobs.submit(make.spec())
    body = {"results": [{"name": name, "link": "https://a.example/x"}]}
    sandbox.fault("status", "*/results", method="GET", when="before", value={"status": 200, "body": body})
    with pytest.raises(BadShapeError):
        client.jobs.outputs(made)


def test_token_ends_between_polls(client, sandbox, make):
    """13.2, K2: one login more, and the poll goes on."""
    made = client.jobs.submit(make.spec("SLOW"))
    sandbox.advance(3700)
    client.jobs.status(made)
    client.jobs.status(made)
    assert len(sandbox.calls("access_token")) == 2


def test_wrong_key(make_client, sandbox, make):
    """K1: one call, and no storm."""
    with pytest.raises(AuthFailedError):
        make_client(key="wrong").jobs.submit(make.spec())
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("scheme", ["raw", "bearer"])
@pytest.mark.parametrize("service", ["customer", "computing"])
@pytest.mark.parametrize(("style", "run_body"), [("2025", "config"), ("2023", "flat"), (2025, "flat")])
def test_all_switches_work(make_client, sandbox, make, scheme, service, style, run_body):
    """13.7: with nothing else on offer."""
    sandbox.settings(services=service, styles=str(style))
    client = make_client(auth_scheme=scheme, service=service, endpoint_style=style, run_body=run_body)
    made = client.jobs.submit(make.spec(job_timeout=500))
    assert finish(client, made).phase == "succeeded"
    assert {call["headers"]["Authorization"] == "Bearer" for call in sandbox.calls("jobs")} == {scheme == "bearer"}


@pytest.mark.parametrize("descriptor", ["store", "gcp", "storj", "bucket", "bypass"])
def test_destinations(make_client, sandbox, make, descriptor):
    """K18: every descriptor is taken; keys are the vendor's, and we name them only."""
    client = make_client(storage_descriptor="s3", secret_id="s-1")
    made = client.jobs.submit(make.spec(destination={"descriptor": descriptor, "bucket_name": "b"}))
    assert sandbox.effects("media.run") == [made]


def test_host_gone(make_client, make):
    """13.5: nobody at the address is a vendor that is gone, and the sentence says so."""
    with pytest.raises(VendorGoneError, match="wound down"):
        make_client(host="http://127.0.0.1:9").jobs.submit(make.spec())


@pytest.mark.parametrize("fault", ["login_page", "wrong_shape", "garble"])
def test_answers_that_are_none(client, sandbox, make, fault):
    """K7, K8: never success."""
    made = client.jobs.submit(make.spec())
    sandbox.fault(fault, f"{make.jobs}/{made}", method="GET", times=9)
    with pytest.raises(UnexpectedAnswerError):
        client.jobs.status(made)


def test_what_cannot_be_submitted(client, make):
    """A kind without a template is the connection's fault; a job that is not there is told."""
    with pytest.raises(BadConnectionError, match="templates"):
        client.jobs.submit(make.spec("PODCAST"))
    with pytest.raises(NotFoundError):
        client.jobs.status("not-there")
    with pytest.raises((InvalidError, BadShapeError)):
        client.jobs.submit(make.spec(source={"descriptor": "url", "url": "ftp://x"}))


def test_secrets_are_in_no_log(make_client, make, sandbox, caplog):
    """13.19, K14: key, token, signed link."""
    caplog.set_level(logging.DEBUG)
    client = make_client()
    made = client.jobs.submit(make.spec())
    finish(client, made)
    told = caplog.text + repr(client.settings) + repr(make.spec())
    assert "sandbox-not-a-key" not in told
    assert "c4n4ry" not in told
    assert "eyJ" not in told


def test_who_we_are(client):
    """The test of an account."""
    found = client.test()
    assert found.user_id == "u-1"
    assert found.skew_s is not None


def test_no_answer_at_all(client, sandbox, make):
    """A vendor that closes every connection without a word is trouble that may pass, and nothing is taken."""
    sandbox.settings(gone=True)
    with pytest.raises(ServerError):
        client.jobs.submit(make.spec())
    sandbox.settings(gone=False)
    assert sandbox.effects("media.run") == []


def test_numbers_as_text_and_as_numbers():
    """13.6: read alike."""
    for chunks, lives in (("4", "3600"), (4, 3600)):
        job = read(Job, {"id": "j", "state": "JOB_STATE_NEW", "numChunks": chunks})
        token = read(AccessToken, {"token": "t", "expiresIn": lives})
        assert (job.num_chunks, token.expires_in) == (4, 3600)
