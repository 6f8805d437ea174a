"""OpenText Push passes the common suite: with basic credentials at most once, with tokens and our ids repeated."""

from types import MappingProxyType

import pytest
from suite import Conformance, Tasks, Token, Verb

from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.records import Message, Target
from colophon.systems.opentext_push.settings import PushSettings
from colophon_airflow.systems.opentext_push.operators import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_sandbox.systems.opentext_push import OpentextPush

NAME, EMAIL, PHONE = "Zoë Canary-Müller", "zoe.canary@example.org", "00442079460123"
DEVICE, HOOK_SECRET = "tok-ok-canary-of-a-device", "hook-canary-not-real"
PARSER, STATUS = "/mra/v1/utils/parser", "/mra/v1/outbound/push/status"
JOB_MEMBERS = ("job_id", "job_state", "entry_time", "deliveries", "deliveries/0/ref_base64")
TOKEN_PATH = "/tenants/acme/oauth2/token"


def file_for(client, count=1):
    """A file for so many devices of a person."""
    messages = [Message(f"d-{n}", Target("token", f"{DEVICE}-{n}"), f"For {NAME}", "Proof approved") for n in range(count)]
    return client.build_file(messages, "push__milestone_alerts", "1")


def some_jobs(client, count):
    """Jobs of our own, by id."""
    files = [client.build_file([Message(f"d-{n}", Target("token", DEVICE), NAME, "")], "uc", str(n)) for n in range(count)]
    return [client.submit(file).job_id for file in files]


def sms(client, ref):
    """A text message to a person."""
    return client.submit_sms(ref, PHONE, f"For {NAME}", message_id=f"acme-{ref}", use_case="push__milestone_alerts")


def email(client, ref):
    """An e-mail to a person."""
    return client.submit_email(ref, EMAIL, f"For {NAME}", "Proof approved", message_id=f"acme-{ref}", use_case="push__milestone_alerts")


def delivered(kind):
    """Counts what people have got, once there was time for it."""

    def count(box):
        box.advance(6)
        return len(box.effects(kind))

    return count


def is_job(submitted):
    """Whether there is a job."""
    return bool(submitted.job_id)


class Push(Conformance):
    """What all connections to the messaging system have in common."""

    __test__ = False
    system = "push"
    named = "opentext_push"
    base = "/push"
    secrets = MappingProxyType({"password": "sandbox-not-a-password"})
    canaries = (NAME, EMAIL, PHONE, DEVICE, HOOK_SECRET)
    headers = frozenset({"x-mra-submitid"})
    write_tries = 5
    budget_s = 600.0
    busy_s = (60, 66)
    lost_waits_s = (10, 20, 40, 80)
    own: MappingProxyType[str, object] = MappingProxyType({})

    def make_client(self, address, secrets, extra, **injected):
        ours = {"account": "acme", "hook_secret": HOOK_SECRET, "max_per_second": 1_000_000, **self.own}
        if self.token:
            ours["token_url"] = f"{address}{TOKEN_PATH}"
        settings = PushSettings.from_connection(f"{address}/mra/v1", "sandbox", secrets["password"], {**ours, **extra})
        return PushClient(settings, **injected)

    read = Verb(
        "get_status", "GET", STATUS, lambda client, job_id: client.get_status(job_id),
        prepare=lambda client, _: client.submit(file_for(client)).job_id,
        is_done=lambda job: len(job.deliveries) == 1, required=JOB_MEMBERS, state="job_state/0",
    )  # fmt: skip


def people(_box, desk):
    """Who has which devices, in the publisher's folder."""
    (desk.folder / "people.csv").write_text(f"person,kind,value\n{EMAIL},token,{DEVICE}-1\n{EMAIL},sms,{PHONE}\n")
    desk.patch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(desk.folder))


class TestPushAtMostOnce(Push):
    """Basic, `dedupe: none`: an alert has no key; a text message has."""

    __test__ = True
    absent = frozenset({"not_found"})  # of the job that nobody has: asked about before the first message
    tasks = Tasks(
        "opentext_push", "D",
        lambda address: {
            "host": f"{address}/mra/v1", "login": "sandbox", "password": "sandbox-not-a-password",
            "extra": {"account": "acme", "hook_secret": HOOK_SECRET, "max_per_second": 1_000_000},
        },
        lambda given: [OpentextPushDeliverOperator(people="people.csv", **given), OpentextPushAwaitOperator(people="people.csv", **given)],
        tuple({"person": EMAIL, "title": f"For {NAME}", "body": f"Proof {n}"} for n in (1, 2)),
        Verb("submit", "POST", PARSER, lambda *_: None, effects=delivered("push.delivered")), people,
    )  # fmt: skip
    paged = Verb(
        "get_statuses", "POST", STATUS, lambda client, job_ids: client.get_statuses(job_ids),
        prepare=lambda client, _: some_jobs(client, 3), is_done=lambda jobs: len(jobs) == 3 and all(jobs.values()),
        required=tuple(f"1/{member}" for member in JOB_MEMBERS), state="1/deliveries/0/delivery_attempts/0/state",
    )  # fmt: skip
    write_a = Verb(
        "submit_sms", "POST", "/mra/v1/outbound/sms", sms, prepare=lambda *_: "d-7f3a",
        effects=delivered("sms.delivered"), is_done=is_job, required=("job_id",),
    )  # fmt: skip
    write_d = Verb(
        "submit", "POST", PARSER, lambda client, file: client.submit(file), prepare=lambda client, _: file_for(client, 2),
        effects=delivered("push.delivered"), size=2, is_done=is_job, required=("job_id",),
    )  # fmt: skip


class TakesTokens(OpentextPush):
    """The messaging system with a token endpoint that counts."""

    settings = {**OpentextPush.settings, "require_basic": False}  # noqa: RUF012 - the base class declares it


@pytest.mark.nightly
class TestPushWithTokens(Push):
    """OAuth2, `dedupe: message_id`: an alert is repeated under its id."""

    __test__ = True
    systems = (TakesTokens,)
    own = MappingProxyType({"auth": "oauth2", "dedupe": "message_id"})
    token = Token(TOKEN_PATH, lambda client: sms(client, "d-0"))
    write_a = Verb(
        "submit_once", "POST", PARSER, lambda client, file: client.submit(file), prepare=lambda client, _: file_for(client, 2),
        effects=delivered("push.delivered"), size=2, is_done=is_job, required=("job_id",),
    )  # fmt: skip


@pytest.mark.nightly
class TestPushByEmail(Push):
    """The other fallback channel, and its status."""

    __test__ = True
    read = Verb(
        "get_email_status", "GET", "/mra/v1/outbound/emails/status", lambda client, job_id: client.get_status(job_id, "email"),
        prepare=lambda client, _: email(client, "d-1").job_id,
        is_done=lambda job: len(job.deliveries) == 1, required=JOB_MEMBERS, state="job_state/0",
    )  # fmt: skip
    write_a = Verb(
        "submit_email", "POST", "/mra/v1/outbound/emails", email, prepare=lambda *_: "d-7f3a",
        effects=delivered("email.delivered"), is_done=is_job, required=("job_id",),
    )  # fmt: skip
