"""Files of ours as sources of jobs: uploaded whole, once as far as anybody can see, and run only then (contract sections 2 to 4)."""

import hashlib
import json

import pytest
from ledger_database import make_ledger
from pydantic import ValidationError

from colophon.deliver import deliver
from colophon.errors import InvalidError, NotReadyError, ServerError, WrongAddressError
from colophon.ledger import Ledger
from colophon.systems.bytenite.job_records import Endpoint
from colophon.systems.bytenite.mapping import job_id
from colophon.systems.bytenite.port import MediaJobPort

_PICTURES = b"a film of ours" * 1000
FILM = b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + (8 + len(_PICTURES)).to_bytes(4, "big") + b"mdat" + _PICTURES
SHA256 = hashlib.sha256(FILM).hexdigest()


@pytest.fixture
def source(tmp_path):
    """A file that lies with us, as a source."""
    (tmp_path / "master c4n4ry.mov").write_bytes(FILM)
    return {"descriptor": "file", "path": str(tmp_path / "master c4n4ry.mov"), "sha256": SHA256, "name": "master.mov"}


def puts(sandbox):
    """Uploads as they arrived: status and hash of the bytes."""
    return [(call["status"], call["bodySha256"]) for call in sandbox.calls("/uploads/")]


@pytest.mark.parametrize("style", ["2025", "2023"])
def test_a_file_of_ours(make_client, sandbox, make, source, style):
    """Its bytes go to the job's own link without credentials, then the word that they are there, then the job runs."""
    made = make_client(endpoint_style=style).jobs.submit(make.spec(source=source))
    assert (puts(sandbox), sandbox.effects("media.run")) == ([(200, SHA256)], [made])
    [upload] = sandbox.calls("/uploads/")
    assert "Authorization" not in upload["headers"]
    order = [call["path"] for call in sandbox.calls() if "upload" in call["path"] or "/run" in call["path"]]
    assert [("uploadcompleted" in path, "run" in path) for path in order] == [(False, False), (True, False), (False, True)]


def test_submitted_twice_is_uploaded_once(client, make_client, sandbox, make, source):
    """K15: what runs already wants no bytes."""
    client.jobs.submit(make.spec(source=source))
    made = make_client().jobs.submit(make.spec(source=source))
    assert (len(puts(sandbox)), sandbox.effects("media.run")) == (1, [made])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", ["reset", "drop", "status"])
@pytest.mark.parametrize("path", ["/uploads/*", "*/uploadcompleted"])
def test_lost_answers(client, sandbox, make, source, path, fault, when):
    """K5: bytes and word are repeated, and the job runs once with the right bytes."""
    method = "PUT" if "uploads" in path else "PATCH"
    sandbox.fault(fault, path, method=method, when=when, value={"status": 503} if fault == "status" else None)
    made = client.jobs.submit(make.spec(source=source))
    assert {digest for status, digest in puts(sandbox) if status == 200} == {SHA256}
    assert sandbox.effects("media.run") == [made]


def test_upload_that_never_succeeds_runs_nothing(client, make_client, sandbox, make, source):
    """The draft stays; the next try uploads and runs it."""
    sandbox.fault("status", "/uploads/*", method="PUT", when="before", times=9, value={"status": 502})
    with pytest.raises(ServerError):
        client.jobs.submit(make.spec(source=source))
    assert sandbox.effects("media.run") == []
    sandbox.control("DELETE", "/faults")
    made = make_client().jobs.submit(make.spec(source=source))
    assert sandbox.effects("media.run") == [made]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_link_that_has_ended(client, sandbox, make, source, status):
    """Told as not ready: the next run of the task gets a new link."""
    sandbox.fault("status", "/uploads/*", method="PUT", when="before", value={"status": status})
    with pytest.raises(NotReadyError):
        client.jobs.submit(make.spec(source=source))
    assert (len(puts(sandbox)), sandbox.effects("media.run")) == (1, [])


def test_redirected_upload_is_not_followed(client, sandbox, make, source):
    """K9: bytes go where the job said, or nowhere."""
    sandbox.fault("status", "/uploads/*", method="PUT", when="before", value={"status": 307, "headers": {"Location": "/elsewhere"}})
    with pytest.raises(WrongAddressError):
        client.jobs.submit(make.spec(source=source))
    assert sandbox.effects("media.run") == []


@pytest.mark.parametrize("change", ["gone", "changed", "empty"])
def test_file_that_is_not_what_was_planned(client, sandbox, make, source, tmp_path, change):
    """Nothing is uploaded and nothing run; neither path nor name is told."""
    file = tmp_path / "master c4n4ry.mov"
    if change == "gone":
        file.unlink()
    else:
        file.write_bytes(b"" if change == "empty" else b"another film")
    with pytest.raises(InvalidError) as caught:
        client.jobs.submit(make.spec(source=source))
    assert "c4n4ry" not in f"{caught.value} {caught.value!r}"
    assert (puts(sandbox), sandbox.effects("media.run")) == ([], [])


@pytest.mark.parametrize("lacks", ["path", "sha256"])
def test_file_needs_place_and_hash(source, lacks):
    """Otherwise nobody could say whether the right bytes went."""
    with pytest.raises(ValidationError):
        Endpoint.model_validate({name: value for name, value in source.items() if name != lacks})


def test_through_the_ledger(client, sandbox, make, source, tmp_path):
    """A delivery about a staged file: accepted once; one whose file is gone is an exception, and the other goes on."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    spec = {"kind": "TRAILER", "name": "trailer", "source": source}
    lost = {**spec, "source": {**source, "path": str(tmp_path / "nowhere")}}
    with Ledger.open(url, clock=lambda: make.now) as ledger:
        ledger.plan([make.intent("work:1", spec, cls="C"), make.intent("work:2", lost, cls="C")])
        done = deliver(ledger, MediaJobPort(client), use_case="test", destination="bytenite", owner="me", lease_s=60, sleep=lambda _: None)
        assert ledger.counts("test")["bytenite"] == {"accepted": 1, "failed": 1}
    assert done.counts == {"accepted": 1, "refused": 1}
    assert len(sandbox.effects("media.run")) == 1
    assert "c4n4ry" not in json.dumps(done.counts)


def test_local_backend_takes_the_file_itself(make_client, make, source):
    """For development the command line gets its path; what comes of it has to be what its name says."""
    client = make_client(media_backend="local", templates={"TRAILER": "cp {source} {output}/trailer.mov"})
    made = client.jobs.submit(make.spec(source={**source}))
    assert (made, client.jobs.status(made).phase) == (job_id(make.spec(source=source)), "succeeded")
