"""Where the client's secret goes: to the connection's own token service, whatever an answer says."""

import json

import pytest

from colophon.errors import BadConnectionError
from colophon.http.address import TrustedUrl
from colophon.http.client import HttpClient
from colophon.http.response import Response
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.settings import ExstreamSettings
from colophon.systems.opentext_exstream.tokens import token_source

HOST = "https://na-1.exstream.example.com"


class Door(HttpClient):
    """Discovery names `endpoint`; `posts` are the addresses that got the secret."""

    def __init__(self, settings: ExstreamSettings, endpoint: str) -> None:
        self.settings, self.endpoint, self.posts = settings.http, endpoint, []

    def call(self, operation, *, base: TrustedUrl | None = None, **_given) -> Response:
        """No network."""
        if operation is op.DISCOVERY:
            return Response(200, {"content-type": "application/json"}, json.dumps({"token_endpoint": self.endpoint}).encode())
        self.posts.append(base.text)
        return Response(200, {"content-type": "application/json"}, b'{"access_token": "t", "expires_in": 600}')


def door(endpoint: str, **extra: object) -> Door:
    """The door of a connection."""
    given = {"tenant": "acme", "domain": "d", "start_jitter_seconds": 0, **extra}
    settings = ExstreamSettings.from_connection(HOST, "client-1", "c4n4ry", given)
    found = Door(settings, endpoint)
    found.source = token_source(settings, found)
    return found


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/steal",
        "http://na-1.exstream.example.com/oauth2/token",
        "http://127.0.0.1:8080/steal",
        "https://exstream.example.com.evil.example/t",
        "https://evil-example.com/t",
        "https://na-1.exstream.example.com:8443/t",
        "https://user:pw@na-1.exstream.example.com/t",
        "ftp://na-1.exstream.example.com/t",
    ],
)
def test_the_secret_goes_to_no_service_of_another_house(endpoint):
    """Nothing is posted; the task stops, and says what to set. Neither the secret nor the address is told."""
    found = door(endpoint)
    with pytest.raises(BadConnectionError, match="was not sent there") as raised:
        found.source.headers(refresh=False)
    assert found.posts == []
    assert "link_hosts" in str(raised.value)
    assert not {"c4n4ry", endpoint} & set(str(raised.value).split())


@pytest.mark.parametrize(
    ("endpoint", "extra"),
    [
        (f"{HOST}/tenants/acme/oauth2/token", {}),
        ("https://otds.example.com/oauth2/token", {}),
        ("https://login.other.example/t", {"link_hosts": "login.other.example"}),
    ],
)
def test_the_systems_own_service_gets_it(endpoint, extra):
    """Its own host, another one of its domain, or one that the connection names."""
    found = door(endpoint, **extra)
    assert found.source.headers(refresh=False) == {"Authorization": "Bearer t"}
    assert found.posts == [endpoint]
