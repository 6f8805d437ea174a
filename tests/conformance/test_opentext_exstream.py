"""OpenText Exstream passes the common suite: batches found again by their external id or their manifest, single letters at most once."""

from datetime import date
from types import MappingProxyType

import pytest
from suite import NOW, Conformance, Tasks, Token, Verb

from colophon.blocks.use_case import Needs
from colophon.domain.delivery import Delivery
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.jobs import Jobs
from colophon.systems.opentext_exstream.port import LetterPort
from colophon.systems.opentext_exstream.records import Document, Letter
from colophon.systems.opentext_exstream.settings import ExstreamSettings
from colophon_airflow.systems.opentext_exstream.operators import OpentextExstreamAwaitOperator, OpentextExstreamDeliverOperator
from colophon_sandbox.systems import opentext_exstream as sandbox_exstream

NAME, EMAIL, PHONE = "Zoë Canary-Müller", "zoe.canary@example.org", "00442079460123"
STREET, AMOUNT, WORDS = "17 Canary Wharf Rd", "31415926.53", "Not at this price, says the canary"
DOCUMENT = Document("royalty_statement", "RoyaltyStatement", "4", "2026-H1")
SERVICE = "royalty-statement"
RUNTIME, INPUTS = "/orchestration/api/v1/runtime/acme-test", "/orchestration/api/v1/inputs"
TOKEN_PATH = "/tenants/acme/oauth2/token"
SETTLED = frozenset({"garble", "wrong_shape"})
"""The repeat meets a 409 whose body is spoilt as well; its status alone sends the client to look at the job itself."""
OTDS_PATH = "/otdsws/otdstenant/acme/oauth2/token"


def letter(preference="email"):
    """Everything personal that a letter can carry."""
    return Letter(
        delivery_preference=preference, theme="northlight", locale="en_GB", email_address=EMAIL, phone_number=PHONE, name=NAME,
        address={"Street": STREET}, data={"PaymentDue": AMOUNT},
    )  # fmt: skip


def deliveries(count=2):
    """Letters as the ledger hands them over."""
    content = letter().model_dump_json(by_alias=True, exclude_none=True).encode()
    return [
        Delivery(f"d-{n}", "uc", SERVICE, f"contract:{n}", 1, "hash", "C", "application/json", content, NOW, {}, tried=False)
        for n in range(1, count + 1)
    ]


def send(client, given):
    """What a try of the task does with them."""
    return LetterPort(client, DOCUMENT, wait_s=30).send(given)


def known(client, _box):
    """The domain and the communication are known, so that the next request is the verb's own."""
    client.guard()
    client.resolve(DOCUMENT.template)


def to_send(client, box):
    """Letters; jobs take no time, so that their manifests can be read while the clock stands still."""
    known(client, box)
    box.settings(job_seconds=0)
    return deliveries()


def some_jobs(client, box, count=1):
    """Jobs that have ended, by id."""
    box.settings(job_seconds=0)
    found = [verdict.remote_id.partition("/")[0] for _ in range(count) for verdict in send(client, deliveries(1))]
    box.advance(1)
    return found


def running_job(client, _box):
    """A job that has not ended, by id."""
    known(client, _box)
    return send(client, deliveries(1))[0].remote_id.partition("/")[0]


def held_instance(client, box):
    """A flow instance that waits to be let go, by id."""
    box.settings(job_seconds=0, job_end="holding")
    job_id = running_job(client, box)
    box.advance(1)
    return client.jobs.instances(job_id)[0].id


def letters(box):
    """Counts what has left, once there was time for it."""
    box.advance(6)
    return len(box.effects("exstream.letter"))


def at_once(box):
    """Counts what was composed at once."""
    return sum(key.startswith("ondemand/") for key in box.effects("exstream.transaction"))


def accepted(verdicts):
    """Whether all were taken."""
    return [(v.delivery_id, v.result) for v in verdicts] == [("d-1", "accepted"), ("d-2", "accepted")]


