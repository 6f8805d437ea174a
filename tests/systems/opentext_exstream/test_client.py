"""The client's verbs against the sandbox: contract section 12, and what must hold of every client."""

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from colophon.errors import (
    AuthFailedError,
    BadConnectionError,
    BadShapeError,
    ConflictError,
    EffectUnknownError,
    FeatureMissingError,
    FixConfigurationError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from colophon.http.response import Response
from colophon.systems.opentext_exstream.answers import EMPOWER, check_asked, output

GENERATE = "/orchestration/api/v1/inputs/ondemand/acme-test/generate"
VERSION = "/orchestration/api/v1/version"


def accepts(sandbox):
    return {e["headers"].get("Accept") for e in sandbox.journal() if e["path"].endswith("/generate")}


def test_envelope_comes_with_any_type(client, sandbox):
    """`*/*` unless one type is asked for; a raw output comes as it is."""
    (found,) = client.generate("RoyaltyStatement", {"Name": "x"})
    assert (found.mime, found.content[:4], found.queue) == ("application/pdf", b"%PDF", "PDF")
    (raw,) = client.generate("RoyaltyStatement", {"Name": "x"}, "application/pdf")
    assert raw.content[:4] == b"%PDF"
    assert accepts(sandbox) == {"*/*", "application/pdf"}
    assert "%PDF" not in repr(found)


def test_empower_user(make_client):
    """Empower refuses inside a 200; with the switch on, the user is named."""
    with pytest.raises(ForbiddenError):
        make_client().generate("RoyaltyStatement", {}, "application/vnd.exstream-empower")
    assert make_client(empower=True).generate("RoyaltyStatement", {}, "application/vnd.exstream-empower")


@pytest.mark.parametrize("mime", ["application/pdf", "text/html"])
def test_one_type_is_asked_for(client, mime):
    """The answer is the output itself, of the type that was wanted."""
    (output,) = client.generate("RoyaltyStatement", {"PaymentDue": "1.20"}, mime)
    assert (output.mime, output.content[:5] in {b"%PDF-", b"<!doc"}) == (mime, True)


@pytest.mark.parametrize(
    ("mime", "content"),
    [
        ("application/pdf", b""),
        ("application/pdf", b"<html>Log in</html>"),
        ("application/pdf", b"PK\x03\x04"),
        ("text/html", b" \n"),
        ("text/html", b"%PDF-1.7"),
        ("text/html", b"<!DOCTYPE html><form><input name=p TYPE='password'></form>"),
        (EMPOWER, b"<!doctype html><p>Maintenance</p>"),
    ],
)
def test_output_that_is_not_what_it_says(mime, content):
    """A body of the right type may still be somebody else's, alone or in the envelope."""
    alone = Response(200, {"content-type": mime}, content)
    with pytest.raises(BadShapeError):
        check_asked(alone, mime)
    with pytest.raises(BadShapeError):
        output({"content": b64encode(content).decode(), "mimeType": mime})


def test_login_page_instead_of_html_is_no_letter(client, sandbox):
    """It was asked for HTML and HTML came: nobody knows whether a letter was composed, so nothing is repeated."""
    client.resolve("RoyaltyStatement")
    sandbox.fault("login_page", GENERATE, when="after")
    with pytest.raises(EffectUnknownError):
        client.generate("RoyaltyStatement", {"PaymentDue": "1.20"}, "text/html")
    assert sandbox.posts("/generate") == 1


def test_by_named_channel(client, sandbox):
    """The same by a channel; an unpublished one is named."""
    assert client.generate_by_channel("letters", {"Name": "x"})[0].mime == "application/pdf"
    with pytest.raises(FixConfigurationError, match="unpublished"):
        client.generate_by_channel("unpublished", {})


def test_many_threads_share_one_token(client, sandbox):
    """Refused to sixteen at once, renewed once (K2)."""
    client.domains()
    sandbox.advance(850)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.domains(), range(32)))
    assert sandbox.posts("/oauth2/token") == 2


@pytest.mark.parametrize("fault", ["reset", "garble", "login_page", "wrong_shape"])
def test_generate_is_never_repeated(client, sandbox, fault):
    """Class D: a lost answer stays unknown (K6, K7)."""
    sandbox.fault(fault, GENERATE, when="after")
    with pytest.raises(EffectUnknownError):
        client.generate("RoyaltyStatement", {})
    assert sandbox.posts("/generate") == 1


