"""The anti-CSRF token that an HTTP input channel may ask for (contract section 1; ASM, connection's `csrf`).

The vendor names the token and not the exchange. Ours is the usual one: a read asks with `X-CSRF-Token: Fetch`, the answer's header
has the token, the next write carries it. Another exchange is another class with `headers`.
"""

from collections.abc import Mapping

from colophon.errors import BadShapeError
from colophon.http.client import HttpClient
from colophon.http.response import Response
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.settings import SYSTEM

HEADER, ASK = "X-CSRF-Token", "Fetch"


class CsrfExchange:
    """A fresh token before every input, so that none is ever too old."""

    def __init__(self, http: HttpClient, *, is_on: bool) -> None:
        """:param is_on: whether the ingress asks for tokens; without it nothing is asked and nothing is added."""
        self._http, self._is_on = http, is_on

    def headers(self) -> Mapping[str, str]:
        """What a write to an input channel must carry besides its credentials.

        :raises BadShapeError: the service gives no token; nothing was sent then.
        """
        if not self._is_on:
            return {}
        return {HEADER: _token(self._http.call(op.CSRF, headers={HEADER: ASK}, check=_check))}


def _check(answer: Response) -> None:
    if answer.status < 300:
        _token(answer)


def _token(answer: Response) -> str:
    value = answer.headers.get(HEADER.lower(), "")
    if answer.status < 300 and value.isascii() and value.isprintable() and value.strip():
        return value
    remedy = "Ask who runs the ingress whether it wants a token, and switch csrf off where it does not."
    evidence = f"HTTP {answer.status}"
    raise BadShapeError("the service gives no anti-CSRF token", system=SYSTEM, operation=op.CSRF.name, evidence=evidence, remedy=remedy)