def manifest(client, job_id):
    """The manifest as somebody reads it who has not read it before."""
    return Jobs(client.http, client.settings.extra, clock=client.clock, sleep=client.sleep).manifest(job_id)


def outcomes(_client, box):
    """Three records in the feed."""
    rows = [{"type": "responded", "deliveryId": f"d-{n}", "response": {"kind": "free_text", "text": WORDS, "fields": {}}} for n in range(3)]
    box.seed(outcomes=rows)
    box.advance(0)


class Exstream(Conformance):
    """What all connections have in common."""

    __test__ = False
    system = "exstream"
    named = "opentext_exstream"
    base = "/exstream"
    secrets = MappingProxyType({"password": "sandbox-not-a-secret"})
    canaries = (NAME, EMAIL, PHONE, STREET, AMOUNT, WORDS)
    headers = frozenset({"communicationid", "driverdatasource", "externalid"})
    token = Token(TOKEN_PATH, lambda client: client.domains())
    own: MappingProxyType[str, object] = MappingProxyType({"tenant": "acme", "external_id": True})

    def make_client(self, address, secrets, extra, **injected):
        ours = {"domain": "acme-test", "settle_seconds": 7, **{k: self.placed(v, address) for k, v in self.own.items()}, **extra}
        if isinstance(ours["timeouts"], dict):
            ours["timeouts"] = {**ours["timeouts"], "on_demand": ours["timeouts"]["read"]}
        settings = ExstreamSettings.from_connection(address, "sandbox-client", secrets["password"], ours)
        return ExstreamClient(settings, **injected)

    @staticmethod
    def placed(value, address):
        """A setting that is an address below the system's."""
        return f"{address}{value}" if isinstance(value, str) and value.startswith("/") else value


class TestExstream(Exstream):
    """The cloud's token service; jobs are found by their external id."""

    __test__ = True
    tasks = Tasks(
        "opentext_exstream", "C",
        lambda address: {
            "host": address, "login": "sandbox-client", "password": "sandbox-not-a-secret",
            "extra": {"tenant": "acme", "domain": "acme-test", "external_id": True},
        },
        lambda given: [
            OpentextExstreamDeliverOperator(
                case=lambda: Needs(id="test"), document=DOCUMENT.kind, template=DOCUMENT.template, version=DOCUMENT.version, edition=DOCUMENT.edition, **given
            ),
            OpentextExstreamAwaitOperator(case=lambda: Needs(id="test"), document=DOCUMENT.kind, **given),
        ],
        tuple(letter(preference).model_dump(by_alias=True, exclude_none=True) for preference in ("email", "print")),
        Verb("send", "POST", f"{INPUTS}/batch/acme-test/{SERVICE}", lambda *_: None, effects=letters),
        lambda box, _desk: box.settings(job_seconds=0),
    )  # fmt: skip
    read = Verb(
        "get_job", "GET", f"{RUNTIME}/jobs/*", lambda client, job_id: client.get_job(job_id),
        prepare=lambda client, box: some_jobs(client, box)[0], is_done=lambda job: job.status == "complete",
        required=("status", "data", "data/id", "data/status"), state="data/status",
    )  # fmt: skip
    paged = Verb(
        "iter_jobs", "GET", f"{RUNTIME}/jobs", lambda client, _: list(client.iter_jobs(SERVICE, date(2026, 5, 1))),
        prepare=lambda client, box: some_jobs(client, box, 3), is_done=lambda jobs: len(jobs) == 3,
        required=("data", "data/1/id", "data/2/status"), state="data/0/status",
        small_pages=lambda box: box.limit("count", 1), ids=lambda jobs: [job.id for job in jobs],
    )  # fmt: skip
    write_c = Verb(
        "send", "POST", f"{INPUTS}/batch/acme-test/{SERVICE}", send, prepare=to_send, effects=letters, size=2, is_done=accepted,
        required=("status", "data", "data/0/id", "data/0/jobId"), answers=frozenset({413}),  # then in halves
    )  # fmt: skip
    write_d = Verb(
        "generate", "POST", f"{INPUTS}/ondemand/acme-test/generate",
        lambda client, data: client.generate(DOCUMENT.template, data),
        prepare=lambda client, box: known(client, box) or letter().model_dump(by_alias=True, exclude_none=True),
        effects=at_once, is_done=lambda outputs: len(outputs) == 1 and outputs[0].content.startswith(b"%PDF"),
        required=("status", "data", "data/0/content", "data/0/mimeType"),
    )  # fmt: skip


