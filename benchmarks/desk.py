"""Every page of the desk, and every table behind it, on a ledger of many deliveries: the app in this process, asked five times each.

python -m benchmarks.desk [DELIVERIES] [WORDS]    (WORDS: only the questions that have one of them, with commas between)

PostgreSQL where COLOPHON_LEDGER_URL names one (1,000,000 deliveries where not given), else SQLite (200,000); an empty ledger is
filled first. CPU is this process and a database server on this machine together, which a busy machine does not change. A file is
written as its rows are read: the aim is for its beginning, as it is for whole pages.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from benchmarks import crowded, launches
from colophon import rehearsed, run_page
from colophon.ledger import Ledger, upgrade
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon_airflow import local

TIMES, AIM_MS, TO_COME = 5, 500, 5000
MANY = {"postgresql": 1_000_000, "sqlite": 200_000}
Question = tuple[str, str, dict[str, Any] | None]
"""What it is, its path, and the form that is posted, if any."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        env = local.environment(home, "http://127.0.0.1:9")
        local.prepare(home, env)
        url = os.environ.get("COLOPHON_LEDGER_URL") or f"sqlite:///{home / 'crowded.db'}"
        # Airflow knows PostgreSQL by another name than SQLAlchemy.
        os.environ.update({**env, "AIRFLOW_CONN_COLOPHON_LEDGER": url.replace("postgresql+psycopg", "postgres")})
        subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], check=True, capture_output=True)
        kind = url.partition(":")[0].partition("+")[0]
        count = next((int(word) for word in sys.argv[1:] if word.isdecimal()), MANY[kind])
        words = [word for given in sys.argv[1:] if not given.isdecimal() for word in given.split(",")]
        upgrade(url)
        with Ledger.open(url) as ledger:
            if not ledger.desk.deliveries_page(Wanted(), limit=1):
                began = time.monotonic()
                crowded.fill(ledger.engine, count, datetime.now(UTC))
                launches.keep(ledger, TO_COME)
                crowded.keep_plans(ledger, datetime.now(UTC))
                print(f"{count:,} deliveries entered in {time.monotonic() - began:.0f} s ({kind})")
            asked = [each for each in questions(ledger) if not words or any(word in each[0] for word in words)]
            with _client() as client, _server_of(ledger) as server:
                print(f"{'':<46}{'median':>8}{'worst':>8}{'begins':>8}{'CPU':>8}  ms")
                took = {question[0]: _ask(client, server, question) for question in asked}
    whole = max((took[name][0] for name in took if not name.startswith("file ")), default=0.0)
    begun = max((took[name][1] for name in took if name.startswith("file ")), default=0.0)
    print(f"{'the slowest page':<46}{whole:>8,.0f}  {whole / AIM_MS:.2f} x the aim of {AIM_MS} ms")
    print(f"{'the file that begins last':<46}{begun:>8,.0f}  {begun / AIM_MS:.2f} x")


