"""Jobs: drafts, runs, states, results."""

import io
import wave

import pytest

J = "/v1/customer/jobs"
SLOW_STATES = ["JOB_STATE_SANDBOX_RUNNING", "JOB_STATE_SANDBOX_ASSEMBLING", "JOB_STATE_SANDBOX_ASSEMBLING"]


def test_token_ends_by_the_clock(remote):
    """After `expires_in` seconds it is refused; its life is told as text and as number."""
    lives = [remote.login()["expiresIn"] for _ in range(2)]
    assert {type(life) for life in lives} == {str, int}
    remote.control("POST", "/clock/advance", {"seconds": 3601})
    assert remote.ask("GET", "/v1/auth/user").status_code == 401


def test_bearer_works_too(remote):
    """The scheme may be there."""
    remote.token = f"Bearer {remote.token}"
    assert remote.ask("GET", "/v1/auth/user").status_code == 200


def test_a_job_goes_its_way(remote):
    """One step a poll; a draft does not move; the run is one effect; numbers come as text and as numbers."""
    made = remote.run()
    assert remote.effects("media.run") == [made]
    states = [remote.state(made) for _ in range(4)]
    assert states == ["JOB_STATE_PARTITIONING", "JOB_STATE_SANDBOX_RUNNING", "JOB_STATE_SANDBOX_ASSEMBLING", "JOB_STATE_COMPLETE"]
    found = remote.get(f"{J}/{made}")["job"]
    assert (found["config"]["taskTimeout"], found["config"]["jobTimeout"], found["numChunks"]) == ("3600", 86400, "4")
    assert set(found["stateTimestamps"]) == {"JOB_STATE_NEW", *states}


def test_a_job_that_nobody_polls_moves_by_the_clock(remote):
    """A step in thirty seconds."""
    made = remote.run()
    remote.advance(60)
    assert [row["state"] for row in remote.get(J)["data"]] == ["JOB_STATE_SANDBOX_RUNNING"]
    remote.advance(3600)
    assert remote.state(made) == "JOB_STATE_COMPLETE"


@pytest.mark.parametrize(
    ("template", "states"), [("fail", ["JOB_STATE_FAILED"]), ("odd", ["JOB_STATE_SANDBOX_ODD"]), ("slow", ["JOB_STATE_SANDBOX_ASSEMBLING"])]
)
def test_other_ends(remote, template, states):
    """Failed with a message, ended without a known name, never ended."""
    made = remote.run(template=template)
    remote.settings(steps_per_poll=9)
    assert [remote.state(made)] == states
    found = remote.get(f"{J}/{made}")["job"]
    assert ("endedAt" in found) == (template != "slow")
    assert bool(found["errorMessage"]) == (template == "fail")


@pytest.mark.parametrize("lacking", ["dataSource", "dataDestination", "params"])
def test_nothing_runs_without_data(remote, lacking):
    """400 until it is attached."""
    import copy

    whole = copy.deepcopy(_job())
    made = remote.ask("POST", J, {k: v for k, v in whole.items() if k != lacking}).get_json()["job"]["id"]
    assert remote.ask("POST", f"{J}/{made}/run", {}).status_code == 400
    part = "params" if lacking == "params" else "datasource"
    body = (
        {"params": whole["params"]}
        if part == "params"
        else {"dataSource": whole["dataSource"], "dataDestination": whole["dataDestination"]}
    )
    assert remote.ask("PATCH", f"{J}/{made}/{part}", body).status_code == 200
    assert remote.ask("POST", f"{J}/{made}/run", {"taskTimeout": 60}).status_code == 200


def _job() -> dict:
    source = {"@type": "type.googleapis.com/bytenite.data_source.HttpDataSource", "url": "https://assets.example.org/m.mov"}
    return {
        "templateId": "video-render",
        "name": "trailer",
        "dataSource": {"dataSourceDescriptor": "url", "params": source},
        "dataDestination": {"dataSourceDescriptor": "bucket"},
        "params": {"app": {}},
    }


def test_a_draft_is_updated_and_a_started_job_is_not(remote):
    """The same `jobId` is the same job; a second run is refused and has no effect."""
    given = {**_job(), "jobId": "j-1"}
    for name in ("first name", "second name"):
        assert remote.ask("POST", J, {**given, "name": name}).get_json()["job"]["name"] == name
    assert remote.get(J)["pagination"]["total"] == 1
    assert remote.ask("POST", f"{J}/j-1/run", {}).status_code == 200
    assert remote.ask("POST", f"{J}/j-1/run", {}).status_code == 400
    assert remote.ask("POST", J, given).status_code == 400
    assert remote.effects("media.run") == ["j-1"]


