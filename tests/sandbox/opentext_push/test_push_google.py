"""Google's door: a token only for what the account signed, for this address, now."""

from urllib.parse import urlencode

import jwt
import pytest

from colophon_sandbox.systems.opentext_push.google import EMAIL, GRANT, SCOPE, service_account

ADDRESS = "http://localhost/push/google/token"
NOW_S = 1_777_615_200
GOOD = {"iss": EMAIL, "scope": SCOPE, "aud": ADDRESS, "iat": NOW_S, "exp": NOW_S + 3600}


def ask(remote, claims, **form):
    signed = jwt.encode(claims, service_account(ADDRESS)["private_key"], algorithm="RS256")
    given = {"grant_type": GRANT, "assertion": signed, **form}
    body = urlencode(given).encode()
    return remote.client.post("/push/google/token", data=body, content_type="application/x-www-form-urlencoded")


def test_a_good_signature_gives_the_token(remote):
    """And the token opens the route."""
    answer = ask(remote, GOOD)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["access_token"] == "sandbox-fcm-not-a-token"


@pytest.mark.parametrize(
    "change",
    [{"aud": "https://other.example"}, {"iss": "x"}, {"scope": "x"}, {"iat": NOW_S - 7200}, {"exp": NOW_S + 7200}, {"iat": NOW_S + 900}],
    ids=str,
)
def test_another_claim_gives_none(remote, change):
    """Wrong address, account or scope, too old, too long."""
    answer = ask(remote, {**GOOD, **change})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


def test_another_key_or_form_gives_none(remote):
    """A signature that is not the account's, another grant, an unknown member."""
    assert ask(remote, GOOD, assertion="a.b.c").get_json()["error"] == "invalid_grant"
    assert ask(remote, GOOD, grant_type="password").status_code == 400
    assert ask(remote, GOOD, scope="x").status_code == 400
