"""Ledger deliveries as letters, through the sandbox: once, whatever becomes of the answers."""

import logging
from dataclasses import replace

import fsspec
import pytest

from colophon.deliver import deliver
from colophon.errors import BadConnectionError, EffectUnknownError, NotReadyError, RateLimitedError
from colophon.systems.opentext_exstream.collect import collect_jobs
from colophon.systems.opentext_exstream.port import LetterPort

BATCH, JOBS = "/orchestration/api/v1/inputs/batch/*", "/orchestration/api/v1/runtime/*/jobs"


def run(ledger, client, document, sandbox, owner="me"):
    port = LetterPort(client, document, wait_s=600)
    args = {"use_case": "test", "destination": "royalty-statements", "owner": owner, "lease_s": 3600}
    return deliver(ledger, port, **args, sleep=sandbox.sleep)


def collect_outcomes(ledger, client):
    return collect_jobs(ledger, client, use_case="test", destination="royalty-statements", service="royalty-statements")


def states(ledger):
    return ledger.counts("test")["royalty-statements"]


def test_end_to_end_twice(ledger, client, document, sandbox, plan, letter):
    """Planned, delivered, settled; the second run sends nothing (K15)."""
    letters = [letter(1), letter(2, "print"), letter(3, "web")]
    ids = plan(*letters)
    assert run(ledger, client, document, sandbox).counts == {"accepted": 3}
    assert collect_outcomes(ledger, client).counts == {"processing": 3}
    sandbox.advance(5)
    assert collect_outcomes(ledger, client).counts == {"sent": 3}
    plan(*letters)
    assert run(ledger, client, document, sandbox).counts == {}
    assert (sandbox.posts(), states(ledger)) == (1, {"sent": 3})
    assert sorted(sandbox.effects()) == sorted([f"{ids[1]}/email", f"{ids[2]}/print", f"{ids[3]}/web"])


@pytest.mark.parametrize("external_id", [True, False])
@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "login_page", "truncate", "wrong_shape"])
def test_answer_lost_after_the_effect(ledger, make_client, document, sandbox, plan, letter, fault, external_id):
    """Attached to the job that is there: one set of letters."""
    plan(letter(1), letter(2))
    sandbox.fault(fault, BATCH, when="after")
    done = run(ledger, make_client(external_id=external_id), document, sandbox)
    assert (done.counts, done.stopped_by) == ({"accepted": 2}, None)
    sandbox.advance(5)
    assert (sandbox.posts(), len(sandbox.effects())) == (1, 2)
    assert 120 in sandbox.waits


def test_answer_lost_after_the_effect_and_nobody_can_look_now(ledger, client, document, sandbox, plan, letter):
    """The batch was taken, its answer lost, and the look after it is put off for a quarter of an hour: the next try looks first."""
    plan(letter(1), letter(2))
    sandbox.fault("reset", BATCH, when="after")
    sandbox.fault("status", JOBS, method="GET", value={"status": 429, "headers": {"Retry-After": "900"}})
    assert isinstance(run(ledger, client, document, sandbox).stopped_by, RateLimitedError)
    sandbox.advance(1200)
    assert run(ledger, client, document, sandbox, owner="later").counts == {"accepted": 2}
    sandbox.advance(5)
    assert (sandbox.posts(), len(sandbox.effects())) == (1, 2)


@pytest.mark.parametrize("value", [500, 502, 504])
def test_answer_lost_before_the_effect(ledger, client, document, sandbox, plan, letter, value):
    """Nothing found and nothing unexplained: submitted once more, after the settle time."""
    plan(letter(1), letter(2))
    sandbox.fault("status", BATCH, value={"status": value})
    assert run(ledger, client, document, sandbox).counts == {"accepted": 2}
    sandbox.advance(5)
    assert (sandbox.posts(), len(sandbox.effects()), sandbox.waits[0]) == (2, 2, 120)


def test_foreign_job_is_explained_by_its_manifest(ledger, make_client, document, sandbox, plan, letter, recipients):
    """Another batch on the channel is waited for, and does not keep ours from going once more."""
    client = make_client(external_id=False)
    plan(letter(1))
    batches, _ = client.build_batch(document._replace(edition="other"), recipients(1))
    client.submit_batch("royalty-statements", batches[0])
    sandbox.fault("reset", BATCH)
    assert run(ledger, client, document, sandbox).counts == {"accepted": 1}
    sandbox.advance(5)
    assert (sandbox.posts(), len(sandbox.effects())) == (3, 2)