def test_resolve(client, sandbox):
    """Name to id, data source and queues; remembered for an hour."""
    found = client.resolve("RoyaltyStatement")
    assert (found.communication_id, found.dsn, found.queues) == ("5b1e0001", "STATEMENT_JSON", ("print", "email", "web", "sms"))
    calls = len(sandbox.journal())
    client.resolve("RoyaltyStatement")
    assert len(sandbox.journal()) == calls
    sandbox.advance(3600)
    client.resolve("RoyaltyStatement")
    assert len(sandbox.journal()) > calls


@pytest.mark.parametrize("name", ["DraftLetter", "Nothing", "NoSource"])
def test_resolve_what_is_not_ready(client, sandbox, name):
    """Not approved, not there, without a data source: the configuration is to be mended."""
    sandbox.control("POST", "/seed", {"records": {"exstream": {"communications": [{"name": "NoSource", "dsn": ""}]}}})
    with pytest.raises(FixConfigurationError, match=name):
        client.resolve(name)


def test_production_guard_sends_nothing(make_client, document, recipients, sandbox):
    """A production domain must be named as such on both sides."""
    for extra in ({"domain": "acme-prod"}, {"production": True}, {"domain": "elsewhere"}):
        client = make_client(**extra)
        (batch,), _ = client.build_batch(document, recipients(1))
        with pytest.raises(BadConnectionError):
            client.submit_batch("royalty-statements", batch)
        with pytest.raises(BadConnectionError):
            client.generate("RoyaltyStatement", {})
    assert (sandbox.posts(), sandbox.posts("ondemand"), sandbox.effects("exstream.transaction")) == (0, 0, [])
    assert make_client(domain="acme-prod", production=True).generate("RoyaltyStatement", {})


def test_unpublished_channel_is_named(client, document, recipients):
    """310130."""
    (batch,), _ = client.build_batch(document, recipients(1))
    with pytest.raises(FixConfigurationError, match="channel unpublished") as caught:
        client.submit_batch("unpublished", batch)
    assert "310130" in caught.value.evidence


def test_missing_queue_is_named(client, sandbox, document, recipients):
    """Each channel asked for must be in the communication set."""
    sandbox.control("POST", "/seed", {"records": {"exstream": {"communications": [{"name": "MailOnly", "queues": ["email"]}]}}})
    with pytest.raises(FixConfigurationError, match="no queue print"):
        client.check_queues(document._replace(template="MailOnly"), recipients(1, preference="print"))


def test_thousand_and_one(client, document, recipients):
    """Two batches with different keys; the same letters give the same keys, in whatever order they come."""
    given = recipients(1001)
    parts, unfit = client.build_batch(document, given)
    assert ([len(part.customers) for part in parts], unfit) == ([1000, 1], [])
    assert len({part.key for part in parts}) == 2
    again, _ = client.build_batch(document, given[:1000][::-1])
    assert again[0].key == parts[0].key
    assert client.build_batch(document._replace(edition="2026-H2"), given[:1000])[0][0].key != parts[0].key


def test_bytes_split_a_batch(make_client, document, recipients):
    """No part is larger than `batch_bytes`; a letter that is too large alone comes back."""
    client = make_client(batch_bytes=2000)
    parts, _ = client.build_batch(document, recipients(10))
    assert len(parts) > 1
    assert all(len(part.content) <= 2000 for part in parts)
    _, unfit = client.build_batch(document, recipients(1, data={"Text": "x" * 3000}))
    assert unfit[0].why == "is larger than a batch may be"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"data": {"Payment Due": "1"}}, "Data.Payment Due"),
        ({"data": {"Lines": [{"a b": "1"}]}}, "Data.Lines.a b"),
        ({"data": {"Due": 1.5}}, "Data.Due"),
        ({"address": {"Line 1": "x"}}, "Address.Line 1"),
        ({"email_address": None}, "EmailAddress"),
    ],
)
def test_unfit_recipients_come_back(client, document, recipients, change, place):
    """Names with a space, money as a float, e-mail without an address: by place, never by value."""
    parts, unfit = client.build_batch(document, recipients(1, **change))
    assert (parts, unfit[0].place) == ([], place)


@pytest.mark.parametrize("dates", ["milliseconds", "iso"])
def test_dates_agree(client, sandbox, document, recipients, dates):
    """Milliseconds and ISO text are the same moment."""
    sandbox.settings(dates=dates)
    (batch,), _ = client.build_batch(document, recipients(1))
    ref = client.submit_batch("royalty-statements", batch)
    assert ref.job_ids == ("job-1",)
    assert client.get_job("job-1").start_date == sandbox.now
    assert [job.id for job in client.iter_jobs("royalty-statements", sandbox.now.date())] == ["job-1"]