def test_upload(remote):
    """A `file` source has a place to put bytes; it runs when they are all there."""
    source = {"@type": "type.googleapis.com/bytenite.data_source.LocalFileDataSource", "name": "m.mov"}
    made = remote.ask("POST", J, {**_job(), "dataSource": {"dataSourceDescriptor": "file", "params": source}}).get_json()["job"]
    assert remote.ask("POST", f"{J}/{made['id']}/run", {}).status_code == 400
    assert remote.ask("PATCH", f"{J}/{made['id']}/uploadcompleted", {}).status_code == 400
    place = made["dataSource"]["params"]["tempUrl"].partition("/bytenite")[2]
    assert remote.ask("PUT", place, b"bytes", media="video/quicktime").status_code == 200
    assert remote.ask("PATCH", f"{J}/{made['id']}/uploadcompleted", {}).status_code == 200
    assert remote.ask("POST", f"{J}/{made['id']}/run", {}).status_code == 200


def test_results_are_true_media_and_end(remote):
    """Nothing before the end; then files that can be opened; 403 after 48 hours."""
    made = remote.run()
    assert remote.get(f"{J}/{made}/results") == {"results": []}
    remote.settings(results_before_end="404")
    assert remote.ask("GET", f"{J}/{made}/results").status_code == 404
    remote.advance(200)
    links = {row["name"]: row["link"].partition("/bytenite")[2] for row in remote.get(f"{J}/{made}/results")["results"]}
    sound, film = remote.ask("GET", links["sound.wav"]), remote.ask("GET", links["trailer.avi"])
    with wave.open(io.BytesIO(sound.data)) as track:
        assert track.getnframes() / track.getframerate() == 2
    assert (film.mimetype, film.data[:4], film.data[8:12]) == ("video/x-msvideo", b"RIFF", b"AVI ")
    assert int.from_bytes(film.data[4:8], "little") == len(film.data) - 8
    remote.advance(48 * 3600)
    assert remote.ask("GET", links["sound.wav"]).status_code == 403
    assert remote.ask("GET", f"/files/{made}/nothing.wav").status_code == 404


def test_abort_and_delete(remote):
    """A draft is deleted, a running job ends aborted, a deleted one is not there."""
    draft = remote.ask("POST", J, _job()).get_json()["job"]["id"]
    assert remote.ask("POST", f"{J}/{draft}/abort", {}).status_code == 200
    assert remote.ask("GET", f"{J}/{draft}").status_code == 404
    made = remote.run()
    remote.ask("POST", f"{J}/{made}/abort", {})
    assert remote.state(made) == "JOB_STATE_ABORTED"
    assert remote.ask("DELETE", f"{J}/{made}").status_code == 200
    assert remote.ask("GET", f"{J}/{made}").status_code == 404


def test_parts_of_a_draft_and_calls_without_a_body(remote):
    """Where outputs go may change alone; an abort says all that it has to say in its address."""
    draft = remote.ask("POST", J, _job()).get_json()["job"]["id"]
    there = {"dataSourceDescriptor": "bypass"}
    assert remote.ask("PATCH", f"{J}/{draft}/datasource", {"dataDestination": there}).get_json()["job"]["dataDestination"] == there
    assert remote.ask("PATCH", f"{J}/{draft}/datasource", {}).status_code == 400
    assert remote.ask("POST", f"{J}/{draft}/abort", {"now": True}).status_code == 400
    assert remote.ask("POST", f"{J}/{draft}/abort").status_code == 200


def test_logs_and_pages(remote):
    """A failed job says why; pages joined are the whole."""
    made = remote.run(template="fail")
    remote.advance(300)
    logs = remote.ask("POST", "/v1/customer/logs", {"jobId": made, "taskIds": [], "levels": [], "services": []}).get_json()
    assert logs["assembler"][-1]["log"] == "the encoder ended with code 1"
    for number in range(4):
        remote.ask("POST", J, {**_job(), "jobId": f"j-{number}"})
    whole = [row["id"] for row in remote.get(J)["data"]]
    for size in (1, 2):
        pages = [remote.get(f"{J}?pagination.limit={size}&pagination.offset={at}") for at in range(0, 5, size)]
        assert [row["id"] for page in pages for row in page["data"]] == whole
        assert [page["pagination"]["hasNext"] for page in pages] == [True] * (len(pages) - 1) + [False]
