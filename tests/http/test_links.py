"""Links that an answer, an event or a record names: only hosts that the connection allows are called, and no way leads round that."""

import ast
import io
import socket
from pathlib import Path

import pytest

from colophon.domain.links import is_public_link
from colophon.errors import BadConnectionError, InvalidError, TransportError, UntrustedLinkError
from colophon.http.address import is_same_domain, read_hosts
from colophon.http.auth import BearerKey
from colophon.http.client import HttpClient
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.settings import HttpSettings

ROOT = Path(__file__).resolve().parents[2]
GET = Operation("get", "GET", "/unused", accept="*/*")
PUT = Operation("put", "PUT", "/unused", DeliveryClass.B, accept="*/*", expect=frozenset({200}))
OURS = "https://api.vendor.example/v1"


def test_a_link_to_our_own_host_is_trusted():
    """The system's own address needs no mention."""
    assert HttpSettings(OURS).trusted("https://api.vendor.example/files/1?sig=x").text == "https://api.vendor.example/files/1?sig=x"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/f",
        "http://api.vendor.example/f",  # the connection is https
        "https://api.vendor.example:8443/f",
        "https://api.vendor.example.evil.example/f",
        "https://user@files.vendor.example/f",
        "https://:secret@files.vendor.example/f",
        "https://files.vendor.example\\@evil.example/f",
        "https://files.vendor.example /f",
        "http://127.0.0.1:9000/latest/meta-data",
        "https://127.0.0.1/f",
        "https://[::1]/f",
        "https://[::ffff:10.0.0.1]/f",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/f",
        "ftp://files.vendor.example/f",
        "file:///etc/passwd",
        "//files.vendor.example/f",
        "https://files.vendor.example:99999/f",
        "https://[/f",
        "",
    ],
)
def test_any_other_link_is_refused_and_not_told(link):
    """Neither the address nor its query gets into the error."""
    settings = HttpSettings(
        OURS, link_hosts=("files.vendor.example", "127.0.0.1", "169.254.169.254", "localhost", "[::1]", "[::ffff:10.0.0.1]")
    )
    with pytest.raises(UntrustedLinkError) as raised:
        settings.trusted(link)
    assert not link or link not in str(raised.value)
    assert isinstance(raised.value, InvalidError)  # one subject's trouble; the others go on


def test_hosts_that_the_connection_names_are_trusted():
    """By name for every port, or for one port."""
    settings = HttpSettings(OURS, link_hosts=("files.vendor.example", "store.example:8443"))
    for link in ("https://files.vendor.example/f", "https://FILES.vendor.example:444/f", "https://store.example:8443/f"):
        assert settings.trusted(link).text == link
    with pytest.raises(UntrustedLinkError):
        settings.trusted("https://store.example/f")


def test_a_private_system_may_name_private_hosts():
    """Where our own host is in such a network, its neighbours are no surprise; other networks are."""
    settings = HttpSettings("https://10.1.0.5", link_hosts=("10.1.0.6", "127.0.0.1"))
    assert settings.trusted("https://10.1.0.6/f").text
    with pytest.raises(UntrustedLinkError):
        settings.trusted("https://127.0.0.1/f")