def test_jobs_over_several_pages(client, sandbox, document, recipients):
    """Pages joined are the whole."""
    for number in range(101):
        (batch,), _ = client.build_batch(document._replace(edition=str(number)), recipients(1))
        client.submit_batch("royalty-statements", batch)
    assert len({job.id for job in client.iter_jobs("royalty-statements", sandbox.now.date())}) == 101
    assert client.find_job(batch.key, sandbox.now, "royalty-statements").job_ids == ("job-101",)


def test_token_expires_between_post_and_polls(client, sandbox, document, recipients):
    """One refresh, whether its end was known or not."""
    (batch,), _ = client.build_batch(document, recipients(1))
    client.submit_batch("royalty-statements", batch)
    assert sandbox.posts("/oauth2/token") == 1
    sandbox.advance(850)
    client.get_job("job-1")
    assert sandbox.posts("/oauth2/token") == 2
    sandbox.fault("expire_token", "*/jobs/job-1", method="GET")
    client.get_job("job-1")
    assert sandbox.posts("/oauth2/token") == 3


@pytest.mark.parametrize(
    "extra", [{"tenant": "acme"}, {"otds_url": "{}/otdsws"}, {"otds_url": "{}", "tenant": "acme"}, {"token_url": "{}/otdsws/oauth2/token"}]
)
def test_tokens_by_every_way(make_client, sandbox, extra):
    """Discovery, OTDS with and without a tenant, a URL of one's own."""
    given = {"tenant": "", **{key: value.format(f"{sandbox.url}/exstream") for key, value in extra.items()}}
    assert any("24.4" in check.sentence for check in make_client(**given).test())


def test_bad_credentials(make_client, sandbox):
    """One call, no storm, no secret (K1)."""
    with pytest.raises(AuthFailedError, match="refused the client") as caught:
        make_client(password="c4n4ry").test()
    assert (sandbox.posts("/oauth2/token"), "c4n4ry" in str(caught.value)) == (1, False)


@pytest.mark.parametrize(
    ("status", "error", "calls"), [(403, ForbiddenError, 1), (429, RateLimitedError, 5), (500, ServerError, 5), (502, ServerError, 5)]
)
def test_statuses_of_a_read(client, sandbox, status, error, calls):
    """Class and number of calls (K3)."""
    sandbox.fault("status", VERSION, method="GET", times=9, value={"status": status, "body": {"status": status}})
    with pytest.raises(error):
        client.test()
    assert sum(entry["path"] == VERSION for entry in sandbox.journal()) == calls


@pytest.mark.parametrize("fault", ["truncate", "garble", "drop", "reset", "login_page", "wrong_shape"])
def test_spoilt_reads_are_repeated(client, sandbox, fault):
    """Once spoilt, the next answer counts (K7, K8)."""
    sandbox.fault(fault, VERSION, method="GET")
    assert any("24.4" in check.sentence for check in client.test())


def test_second_error_shape(client, sandbox):
    """`status: error` with an inner status, under 4xx."""
    body = {"status": "error", "data": [{"errorMessage": "c4nary", "statusCode": "401"}]}
    sandbox.fault("status", GENERATE, value={"status": 400, "body": body})
    with pytest.raises(ForbiddenError) as caught:
        client.generate("RoyaltyStatement", {})
    assert "c4nary" not in str(caught.value)
    sandbox.fault("status", GENERATE, value={"status": 400, "body": "<html>", "contentType": "text/html"})
    with pytest.raises(InvalidError):
        client.generate("RoyaltyStatement", {})


def test_unknown_states_and_members(client, sandbox):
    """An unknown status is neither success nor crash (K12); a missing member is told by name (K11)."""
    job = {"id": "job-1", "status": "pondering", "mystery": 1}
    sandbox.fault("status", "*/jobs/job-1", method="GET", value={"status": 200, "body": {"status": "success", "data": job}})
    assert client.get_job("job-1").status == "pondering"
    body = {"status": "success", "data": {"id": "job-1"}}
    sandbox.fault("status", "*/jobs/job-1", method="GET", value={"status": 200, "body": body})
    with pytest.raises(BadShapeError) as caught:
        client.get_job("job-1")
    assert caught.value.evidence == "status"


