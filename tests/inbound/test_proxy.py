"""The proxy that docs/inbound.md shows: it is correct, lets events through, and nothing else of Airflow."""

import asyncio
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import uvicorn
from inbound_door import EVENT, signed

from colophon.http.jsontext import write_json
from colophon.inbound import SOURCES

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
DOCS = Path(__file__).resolve().parents[2] / "docs/inbound.md"
PREFIX = "/colophon/hooks"
TOKEN = "Ab_-" * 12
RAW = [
    f"{PREFIX}/page/{TOKEN}/../../push",
    f"{PREFIX}/page/{TOKEN}x",
    f"{PREFIX}/page/..{TOKEN[2:]}",
    f"{PREFIX}/page/",
    # Tidied up, each of these is an address of ours; as it is written, the api-server would take it for another one.
    f"/auth/token/../..{PREFIX}/push",
    f"/execution/xcoms/a/b/c/d/../../../../../..{PREFIX}/push",
    "/colophon/desk/api/exceptions/close/../../../../hooks/push",
    f"/auth/token/%2e%2e/%2e%2e{PREFIX}/push",
    f"/auth/token/%2E./.%2e{PREFIX}/push",
    f"/auth/token/..%2f..{PREFIX}/push",
    f"/auth/token/..%2F..%2F{PREFIX[1:]}/push",
    f"/{PREFIX}/push",
    f"{PREFIX}//push",
    f"{PREFIX}/./push",
    f"{PREFIX}/x/../push",
    f"{PREFIX}/pus%68",
    "/colophon%2fhooks/push",
    f"{PREFIX}/push%0a",
    f"{PREFIX}/push%00",
    f"{PREFIX}/push/",
    f"{PREFIX}/push;x",
    f"{PREFIX}/push/../../../auth/token?x={PREFIX}/push",
]


@pytest.fixture
def proxy(door, tmp_path):
    """`ask(method, path, ...)` through nginx with the documented configuration; `seen` are the requests that came through."""
    if NGINX is None:
        pytest.skip("needs nginx (apt-get install nginx-light)")
    seen: list[dict] = []

    async def upstream(scope, receive, send) -> None:
        if scope["type"] == "http":
            seen.append(scope)
            scope = {**scope, "path": scope["path"].removeprefix(PREFIX)}
        await door.app(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(upstream, host="127.0.0.1", port=0, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    behind = server.servers[0].sockets[0].getsockname()[1]
    port, process = _started(tmp_path, behind)

    def ask(method: str, path: str, headers=None, body: bytes = b"") -> SimpleNamespace:
        trusted = ssl.create_default_context(cafile=tmp_path / "hooks.pem")
        trusted.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=trusted)
        try:
            connection.request(method, path, body, {"Host": "hooks.publisher.example", **(headers or {})})
            answer = connection.getresponse()
            return SimpleNamespace(status=answer.status, body=answer.read(), headers=answer.headers)
        finally:
            connection.close()

    yield SimpleNamespace(ask=ask, seen=seen)
    process.terminate()
    process.wait(60)
    server.should_exit = True
    thread.join(60)


def test_events_go_through(proxy, door) -> None:
    """Signed ones end in the inbox; a session of Airflow does not ride along; the answers are the door's."""
    door.now = datetime.now(UTC)
    body = write_json(EVENT)
    headers = {**signed(body, at=door.now), "Cookie": "_token=of-somebody"}
    assert proxy.ask("POST", f"{PREFIX}/xconnector", headers, body).status == 202
    assert proxy.ask("POST", f"{PREFIX}/xconnector", headers, body).status == 200
    with door.ledger() as ledger:
        assert ledger.inbox.waiting(["*"])
    assert proxy.ask("POST", f"{PREFIX}/xconnector", {"Content-Type": "application/json"}, b"{}").status == 400
    arrived = [dict(scope["headers"]) for scope in proxy.seen]
    assert [headers.get(b"cookie", b"") for headers in arrived] == [b"", b"", b""]
    assert arrived[0][b"x-forwarded-for"] == b"127.0.0.1"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{PREFIX}/page/{TOKEN}", 404),
        ("POST", f"{PREFIX}/page/{TOKEN}", 403),
        ("GET", f"{PREFIX}/xconnector", 403),
        ("PUT", f"{PREFIX}/xconnector", 403),
        *(("GET", path, 404) for path in ("/", "/colophon/desk/", "/api/v2/dags", "/auth/login", "/docs", "/openapi.json", PREFIX)),
        *(("POST", f"{PREFIX}/{rest}", 404) for rest in ("", "other", "xconnector/", "xconnector/../../desk/api/tray/export", "xconnector%2f..")),
        ("POST", f"/x/..{PREFIX}/../desk/", 404),
    ],
)  # fmt: skip
def test_nothing_else_goes_through(proxy, method, path, status) -> None:
    """No page, no API, no neighbour by dots or escapes: the api-server does not even hear of it."""
    assert proxy.ask(method, path).status == status
    assert proxy.seen == []