def test_unexplained_running_job_is_waited_for(ledger, make_client, document, sandbox, plan, letter):
    """No second POST while a job could be ours; attached when its manifest can be read."""
    sandbox.settings(job_seconds=400)
    plan(letter(1))
    sandbox.fault("reset", BATCH, when="after")
    done = run(ledger, make_client(external_id=False), document, sandbox)
    assert (done.counts, sandbox.posts()) == ({"accepted": 1}, 1)
    assert sorted(set(sandbox.waits) & {5.0, 15.0, 60.0}) == [5.0, 15.0]


def test_job_that_runs_for_longer_than_a_try_waits(ledger, make_client, document, sandbox, plan, letter):
    """Nothing is sent a second time, and nobody need look: a later try finds the letters in it."""
    sandbox.settings(job_seconds=3000)
    plan(letter(1), letter(2))
    sandbox.fault("reset", BATCH, when="after")
    done = run(ledger, make_client(external_id=False), document, sandbox)
    assert (done.counts, type(done.stopped_by)) == ({"not_sent": 2}, NotReadyError)
    assert done.stopped_by.not_before > sandbox.now
    sandbox.advance(900)
    again = run(ledger, make_client(external_id=False), document, sandbox)
    assert (again.counts, type(again.stopped_by)) == ({"not_sent": 2}, NotReadyError)
    assert again.stopped_by.not_before - sandbox.now > done.stopped_by.not_before - sandbox.now
    sandbox.advance(1800)
    assert run(ledger, make_client(external_id=False), document, sandbox).counts == {"accepted": 2}
    sandbox.advance(5)
    assert (sandbox.posts(), len(sandbox.effects())) == (1, 2)


def test_job_that_runs_for_longer_than_a_job_may(ledger, make_client, document, sandbox, plan, letter):
    """At the deadline nobody can know, and there is no second POST."""
    sandbox.settings(job_seconds=90_000)
    plan(letter(1))
    sandbox.fault("reset", BATCH, when="after")
    assert run(ledger, make_client(external_id=False), document, sandbox).counts == {"not_sent": 1}
    sandbox.advance(22_000)
    done = run(ledger, make_client(external_id=False), document, sandbox)
    assert (done.counts, done.stopped_by.code) == ({"unknown": 1}, "unknown.effect")
    assert sandbox.posts() == 1


def test_job_that_composed_nothing_is_nobodys_doubt(ledger, make_client, document, sandbox, plan, letter):
    """The engine left out the only letter of a batch whose sender died: no letter went, so that it goes again, and others beside it."""
    plan(letter(1, email_address="skip@example.org"))
    LetterPort(make_client(), document).send(crashed(ledger, 1))
    plan(letter(1, email_address="skip@example.org"), letter(2))
    sandbox.advance(60)
    client = make_client()
    assert run(ledger, client, document, sandbox, "next").counts == {"accepted": 2}
    sandbox.advance(60)
    collect_outcomes(ledger, client)
    assert (sandbox.posts(), len(sandbox.effects()), states(ledger)) == (2, 1, {"skipped": 1, "sent": 1})


@pytest.mark.parametrize("setting", [{"manifest_keys": []}, {"job_end": "error"}])
def test_job_that_stays_unexplained(ledger, make_client, document, sandbox, plan, letter, setting):
    """Without keys, or without a manifest: unknown, and never a second POST."""
    sandbox.settings(**setting)
    plan(letter(1))
    sandbox.fault("reset", BATCH, when="after")
    done = run(ledger, make_client(external_id=False), document, sandbox)
    assert (done.counts, done.stopped_by.code) == ({"unknown": 1}, "unknown.effect")
    assert run(ledger, make_client(external_id=False), document, sandbox).counts == {}
    assert sandbox.posts() == 1


def crashed(ledger, count):
    """Claimed by a sender that died; its lease soon runs out."""
    return ledger.claim("test", "royalty-statements", owner="dead", lease_s=1, limit=count)


def test_sender_died_after_the_post(ledger, make_client, document, sandbox, plan, letter):
    """The next sender finds the letters in the manifest and sends none of them again."""
    plan(letter(1), letter(2))
    claimed = crashed(ledger, 2)
    LetterPort(make_client(), document).send(claimed)
    sandbox.advance(60)
    assert run(ledger, make_client(), document, sandbox, "next").counts == {"accepted": 2}
    assert (sandbox.posts(), len(sandbox.effects())) == (1, 2)


def test_sender_died_before_the_post(ledger, make_client, document, sandbox, plan, letter):
    """Nothing is there: sent."""
    plan(letter(1), letter(2))
    crashed(ledger, 2)
    sandbox.advance(60)
    assert run(ledger, make_client(), document, sandbox, "next").counts == {"accepted": 2}
    assert sandbox.posts() == 1