def test_by_hand(client, sandbox, document, recipients):
    """Stop, reprocess, delete, files of a step."""
    (batch,), _ = client.build_batch(document, recipients(1))
    client.submit_batch("royalty-statements", batch)
    client.cancel("job-1")
    client.reprocess("job-1")
    sandbox.advance(5)
    with pytest.raises(ConflictError):
        client.cancel("job-1")
    step = next(step for step in client.iter_steps("job-1") if step.step_type == "communication")
    assert "Customers processed: 1" in client.read_message_file(step.id)
    assert client.output_files(step.id) == ["Queue_26_email/1.out"]
    assert client.outputs(step.id)[0]["queue"] == "email"
    assert client.customer_artifacts(step.id, "1")[:2] == b"PK"
    with pytest.raises(ConflictError):
        client.delete("job-1")
    client.delete("job-1", force=True)
    with pytest.raises(EffectUnknownError):
        client.read_manifest("job-1")
    with pytest.raises(NotFoundError):
        client.get_job("job-9")


@pytest.mark.parametrize("fault", ["reset", "drop", "login_page", "status"])
def test_cancel_whose_answer_was_lost(client, sandbox, document, recipients, fault):
    """The repeat meets 409, and the job is as it should be: no error, one cancelled job."""
    (batch,), _ = client.build_batch(document, recipients(1))
    client.submit_batch("royalty-statements", batch)
    sandbox.fault(fault, "*/jobs/job-1/stop", when="after", value={"status": 503} if fault == "status" else None)
    client.cancel("job-1")
    assert (sandbox.posts("/stop"), client.get_job("job-1").status) == (2, "canceled")


@pytest.mark.parametrize("fault", ["reset", "drop", "login_page", "status"])
def test_release_whose_answer_was_lost(client, sandbox, document, recipients, fault):
    """The repeat meets 409 because nothing is held any more: no error, one letter."""
    sandbox.settings(job_end="holding")
    (batch,), _ = client.build_batch(document, recipients(1))
    ref = client.submit_batch("royalty-statements", batch)
    sandbox.advance(5)
    sandbox.fault(fault, "*/release", when="after", value={"status": 503} if fault == "status" else None)
    client.release(ref.instance_ids[0])
    assert (sandbox.posts("/release"), sandbox.effects()) == (2, ["d-1/email"])


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_release_of_what_is_not_held(client, sandbox, document, recipients, is_cancelled):
    """A running or a cancelled job was not let go by anybody."""
    (batch,), _ = client.build_batch(document, recipients(1))
    ref = client.submit_batch("royalty-statements", batch)
    if is_cancelled:
        client.cancel("job-1")
    with pytest.raises(ConflictError):
        client.release(ref.instance_ids[0])


def test_inputs_with_an_anti_csrf_token(make_client, client, sandbox, document, recipients):
    """Where the ingress wants a token, every input carries a fresh one; without the switch it is refused."""
    sandbox.settings(csrf=True)
    (batch,), _ = client.build_batch(document, recipients(1))
    with pytest.raises(ForbiddenError):
        client.submit_batch("royalty-statements", batch)
    guarded = make_client(csrf=True)
    guarded.submit_batch("royalty-statements", batch)
    assert guarded.generate("RoyaltyStatement", {"PaymentDue": "1.20"})[0].content.startswith(b"%PDF")
    inputs = [entry["headers"].get("X-Csrf-Token") for entry in sandbox.journal() if "/inputs/" in entry["path"]]
    assert inputs == [None, "sandbox-csrf-1", "sandbox-csrf-2"]


def test_ingress_without_anti_csrf_tokens(make_client, sandbox, document, recipients):
    """A switch that is on for nothing is told before anything is sent."""
    client = make_client(csrf=True)
    (batch,), _ = client.build_batch(document, recipients(1))
    with pytest.raises(BadShapeError, match="anti-CSRF"):
        client.submit_batch("royalty-statements", batch)
    assert sandbox.posts() == 0


def test_mail_events_need_their_switch(make_client, sandbox):
    """The route is called internal, so it is asked only where somebody says so."""
    with pytest.raises(FeatureMissingError):
        list(make_client().iter_events(sandbox.now))
    assert list(make_client(eventmetrics=True).iter_events(sandbox.now)) == []


def test_every_request_was_accepted(client, sandbox, document, recipients):
    """What the client sends is what the strict sandbox takes (K18)."""
    (batch,), _ = client.build_batch(document, recipients(2))
    client.submit_batch("royalty-statements", batch)
    sandbox.advance(5)
    client.read_manifest("job-1")
    list(client.iter_outcomes(0))
    client.test()
    assert {entry["status"] for entry in sandbox.journal()} == {200}
    assert json.loads(batch.content)["batch"]["Count"] == 2