def questions(ledger: Ledger) -> Iterator[Question]:
    """All pages and tables, with filters that find much, little and nothing, at the beginning and deep inside."""
    now = datetime.now(UTC)
    member = next(row for row in ledger.desk.deliveries_page(Wanted(use_case=crowded.SYNDICATION), limit=9) if row.carrier_id)
    one, fault = ledger.desk.deliveries_page(Wanted(isbn=crowded.isbn_of(7)), limit=2), ledger.people.exceptions_page(Chosen(), limit=1)[0]
    deep = {"after": f"{(now - timedelta(days=4 * 365)).isoformat()}~d-8"}
    first, second = (row.id for row in one)
    filled = {
        "/deliveries/compare": f"/deliveries/compare?a={first}&b={second}",
        "/deliveries/{delivery_id}": f"/deliveries/{first}",
        "/exceptions/{exception_id}": f"/exceptions/{fault.id}",
        "/plans/{run_id}": f"/plans/{rehearsed.heads(ledger.memory)[0]['key']}",
        "/runs/{key}": f"/runs/{run_page.newest(ledger.memory, limit=1)[0]['key']}",
    }
    for template in sorted(templates()):
        path = {**FILLED, **filled}.get(template, template)
        yield f"page {template}", path, None
    for path in (
        "launches?view=weeks",
        "launches/meeting?weeks=8",
        f"flows/chain?subject=order:{ORDER}",
        "statements/batch?name=2021H1:mail&outcome=failed",
    ):
        yield f"page {path}", f"/{path}", None
    yield "page delivery, a feed", f"/deliveries/{member.carrier_id}", None
    for path, query in _OF_MESSAGES.items():
        for name, value in query:
            yield f"{path} {name} {value}", f"/{path}?{urlencode({name: value})}", None
    for name, query in _of_deliveries(now, member.carrier_id, one[0].subject).items():
        yield f"deliveries {name}", f"/deliveries?{urlencode(query, doseq=True)}", None
        if "since" not in name and "none" not in name:
            yield f"deliveries {name}, deep", f"/deliveries?{urlencode({**query, **deep}, doseq=True)}", None
    for name, query in _OF_EXCEPTIONS.items():
        yield f"exceptions {name}", f"/exceptions?{urlencode(query)}", None
    yield "exceptions deep", f"/exceptions?{urlencode({**deep, 'state': 'all'})}", None
    for name, text in (("ISBN", "97800000"), ("word", "kestrel"), ("words", "amber peña"), ("rare", "ember 4711"), ("nothing", "zzz qqq")):
        yield f"titles {name}", f"/titles?{urlencode({'q': text})}", None
    yield "titles deep", f"/titles?{urlencode({'q': 'kestrel', 'above': crowded.isbn_of(9000)})}", None
    for query in ("state=", "state=exported", "state=verified", "state=verified&operation=createSale", "state=&operation=none"):
        yield f"tray {query}", f"/tray?{query}", None
    yield "rights month", f"/rights?month={now + timedelta(days=60):%Y-%m}", None
    yield "quality imprint", "/quality?imprint=Imprint+3", None
    for query in ("by=person-3", "by=nobody", f"target={crowded.key_of('x', 5)}", "before=500"):
        yield f"audit {query[:12]}", f"/audit?{query}", None
    for path in ("deliveries?state=unknown", "titles?q=kestrel", "tray?state=pending"):
        yield f"api {path}", f"/api/{path}", None
    for path in ("deliveries?code=mailbox.full", "exceptions?rule=M3", "tray?state=pending", "quality?week=2026-W40", "audit?by=person-3"):
        yield f"file {path}", f"/api/{path}&format=csv", None
    yield "file of few, xlsx", "/api/deliveries?state=unknown&format=xlsx", None
    yield "act assign 50", "/api/exceptions/assign", {"ids": [row.id for row in ledger.people.exceptions_page(Chosen())], "to": "Bea"}


def _of_deliveries(now: datetime, feed: str, subject: str) -> dict[str, dict[str, Any]]:
    day, old = now.date() - timedelta(days=2), now.date() - timedelta(days=900)
    bad = ["failed", "bounced", "skipped", "opted_out"]
    return {
        "all": {},
        "confirmed": {"state": "confirmed"},
        "bad": {"state": bad},
        "superseded": {"state": "superseded"},
        "unknown": {"state": "unknown"},
        "use case": {"use_case": crowded.SYNDICATION},
        "old batch": {"destination": "2021H1:letter"},
        "use case of old batch": {"use_case": crowded.STATEMENTS, "destination": "2021H1:mail"},
        "batch and state": {"use_case": crowded.STATEMENTS, "destination": "2021H2:mail", "state": bad},
        "isbn": {"isbn": crowded.isbn_of(7)},
        "subject": {"subject": subject},
        "isbn none": {"isbn": "9999999999999"},
        "code of many": {"code": "refused.invalid"},
        "code rare": {"code": "mailbox.full"},
        "code none": {"code": "none.such"},
        "code and old batch": {"code": "refused.invalid", "destination": "2021H1:letter"},
        "code and state that do not meet": {"code": "refused.invalid", "state": "unknown"},
        "of a feed": {"carrier": feed},
        "of a feed, unknown": {"carrier": feed, "state": "unknown"},
        "since a day": {"since": day, "until": day},
        "since a day, bad": {"since": day, "until": day, "state": bad},
        "since a day, old batch": {"since": day, "until": day, "destination": "2021H1:letter"},
        "since an old day, code": {"since": old, "until": old, "code": "refused.invalid", "state": "failed"},
        "since an old day, use case": {"since": old, "until": old, "use_case": crowded.SYNDICATION},
        "until long ago": {"until": old, "state": "opened"},
        "none such": {"destination": "nowhere"},
    }


def templates() -> set[str]:
    """Paths of all that the desk can be asked for, as its routes write them; a new page is asked by itself.

    :raises SystemExit: one has a part that nothing here fills.
    """
    from colophon_airflow.desk.app import make_app  # Airflow reads its settings as soon as it is imported

    found = {route.path for route in make_app().routes if "GET" in getattr(route, "methods", ())} - ELSEWHERE
    if unknown := [path for path in found if "{" in path and path not in FILLED]:
        sys.exit(f"benchmarks.desk: say in FILLED how these are asked: {', '.join(sorted(unknown))}")
    return found


