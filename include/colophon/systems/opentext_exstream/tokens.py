"""Where a token comes from: a URL that is given, OTDS, or discovery by tenant (contract section 1)."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from colophon import environment
from colophon.errors import AuthFailedError, BadConnectionError, BadShapeError, NotFoundError, UntrustedLinkError, WrongAddressError
from colophon.http.address import TrustedUrl, configured
from colophon.http.auth import OAuth2ClientCredentials, Token
from colophon.http.client import HttpClient
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.settings import SYSTEM, ExstreamSettings, Extra

KNOWN_ERRORS = frozenset({"invalid_client", "invalid_grant", "invalid_scope", "invalid_request", "unauthorized_client"})


ELSEWHERE = "discovery names a token service that is not the connection's; the client's secret was not sent there"
_REMEDY = "If it is the right one, set `token_url`, or name its host in `link_hosts`; else tell the system's operator."


def token_source(
    settings: ExstreamSettings, http: HttpClient, *, monotonic: Callable[[], float] = environment.monotonic
) -> OAuth2ClientCredentials:
    """Bearer tokens that are renewed before they end. `http` is a client without credentials."""
    return OAuth2ClientCredentials(lambda: _fetch(settings, http), secrets=(settings.password,), monotonic=monotonic)


def _fetch(settings: ExstreamSettings, http: HttpClient) -> Token:
    extra = settings.extra
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.login,
        "client_secret": settings.password,
        "scope": extra.wanted_scope,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.call(op.TOKEN, body=urlencode(form).encode(), headers=headers, base=_endpoint(extra, http))
    except UntrustedLinkError as problem:
        raise BadConnectionError(ELSEWHERE, system=SYSTEM, operation="discovery", evidence=problem.sentence, remedy=_REMEDY) from None
    body: Any = answer.json()
    if answer.status != 200:
        word = body.get("error") if isinstance(body, dict) else None
        told = word if word in KNOWN_ERRORS else "no reason that we know"
        raise AuthFailedError("the token service refused the client", system=SYSTEM, operation="token", evidence=f"{answer.status}, {told}")
    return _token(body if isinstance(body, dict) else {})


def _token(body: Mapping[str, Any]) -> Token:
    value, lives = body.get("access_token"), body.get("expires_in")
    if not isinstance(value, str) or not value or isinstance(lives, bool) or not isinstance(lives, int) or lives <= 0:
        raise BadShapeError("the token service gives no access_token with expires_in", system=SYSTEM, operation="token")
    return Token(value, float(lives))


def _endpoint(extra: Extra, http: HttpClient) -> TrustedUrl:
    """Raises UntrustedLinkError where discovery names one of another house."""
    if extra.token_url:
        return configured(extra.token_url, allow_http=http.settings.allow_http)
    if extra.otds_url:
        otds = configured(extra.otds_url, allow_http=http.settings.allow_http)
        return otds.below(f"/otdstenant/{extra.tenant}/oauth2/token" if extra.tenant else "/oauth2/token")
    try:
        found: Any = http.call(op.DISCOVERY, path={"tenant": extra.tenant}).json()
    except NotFoundError as problem:
        sentence = "no token service is found at this address for this tenant"
        raise WrongAddressError(sentence, system=SYSTEM, operation="discovery", evidence=problem.evidence) from problem
    endpoint = found.get("token_endpoint") if isinstance(found, dict) else None
    if not isinstance(endpoint, str):
        raise BadShapeError("discovery names no token_endpoint", system=SYSTEM, operation="discovery")
    return http.settings.trusted(endpoint, kin=True)