@pytest.mark.parametrize("path", RAW)
def test_no_path_is_tidied_up_into_one_of_ours(proxy, path) -> None:
    """The raw path is looked at: dots, escapes and doubled slashes lead nowhere."""
    assert proxy.ask("POST", path, {"Content-Type": "application/json"}, b"{}").status in {400, 404}
    assert proxy.seen == []


def test_what_comes_through_has_a_path_of_ours(proxy) -> None:
    """The target is fixed: neither the query nor anything else of the sender's address goes further."""
    proxy.ask("POST", f"{PREFIX}/push?x=/../auth/token", {"Content-Type": "application/json"}, b"{}")
    assert [(scope["path"], scope["raw_path"], scope["query_string"]) for scope in proxy.seen] == [
        (f"{PREFIX}/push", f"{PREFIX}/push".encode(), b"")
    ]


@pytest.mark.parametrize(
    "path", [*RAW, *(f"{PREFIX}/{name}" for name in SOURCES), f"{PREFIX}/push?x=1", f"{PREFIX}/page/{TOKEN}?x=1", f"{PREFIX}/other"]
)
def test_the_shown_block_forwards_fixed_paths_alone(path) -> None:
    """Where no nginx is installed: its rules for matching and forwarding, applied to the block."""
    text = _block()
    [refused] = re.findall(r'if \(\$request_uri !~ "(.+?)"\) \{ return 404; \}', text)
    blocks = re.findall(r'location ~ "?(\S+?)"? \{.*?proxy_pass (\S+);', text, re.DOTALL)
    forwarded = None
    for location, target in blocks:
        found, fixed = re.search(location, _normalised(path)), re.fullmatch(r"http://\w+(/\S*)\$1", target)
        if re.search(refused, path) and found:
            # Without a path of its own, nginx would send on what it got.
            forwarded = fixed[1] + found[1] if fixed else path
    assert len(blocks) == 2
    ours = {f"{PREFIX}/{name}" for name in [*SOURCES, f"page/{TOKEN}"]}
    assert forwarded in {*ours, None}
    assert (forwarded is not None) == (path.partition("?")[0] in ours)


def _normalised(path: str) -> str:
    """What nginx matches: escapes decoded, slashes merged, dots resolved, no query."""
    parts: list[str] = []
    for part in re.sub("/+", "/", unquote(path.partition("?")[0])).split("/")[1:]:
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def _block() -> str:
    block = re.search(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return block[1]


def test_what_is_too_large_stays_outside(proxy) -> None:
    """It is refused where it comes in."""
    answer = proxy.ask("POST", f"{PREFIX}/xconnector", {"Content-Type": "application/json"}, b"x" * 300_000)
    assert (answer.status, proxy.seen) == (413, [])


def _started(folder: Path, behind: int) -> tuple[int, subprocess.Popen]:
    """Nginx with the documented block, its addresses replaced by those of this test; checked with `nginx -t` first."""
    from colophon_airflow.processes import free_port

    _certificate(folder)
    port = free_port(0)
    text = _block()
    for told, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/nginx/tls/hooks", f"{folder}/hooks"),
        ("/var/log/nginx/hooks.log", f"{folder}/hooks.log"),
        ("server airflow-apiserver:8080", f"server 127.0.0.1:{behind}"),
    ):
        assert told in text
        text = text.replace(told, here)
    kept = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\n{kept}{text}\n}}\n", encoding="utf-8"
    )
    command = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(command)
    until = time.monotonic() + 60
    while not _listens(port):
        assert process.poll() is None, (folder / "error.log").read_text()
        assert time.monotonic() < until
    return port, process


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _certificate(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.publisher.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "hooks.pem").write_bytes(pem)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "hooks.key").write_bytes(secret)
