"""Google's door: a service account with a fixed, published key, and the exchange of what it signs for a token."""

from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.wrappers import Response

from colophon_sandbox.system import as_json
from colophon_sandbox.systems.opentext_push.fcm import TOKEN
from colophon_sandbox.world import World

EMAIL = "sandbox@not-a-project.iam.gserviceaccount.example"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = timedelta(hours=1)
SKEW = timedelta(minutes=5)
SECONDS = 3600
# Two primes instead of a key file: a published key must not look like a lost one.
_P = int(
    "fa667987b55811bdbe7d3dd295d140b88a6c456c01deb71852e13177f74b763f"
    "8f7f357cea430facef01ec5b5264f2344d44c38b60b60c564735cebddde54792"
    "2d3ed3565503c1d46507a75ba99c3a303dc7093fd9bdabdb1e5cc351321b0ebd"
    "54afd3e8e81c7a0c9104d9701a2f098ec009456ce3ea31239996c99c98733539",
    16,
)
_Q = int(
    "c8d282802b80789b55ffecbb11883c69280163bf499e6181490c3784f65f68b2"
    "ceb1476b1d2e8c7e7eb505afba46a2572a6d56bc81d615baf2ef140ee2d48073"
    "798b886de13f7ed3c1427e02125f37937ef8698bc9c2af06af1719fd009331a7"
    "0ffa8b6a252de8cf90688bb0d026b59e1cc9b0049247ea02c5754c31a0239a6f",
    16,
)


def service_account(token_uri: str) -> dict[str, str]:
    """The key file of the account, as Google would give it."""
    pem = _key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "sandbox-key",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "token_uri": token_uri,
    }


def exchange(world: World, address: str, form: bytes) -> Response:
    """A token for an assertion that the account signed for `address`; else Google's refusal of grants."""
    found = parse_qs(form.decode("ascii", "replace"), keep_blank_values=True, strict_parsing=False)
    if set(found) != {"grant_type", "assertion"} or found["grant_type"] != [GRANT]:
        return _refused("unsupported_grant_type")
    try:
        claims = jwt.decode(
            found["assertion"][0],
            _key().public_key(),
            algorithms=["RS256"],
            audience=address,
            # The sandbox has a clock of its own.
            options={"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "iat", "exp"]},
        )
    except jwt.PyJWTError:
        return _refused("invalid_grant")
    if claims.get("scope") != SCOPE or claims["iss"] != EMAIL or not _is_timely(world, claims):
        return _refused("invalid_grant")
    return as_json({"access_token": TOKEN, "token_type": "Bearer", "expires_in": SECONDS})


def _is_timely(world: World, claims: dict[str, Any]) -> bool:
    now, issued, ends = world.now.timestamp(), claims["iat"], claims["exp"]
    return bool(abs(now - issued) <= SKEW.total_seconds() and issued < ends <= issued + LONGEST.total_seconds())


def _refused(code: str) -> Response:
    answer = as_json({"error": code, "error_description": "the assertion is not good"}, 400)
    answer.headers["X-Sandbox-Reason"] = code
    return answer


@cache
def _key() -> rsa.RSAPrivateKey:
    d = rsa.rsa_recover_private_exponent(65537, _P, _Q)
    public = rsa.RSAPublicNumbers(65537, _P * _Q)
    made = rsa.RSAPrivateNumbers(_P, _Q, d, rsa.rsa_crt_dmp1(d, _P), rsa.rsa_crt_dmq1(d, _Q), rsa.rsa_crt_iqmp(_P, _Q), public)
    return made.private_key()