@pytest.mark.nightly
class TestExstreamByHand(Exstream):
    """What a person does to a job: done once, however often the answer is lost."""

    __test__ = True
    absent = frozenset({"conflict"})
    read = TestExstream.read
    more = (
        Verb("cancel", "POST", f"{RUNTIME}/jobs/*/stop", lambda client, job_id: client.cancel(job_id), prepare=running_job,
             effects=lambda box: sum(job["status"] == "canceled" for job in box.rows("exstream.jobs")), writes="B",
             harmless=SETTLED),
        Verb("release", "POST", f"{RUNTIME}/flow-instances/*/release", lambda client, instance: client.release(instance),
             prepare=held_instance, effects=letters, writes="B", harmless=SETTLED),
    )  # fmt: skip


class AsksForCsrf(sandbox_exstream.Exstream):
    """The service behind an ingress that wants anti-CSRF tokens."""

    settings = {**sandbox_exstream.Exstream.settings, "csrf": True}  # noqa: RUF012 - the base class declares it


@pytest.mark.nightly
class TestExstreamWithCsrf(Exstream):
    """Every input carries an anti-CSRF token."""

    __test__ = True
    systems = (AsksForCsrf,)
    headers = Exstream.headers | {"x-csrf-token"}
    own = MappingProxyType({"tenant": "acme", "external_id": True, "csrf": True})
    read = TestExstream.read
    write_c = TestExstream.write_c
    write_d = TestExstream.write_d


@pytest.mark.nightly
class TestExstreamByManifest(Exstream):
    """A token service of one's own; jobs are found by what is in their manifests."""

    __test__ = True
    token = Token(OTDS_PATH, lambda client: client.domains())
    own = MappingProxyType({"tenant": "acme", "otds_url": "/otdsws", "external_id": False, "outcome_source": "feed"})
    read = Verb(
        "read_manifest", "GET", f"{RUNTIME}/flow-steps/*/delivery-file", manifest,
        prepare=lambda client, box: some_jobs(client, box)[0],
        is_done=lambda found: found.customers_processed == 1 and found.values("ColophonDeliveryId") == {"d-1"},
        harmless=frozenset({"dribble-after"}),
    )  # fmt: skip
    paged = Verb(
        "iter_outcomes", "GET", "/ext/api/v1/outcomes", lambda client, _: list(client.iter_outcomes(0)), prepare=outcomes,
        is_done=lambda found: len(found) == 3, required=("data", "data/1/id", "data/2/type", "data/0/at"), state="data/0/type",
        small_pages=lambda box: box.limit("limit", 1), ids=lambda found: [outcome.id for outcome in found],
    )  # fmt: skip
    write_c = TestExstream.write_c
    write_d = Verb(
        "generate_by_channel", "POST", f"{INPUTS}/ondemand/acme-test/{SERVICE}",
        lambda client, data: client.generate_by_channel(SERVICE, data),
        prepare=lambda client, box: known(client, box) or letter().model_dump(by_alias=True, exclude_none=True),
        effects=at_once, is_done=lambda outputs: len(outputs) == 1,
        required=("status", "data", "data/0/content", "data/0/mimeType"),
    )  # fmt: skip
