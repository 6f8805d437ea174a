"""Jobs: their way by the clock, what is composed, what is left out, what is wiped."""

import pytest

RUNTIME = "/orchestration/api/v1/runtime/acme-test"


def manifest(remote, number=1):
    return remote.ask("GET", f"{RUNTIME}/flow-steps/fs-{number}-2/delivery-file")


def test_job_moves_by_the_clock(remote, customer):
    """Started, waiting, complete; letters leave at the end and not before."""
    answer = remote.batch(customer(1), customer(2, "print")).get_json()
    assert (answer["data"][0]["jobId"], answer["data"][0]["status"]) == ("job-1", "started")
    assert answer["data"][0]["startDate"] == 1777615200000
    remote.advance(3)
    assert (remote.job()["status"], remote.effects()) == ("waiting", [])
    assert manifest(remote).status_code == 404
    remote.advance(2)
    assert (remote.job()["status"], remote.job()["endDate"]) == ("complete", 1777615205000)
    assert remote.effects() == ["d-2/print", "d-1/email"]
    assert len(remote.effects("exstream.transaction")) == 2


@pytest.mark.parametrize("end", ["error", "holding"])
def test_other_ends(remote, customer, end):
    """A job may err, or be held until it is released."""
    remote.settings(job_end=end)
    remote.batch(customer())
    remote.advance(5)
    assert (remote.job()["status"], remote.effects()) == (end, [])
    if end == "holding":
        assert [step["status"] for step in remote.steps()] == ["complete", "complete", "holding"]
        assert remote.ask("POST", f"{RUNTIME}/flow-instances/fi-1/release").status_code == 200
        assert (remote.job()["status"], remote.effects()) == ("complete", ["d-1/email"])
    assert remote.ask("POST", f"{RUNTIME}/flow-instances/fi-1/release").status_code == 409


def test_stop_reprocess_delete(remote, customer):
    """Stopped before its end, run again, and removed only by force while files remain."""
    again = f"{RUNTIME}/jobs/job-1/reprocessing?useCurrentFlowModel=false&useCurrentFlowContext=false"
    remote.batch(customer())
    assert remote.ask("POST", again).status_code == 409
    assert remote.ask("POST", f"{RUNTIME}/jobs/job-1/stop").get_json()["status"] == "success"
    assert remote.ask("POST", f"{RUNTIME}/jobs/job-1/stop").status_code == 409
    assert remote.job()["status"] == "canceled"
    remote.ask("POST", again)
    remote.advance(5)
    assert (remote.job()["status"], remote.effects()) == ("complete", ["d-1/email"])
    answer = remote.ask("DELETE", f"{RUNTIME}/jobs/job-1?force=false")
    assert (answer.status_code, answer.get_json()["errorCode"]) == (409, 309016)
    assert remote.ask("DELETE", f"{RUNTIME}/jobs/job-1?force=true").status_code == 200
    assert (remote.job()["status"], manifest(remote).status_code) == ("deleted", 404)


def test_wiped(remote, customer):
    """An hour after its end a job and its files are gone."""
    remote.batch(customer())
    remote.advance(5)
    assert manifest(remote).status_code == 200
    remote.advance(3600)
    assert remote.ask("GET", f"{RUNTIME}/jobs/job-1").status_code == 404
    assert manifest(remote).status_code == 404


def test_manifest(remote, customer):
    """UTF-16 with a mark and a bare DOCTYPE; one customer is left out with a mere warning."""
    remote.batch(customer(1), customer(2, email="skip@example.org"), customer(3, "print", Name="Ana Vale"))
    remote.advance(5)
    raw = manifest(remote).data
    assert raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    found = raw.decode("utf-16")
    assert found.startswith('<!DOCTYPE outputList><outputList transactions="0" customersProcessed="2"')
    assert '<key name="ColophonDeliveryId">d-3</key>' in found
    assert "d-2" not in found
    log = remote.ask("GET", f"{RUNTIME}/flow-steps/fs-1-2/message-file").text
    assert "(W) Customer 2 dropped" in log
    files = remote.ask("GET", f"{RUNTIME}/flow-steps/fs-1-2/delivery-file/output-files").get_json()["data"]
    assert files == ["Queue_25_print/3.out", "Queue_26_email/1.out"]
    assert remote.ask("GET", f"{RUNTIME}/flow-steps/fs-1-2/customer-artifacts/3").data[:2] == b"PK"
    outputs = remote.ask("GET", f"{RUNTIME}/flow-steps/fs-1-2/delivery-file/outputs").get_json()["data"]
    assert outputs == [{"queue": "print", "files": 1}, {"queue": "email", "files": 1}]


