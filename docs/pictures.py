"""`make pictures`: the pictures of the desk in these pages, of a small house in which a fortnight was played, faults included.

A test sees to it that each picture in a page is one of `PICTURES`, and each of these a page of the desk.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"


class Picture(NamedTuple):
    """A page of the desk, `{isbn}` the title that has the longest story, `{contract}` its contract, and how much of it is seen."""

    path: str
    width: int = 1180
    height: int = 900


PICTURES = {
    "desk-today": Picture("", height=1200),
    "desk-exceptions": Picture("exceptions"),
    "desk-title": Picture("titles/{isbn}"),
    "desk-story": Picture("titles/{isbn}/story"),
    "desk-title-rights": Picture("titles/{isbn}/rights?country=gb", height=1000),
    "desk-what-if": Picture("titles/{isbn}/what-if?contract={contract}&ends=2026-05-10"),
    "desk-recipients": Picture("recipients"),
    "desk-statements": Picture("statements"),
    "desk-phone": Picture("exceptions", width=390, height=800),
}


def main() -> None:
    """Make all pictures, or those that are named."""
    with tempfile.TemporaryDirectory() as folder:
        _airflow(Path(folder))
        from fortnight import at_its_time, contract_of, play, with_longest_story
        from station import open_station

        with open_station(Path(folder)) as house:
            play(house)
            with house.ledger() as ledger:
                isbn = with_longest_story(ledger)
            with _served(at_its_time) as (address, token):
                _take(address, token, {"isbn": isbn, "contract": contract_of(isbn)}, sys.argv[1:] or list(PICTURES))


def _airflow(home: Path) -> None:
    """Airflow's own tables, in a folder; before anything imports Airflow."""
    os.environ["AIRFLOW_HOME"] = str(home / "airflow")
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__COLOPHON__ALERTS"] = f'[{{"file": "{home / "alerts.log"}"}}]'
    subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], check=True, capture_output=True)  # noqa: S603 - our own
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]


@contextmanager
def _served(around: object) -> Iterator[tuple[str, str]]:
    """Address of the desk, and the token of somebody who may act."""
    import uvicorn
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from colophon_airflow import processes
    from colophon_airflow.desk import runs
    from colophon_airflow.desk.app import make_app

    runs.dead_parts = list  # this house has no scheduler: its runs were played
    token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username="olga", role="op"))
    port = processes.free_port(0)
    server = uvicorn.Server(uvicorn.Config(around(make_app()), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)  # noqa: TID251 - the house's environment is handed over with each request
    thread.start()
    try:
        while not server.started:
            thread.join(0.1)
        yield f"http://127.0.0.1:{port}", token
    finally:
        server.should_exit = True
        thread.join()


def _take(address: str, token: str, facts: dict[str, object], names: list[str]) -> None:
    from playwright.sync_api import sync_playwright
    from tests.browser.conftest import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name in names:
            picture = PICTURES[name]
            context = browser.new_context(viewport={"width": picture.width, "height": picture.height}, color_scheme="light")
            context.add_cookies([{"name": "_token", "value": token, "url": address}])
            page = context.new_page()
            answer = page.goto(f"{address}/{picture.path.format(**facts)}")
            if answer is None or answer.status != 200:
                sys.exit(f"{name}: {picture.path} answers {answer and answer.status}")
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()


if __name__ == "__main__":
    main()