def test_sender_died_too_long_ago(ledger, make_client, document, sandbox, plan, letter):
    """A job may have been wiped by now, so nobody can know."""
    plan(letter(1))
    LetterPort(make_client(), document).send(crashed(ledger, 1))
    sandbox.advance(4000)
    done = run(ledger, make_client(), document, sandbox, "next")
    assert (done.counts, sandbox.posts()) == ({"unknown": 1}, 1)


def test_skipped_and_failed_are_named(ledger, client, document, sandbox, plan, letter):
    """A customer who vanished, and one whose output step failed in a job that is complete."""
    ids = plan(letter(1, "web"), letter(2, "print", email_address="skip@example.org"), letter(3, email_address="fail@example.org"))
    run(ledger, client, document, sandbox)
    sandbox.advance(5)
    settled = collect_outcomes(ledger, client)
    assert settled.counts == {"sent": 1, "skipped": 1, "failed": 1}
    assert sorted(line.split()[0] for line in settled.differences) == sorted([ids[2], ids[3]])
    assert states(ledger) == {"sent": 1, "skipped": 1, "failed": 1}


@pytest.mark.parametrize(("end", "outcome"), [("error", "failed"), ("holding", "held")])
def test_other_ends_of_a_job(ledger, client, document, sandbox, plan, letter, end, outcome):
    """A job in error failed its letters; a held one is told with what releases it."""
    sandbox.settings(job_end=end)
    plan(letter(1))
    run(ledger, client, document, sandbox)
    sandbox.advance(5)
    assert collect_outcomes(ledger, client).counts == {outcome: 1}
    if end == "holding":
        client.release("fi-1")
        assert collect_outcomes(ledger, client).counts == {"sent": 1}


@pytest.mark.parametrize("how", ["wiped", "deleted"])
def test_job_gone_before_its_manifest(ledger, client, document, sandbox, plan, letter, how):
    """Unknown, on the desk; never sent again by itself."""
    plan(letter(1))
    run(ledger, client, document, sandbox)
    sandbox.advance(3700 if how == "wiped" else 5)
    if how == "deleted":
        client.delete("job-1", force=True)
    assert len(collect_outcomes(ledger, client).unknown) == 1
    assert states(ledger) == {"unknown": 1}
    assert run(ledger, client, document, sandbox).counts == {}


def test_two_flows_are_told_loudly(ledger, client, document, sandbox, plan, letter, caplog):
    """Two published flow models mean two mailings."""
    sandbox.settings(flow_instances=2)
    plan(letter(1))
    with caplog.at_level(logging.ERROR):
        run(ledger, client, document, sandbox)
    assert "taken by 2 flows: job-1, job-2" in caplog.text
    sandbox.advance(5)
    assert collect_outcomes(ledger, client).counts == {"sent": 2}


def test_keys_that_the_design_does_not_return(ledger, client, document, sandbox, plan, letter):
    """The customer number alone links back."""
    sandbox.settings(manifest_keys=[])
    plan(letter(1), letter(2, email_address="skip@example.org"))
    run(ledger, client, document, sandbox)
    sandbox.advance(5)
    assert collect_outcomes(ledger, client).counts == {"sent": 1, "skipped": 1}


def test_bad_letters_stop_no_other(ledger, client, document, sandbox, plan, letter):
    """A name with a space is refused before sending, and the others go."""
    plan(letter(1), letter(2, data={"Payment Due": "3"}), letter(3, email_address=None))
    done = run(ledger, client, document, sandbox)
    assert done.counts == {"accepted": 1, "refused": 2}
    assert any("Data.Payment Due" in line for line in done.refusals)


def test_too_large_is_halved_once(ledger, client, document, sandbox, plan, letter):
    """413 halves the batch; each half is a batch of its own."""
    sandbox.settings(max_body=900)
    plan(*(letter(n) for n in range(1, 5)))
    assert run(ledger, client, document, sandbox).counts == {"accepted": 4}
    sandbox.advance(5)
    assert (sandbox.posts(), len(sandbox.effects())) == (3, 4)


def test_input_folder(ledger, make_client, document, sandbox, plan, letter, tmp_path):
    """A batch by file: its job is found by the manifest."""
    folder = tmp_path / "in"
    folder.mkdir()
    plan(letter(1), letter(2))
    client = make_client(input_mode="directory", input_location=str(folder))
    assert run(ledger, client, document, sandbox).counts == {"accepted": 2}
    assert [path.name[:9] for path in folder.iterdir()] == ["colophon_"]
    sandbox.settings(input_location=str(folder))
    sandbox.advance(0)
    sandbox.advance(5)
    assert collect_outcomes(ledger, client).counts == {"sent": 2}
    assert len(sandbox.effects()) == 2