ORDER = "7-101-1"
BY_LEDGER = ""
_TITLE = f"/titles/{crowded.isbn_of(7)}"
FILLED = {
    **{f"/titles/{{isbn}}{part}": f"{_TITLE}{part}" for part in ("", "/story", "/stop", "/story.pdf")},
    "/launches/{work_id}": "/launches/7",
    "/flows/orders/{name}": f"/flows/orders/{ORDER}",
    "/statements/batch": "/statements/batch?name=2021H1:mail",
    "/static/{name}": "/static/desk.css",
    **dict.fromkeys(
        ("/deliveries/compare", "/deliveries/{delivery_id}", "/exceptions/{exception_id}", "/plans/{run_id}", "/runs/{key}"), BY_LEDGER
    ),
}
"""How pages are asked whose paths have parts or that want a question; BY_LEDGER: what it is, the ledger says."""
ELSEWHERE = {
    *(f"/titles/{{isbn}}/{part}" for part in ("readiness", "rights", "what-if")),
    *("/letters/{delivery_id}/preview", "/media/{job_id}/{name}", "/api/tray/sheets/{name}", "/statements/report/{run_id}"),
}
"""Pages made of what another system, a file or a few rows say: no size of the ledger slows them."""
_OF_MESSAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "notices": (("key", "7"), ("key", "nobody"), ("title", "Title 7"), ("title", "zzz"), ("use_case", crowded.SCAN)),
    "letters": (("title", "Title 7"), ("title", "zzz"), ("key", "7"), ("campaign", "cover_copy"), ("stage", "answered")),
    "recipients": (("days", "7"), ("days", "90")),
    "runs": (("use_case", crowded.SYNDICATION), ("use_case", crowded.MONITOR), ("use_case", "none")),
}
"""Pages about people, recipients and runs, by what they are narrowed to."""
_OF_EXCEPTIONS = {
    "closed": {"state": "closed"},
    "all": {"state": "all"},
    "owner": {"owner": "rights"},
    "owner none": {"owner": "nobody"},
    "rule": {"rule": "M7"},
    "imprint": {"imprint": "Imprint 7"},
    "destination": {"destination": "erp-json"},
    "assignee": {"assignee": "Mei Tanaka"},
    "use case none": {"use_case": "none"},
    "closed, rule none": {"state": "closed", "rule": "none"},
    "all, imprint and rule": {"state": "all", "imprint": "Imprint 7", "rule": "M3"},
    "subject": {"state": "all", "subject": f"isbn:{crowded.isbn_of(7)}"},
}


class _Begun:
    """The app, and when the first byte of its last answer's body left it."""

    def __init__(self, app: Any) -> None:
        self.app, self.at = app, 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.at = 0.0

        async def noticed(message: Any) -> None:
            if message.get("body") and not self.at:
                self.at = time.perf_counter()
            await send(message)

        await self.app(scope, receive, noticed)


@contextmanager
def _client() -> Iterator[Any]:
    """Somebody who may act, at the real app."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Starlette would rather have httpx2, which Airflow does not bring
        from starlette.testclient import TestClient

    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from colophon_airflow.desk.app import make_app

    token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username="bench", role="op"))
    with TestClient(_Begun(make_app()), base_url="http://desk", follow_redirects=False) as client:
        client.headers.update({"authorization": f"Bearer {token}", "accept": "text/html"})
        yield client


class _Server:
    """The database server, if it runs on this machine: its CPU seconds."""

    def __init__(self, pid: int | None) -> None:
        self.process = psutil.Process(pid).parent() if pid and psutil.pid_exists(pid) else None

    def cpu_s(self) -> float:
        """Of all its processes until now, also of those that ended."""
        if self.process is None:
            return 0.0
        times = [self.process.cpu_times(), *(child.cpu_times() for child in self.process.children())]
        return sum(each.user + each.system for each in times) + times[0].children_user + times[0].children_system


@contextmanager
def _server_of(ledger: Ledger) -> Iterator[_Server]:
    with ledger.engine.connect() as connection:
        is_server = connection.dialect.name != "sqlite"
        yield _Server(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() if is_server else None)


def _ask(client: Any, server: _Server, question: Question) -> tuple[float, float]:
    """Print one line; the medians in milliseconds, of the whole answer and of its beginning."""
    name, path, form = question
    walls, begins, own, theirs = [], [], 0.0, 0.0
    for number in range(TIMES + 1):
        if number == 1:  # what the first one loads is not counted
            own, theirs = time.process_time(), server.cpu_s()
        began = time.perf_counter()
        answer = client.post(path, data=form) if form else client.get(path)
        walls.append((time.perf_counter() - began) * 1000)
        begins.append((client.app.at - began) * 1000 if client.app.at else walls[-1])
        if answer.status_code not in {200, 303}:
            sys.exit(f"{path}: {answer.status_code} {answer.text[:500]}")
    cpu = (time.process_time() - own + server.cpu_s() - theirs) / TIMES * 1000
    median, begun = statistics.median(walls[1:]), statistics.median(begins[1:])
    print(f"{name[:45]:<46}{median:>8,.0f}{max(walls[1:]):>8,.0f}{begun:>8,.0f}{cpu:>8,.0f}", flush=True)
    return median, begun


if __name__ == "__main__":
    main()