@pytest.mark.parametrize(
    "named", ["169.254.169.254", "127.0.0.1", "10.0.0.7", "::1", "64:ff9b::7f00:1", "::ffff:192.168.0.1", "100.64.0.1"]
)
@pytest.mark.parametrize("how", ["download", "upload", "call"])
def test_a_name_that_leads_into_a_private_network_is_not_called(monkeypatch, make_server, named, how):
    """The name is allowed; what it means just now is not. Nothing is connected to, and nothing is tried again."""
    inner = make_server()
    family = socket.AF_INET6 if ":" in named else socket.AF_INET
    asked = []

    def resolve(host, port, *_args, **_kwargs):
        asked.append(host)
        address = named if host == "files.vendor.example" else "93.184.216.34" if host == "api.vendor.example" else host
        return [(family, socket.SOCK_STREAM, 6, "", (address, inner.server_port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with HttpClient(HttpSettings(OURS, link_hosts=("files.vendor.example",), start_jitter_s=0), BearerKey("key"), system="sys") as client:
        link = client.settings.trusted("https://files.vendor.example/f")
        with pytest.raises(UntrustedLinkError) as raised:
            if how == "download":
                client.download(GET, io.BytesIO(), link=link, max_bytes=10)
            elif how == "upload":
                client.upload(PUT, io.BytesIO(b"x"), link=link)
            else:
                client.call(GET, base=link)
    assert raised.value.system == "sys"
    assert asked.count("files.vendor.example") == 1
    assert not inner.seen


def test_the_address_that_was_looked_at_is_the_one_that_is_called(monkeypatch, make_client, make_server, play):
    """A name that changes its meaning between the look and the call gains nothing: it is asked once."""
    store, asked = make_server(), []
    store.script = [play.says(raw=b"file")]
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host == "files.vendor.example":
            asked.append(host)
            assert len(asked) == 1, "asked again"
            return real("127.0.0.1", port, *args, **kwargs)
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    client, file = make_client(link_hosts=("files.vendor.example",)), io.BytesIO()  # our own host is on loopback, so that it may
    client.download(GET, file, link=client.settings.trusted(f"http://files.vendor.example:{store.server_port}/f"), max_bytes=10)
    assert file.getvalue() == b"file"
    assert store.seen[0].headers["host"] == f"files.vendor.example:{store.server_port}"


def test_a_name_without_an_address_is_a_system_that_is_away(monkeypatch):
    """Tried again, as any."""

    def resolve(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    settings = HttpSettings(OURS, link_hosts=("files.vendor.example",), start_jitter_s=0, read_tries=1)
    with HttpClient(settings, BearerKey("key"), system="sys") as client, pytest.raises(TransportError):
        client.download(GET, io.BytesIO(), link=settings.trusted("https://files.vendor.example/f"), max_bytes=10)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("api.vendor.example", "login.vendor.example", True),
        ("na-1.ot2.opentext.com", "otds.opentext.com", True),
        ("a.press.co.uk", "b.press.co.uk", True),
        ("press.co.uk", "evil.co.uk", False),
        ("api.vendor.example", "evil.example", False),
        ("acme.azurewebsites.net", "evil.azurewebsites.net", False),
        ("127.0.0.1", "126.0.0.1", False),
        ("localhost", "localhost", False),
        ("", "", False),
    ],
)
def test_who_is_of_one_domain(ours, theirs, same):
    """Names that one house registered; addresses and names that many share are of none."""
    assert is_same_domain(ours, theirs) is same


@pytest.mark.parametrize(
    "given", ["https://files.example", "files.example/x", "a b/", "*.example", "-x.example", "files.example:port", 5, [5], ["a/"]]
)
def test_a_list_of_hosts_has_a_checked_form(given):
    """A host is a name, with or without a port."""
    with pytest.raises(BadConnectionError, match="link_hosts"):
        read_hosts("link_hosts", given)


def test_a_list_of_hosts_is_read_as_people_write_it():
    """Blanks, commas, a JSON list, large letters."""
    assert read_hosts("h", "Files.example, b.example:8443 [::1]:80") == ("files.example", "b.example:8443", "[::1]:80")
    assert read_hosts("h", ["a.example"]) == ("a.example",)


@pytest.mark.parametrize(
    ("link", "is_public"),
    [
        ("https://covers.example/1.jpg", True),
        ("http://covers.example/1.jpg", True),
        ("https://user:pw@covers.example/1.jpg", False),
        ("https://10.0.0.1/1.jpg", False),
        ("https://localhost/1.jpg", False),
        ("ftp://covers.example/1.jpg", False),
        ("https://", False),
    ],
)
def test_what_may_be_handed_to_others(link, is_public):
    """A cover's link goes to every recipient: no password in it, no machine of the house."""
    assert is_public_link(link) is is_public


def test_nothing_but_the_boundary_makes_a_trusted_address():
    """All code is looked through: a new place that calls a link has to get it from `trusted`, or to be named here as a setting."""
    makers, settings, plain = set(), set(), set()
    for path in [*(ROOT / "include/colophon").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            makers |= {name} if called == "TrustedUrl" else set()
            settings |= {name} if called == "configured" else set()
            plain |= {name} if called in {"urlopen", "urlretrieve", "Session", "request", "getaddrinfo", "create_connection"} else set()
    assert makers == {"include/colophon/http/address.py"}
    assert settings == {
        "include/colophon/http/settings.py",  # the connection's host
        "include/colophon/systems/bytenite/calls.py",  # host and library_prefix
        "include/colophon/systems/consonance/reports/calendar.py",  # ical_url
        "include/colophon/systems/fourallportal/settings.py",  # webdav_url
        "include/colophon/systems/fourallportal/uploads.py",  # webdav_url
        "include/colophon/systems/opentext_exstream/tokens.py",  # token_url, otds_url
        "include/colophon/systems/opentext_push/fcm.py",  # fcm_host, fcm_credentials
        "include/colophon/systems/opentext_push/settings.py",  # token_url
    }
    assert plain == {
        "include/colophon/http/transport.py",
        "plugins/colophon_airflow/airflow_state.py",  # of Airflow's own configuration: its address, and where the heart beats
        "plugins/colophon_airflow/local.py",  # our own processes, on loopback
        "plugins/colophon_airflow/processes.py",  # as these
    }


def test_what_calls_takes_no_text():
    """The types say so, and mypy holds every caller to them."""
    found = {}
    for path in (ROOT / "include/colophon/http").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in {"call", "upload", "download", "exchange", "_send"}:
                every = [*node.args.args, *node.args.kwonlyargs]
                found |= {(node.name, a.arg): ast.unparse(a.annotation) for a in every if a.arg in {"base", "link", "url"}}
    assert found == {
        ("call", "base"): "TrustedUrl | None",
        ("upload", "link"): "TrustedUrl",
        ("download", "link"): "TrustedUrl | None",
        ("exchange", "url"): "TrustedUrl",
        ("_send", "url"): "TrustedUrl",
    }