def test_keys_may_be_missing(remote, customer):
    """A design without our keys returns numbers alone."""
    remote.settings(manifest_keys=[])
    remote.batch(customer())
    remote.advance(5)
    assert "<key" not in manifest(remote).data.decode("utf-16")


def test_output_step_fails_in_a_complete_job(remote, customer):
    """The job is complete, the queue of the failing address is not, and none of its letters left."""
    remote.batch(customer(1, email="fail@example.org"), customer(2), customer(3, "web"))
    remote.advance(5)
    assert remote.job()["status"] == "complete"
    assert {step["name"]: step["status"] for step in remote.steps()}["email"] == "error"
    assert remote.effects() == ["d-3/web"]


def test_same_post_twice_is_two_mailings(remote, customer):
    """No idempotency key exists."""
    remote.batch(customer(), externalId="k1")
    remote.batch(customer(), externalId="k1")
    remote.advance(5)
    assert remote.effects() == ["d-1/email"] * 2
    assert remote.jobs("externalId:k1") == ["job-1", "job-2"]


def test_two_flow_instances(remote, customer):
    """Two published flow models mean two mailings."""
    remote.settings(flow_instances=2)
    assert [row["jobId"] for row in remote.batch(customer()).get_json()["data"]] == ["job-1", "job-2"]


def test_filters_and_pages(remote, customer):
    """Each filter keeps what fits and drops what does not; pages joined are the whole."""
    remote.batch(customer(), externalId="a")
    remote.advance(5)
    remote.batch(customer(), channel="letters", externalId="b")
    assert remote.jobs("channel:letters") == ["job-2"]
    assert remote.jobs("statuses:complete,error") == ["job-1"]
    assert remote.jobs("externalId:a") == ["job-1"]
    assert remote.jobs("mode:BATCH") == ["job-1", "job-2"]
    assert remote.jobs("mode:ONDEMAND") == []
    assert remote.jobs("startDateStart:2026-05-01;startDateEnd:2026-05-01") == ["job-1", "job-2"]
    assert remote.jobs("startDateStart:2026-05-02") == []
    pages = [remote.ask("GET", f"{RUNTIME}/jobs?count=1&offset={n}").get_json() for n in range(3)]
    assert [[job["id"] for job in page["data"]] for page in pages] == [["job-1"], ["job-2"], []]
    assert pages[0]["page"] == {"pageSize": 1, "pageOffset": 0, "totalElements": 2, "totalPages": 2, "currentPageNumber": 0}


def test_external_id_may_be_ignored(remote, customer):
    """With the setting off nothing is copied."""
    remote.settings(external_id=False)
    remote.batch(customer(), externalId="a")
    assert remote.jobs("externalId:a") == []


def test_dates_as_text(remote, customer):
    """Both forms of dates are seen in the field."""
    remote.settings(dates="iso")
    assert remote.batch(customer()).get_json()["data"][0]["startDate"] == "2026-05-01T06:00:00Z"


def test_unpublished_channel(remote, customer):
    """404 with 310130 names the channel."""
    answer = remote.batch(customer(), channel="unpublished")
    assert (answer.status_code, answer.get_json()["errorCode"]) == (404, 310130)
    assert "<unpublished>" in answer.get_json()["details"]


def test_input_folder(remote, customer, data, tmp_path):
    """A file that lies in the directory channel is taken once; one that cannot be read is put aside."""
    import json

    (tmp_path / "colophon_k1.json").write_text(json.dumps(data(customer())))
    (tmp_path / "other.json").write_text("{")
    remote.settings(input_location=str(tmp_path))
    remote.advance(0)
    remote.advance(5)
    assert remote.effects() == ["d-1/email"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.refused"]


def test_member_with_a_space_is_mapped_to_nothing(remote, customer):
    """Taken without a word, composed empty."""
    remote.batch(customer(Data={"Payment Due": "3"}))
    remote.advance(5)
    effects = remote.control("GET", "/effects?kind=exstream.transaction")["effects"]
    assert effects[0]["empty"] == ["Payment Due"]