def test_batch_that_still_lies_in_the_folder(ledger, make_client, document, sandbox, plan, letter, tmp_path):
    """Whoever takes over finds the file, or later the job, and drops nothing again."""
    ids, folder = plan(letter(1), letter(2)), tmp_path / "in"
    folder.mkdir()
    client = make_client(input_mode="directory", input_location=str(folder))
    args = {"use_case": "test", "destination": "royalty-statements", "lease_s": 10}
    LetterPort(client, document).send(ledger.claim(**args, owner="dies", limit=10))
    sandbox.advance(60)
    done = deliver(ledger, LetterPort(client, document, wait_s=600), **args, owner="heir", sleep=sandbox.sleep)
    assert done.counts == {"accepted": 2}
    assert len(list(folder.iterdir())) == 1
    sandbox.settings(input_location=str(folder))
    sandbox.advance(0)
    sandbox.advance(5)
    assert collect_outcomes(ledger, client).counts == {"sent": 2}
    assert sorted(sandbox.effects()) == sorted(f"{one}/email" for one in ids.values())


def test_a_batch_by_file_is_found_hours_later(ledger, make_client, document, sandbox, plan, letter, tmp_path):
    """Its job may have begun as soon as the file lay there, however late the first look is."""
    plan(letter(1))
    client = make_client(input_mode="directory", input_location=str(tmp_path))
    run(ledger, client, document, sandbox)
    sandbox.settings(input_location=str(tmp_path), wipe_minutes=24 * 60)
    sandbox.advance(0)
    sandbox.advance(3 * 3600)
    assert collect_outcomes(ledger, client).counts == {"sent": 1}


def test_a_batch_by_file_of_which_the_engine_writes_nothing(ledger, make_client, document, sandbox, plan, letter, tmp_path):
    """Nothing tells whose its job was. It is under way for as long as a job may last, and then nobody can know."""
    plan(letter(1, email_address="skip@example.org"))
    client = make_client(input_mode="directory", input_location=str(tmp_path), job_deadline=7200)
    run(ledger, client, document, sandbox)
    sandbox.settings(input_location=str(tmp_path))
    sandbox.advance(0)
    sandbox.advance(3600)
    assert (collect_outcomes(ledger, client).unknown, states(ledger)) == ([], {"accepted": 1})
    sandbox.advance(3700)
    assert len(collect_outcomes(ledger, client).unknown) == 1
    assert states(ledger) == {"unknown": 1}


def test_what_was_never_tried_before_is_not_lost_with_what_was(ledger, client, document, sandbox, plan, letter):
    """A letter whose sender died two hours ago may be in a job that is wiped; one that is first tried now cannot."""
    plan(letter(1))
    args = {"use_case": "test", "destination": "royalty-statements"}
    ledger.claim(**args, owner="dies", lease_s=10, limit=10)
    sandbox.advance(2 * 3600)
    plan(letter(1), letter(2))
    port = LetterPort(client, document, wait_s=600)
    old, new = (delivery for owner in ("heir", "next") for delivery in ledger.claim(**args, owner=owner, lease_s=3600, limit=10))
    with pytest.raises(EffectUnknownError):
        port.read_back(old)
    assert port.read_back(new) is None
    assert port.read_back(replace(new, tried=True, tried_at=sandbox.now)) is None


def test_input_folder_that_cannot_be_written(ledger, make_client, document, sandbox, plan, letter, tmp_path):
    """Told at once, nothing sent, and nothing lost."""
    plan(letter(1))
    client = make_client(input_mode="directory", input_location=str(tmp_path / "missing"))
    done = run(ledger, client, document, sandbox)
    assert isinstance(done.stopped_by, BadConnectionError)
    assert states(ledger) == {"planned": 1}


def test_input_folder_whose_renaming_fails(make_client, document, recipients, tmp_path, monkeypatch):
    """The file may have been taken since: nobody can know."""
    client = make_client(input_mode="directory", input_location="memory://in")
    (batch,), _ = client.build_batch(document, recipients(1))

    def fails(*_args, **_kwargs):
        raise OSError("lost")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "mv", fails)
    with pytest.raises(EffectUnknownError):
        client.submit_batch("royalty-statements", batch)


def test_nothing_personal_in_logs(ledger, client, document, sandbox, plan, letter, caplog):
    """Addresses, names, amounts and secrets (K14)."""
    with caplog.at_level(logging.DEBUG):
        plan(letter(1), letter(2, data={"Pay Due": "3222.60"}))
        sandbox.fault("reset", BATCH, when="after")
        done = run(ledger, client, document, sandbox)
        sandbox.advance(5)
        settled = collect_outcomes(ledger, client)
    told = f"{caplog.text} {done} {settled} {letter(1)!r}"
    for secret in ("c4nary", "Ana Vale", "3222.60", "sandbox-not-a-secret", "sandbox-token", "1.20"):
        assert secret not in told
