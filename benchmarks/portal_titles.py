"""An hourly run about many titles that the portal has as they are, and one in which some changed and are written; beside a bare client that does the same.

python -m benchmarks.portal_titles [PRODUCTS [CHANGED]]      (100,000 and 1,000 where not given)

Pages are made before and served from memory, so that what is measured is ours: reading, comparing, remembering, writing, reading back. One process,
CPU time; with changes the sandbox is in it, for the bare client as well.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import station
from portal_house import MORNING
from wsgi_adapter import WsgiAdapter

from benchmarks.memory import peak_mb
from colophon.config.load import load_config
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.records import PortalObject, Wanted
from colophon.systems.fourallportal.values import content_hash, fv, object_id
from colophon_airflow.operators.decide import REMEMBERED
from colophon_airflow.operators.portal_titles import mark_of
from colophon_airflow.systems.fourallportal.hook import FourallportalHook
from colophon_sandbox.seeds.shelf import isbn13, product, work

PRODUCTS, CHANGED = (int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), (int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
DAG, SIZE, BATCH = "fourallportal__title_metadata", 100, 50
AIM = 3.0
"""A run without changes may cost so many times what reading the pages costs."""
PATH = "/fourallportal/api/modules/product/objects"
ENVELOPE = {"module", "type", "mod_time"}
pages: dict[int, bytes] = {}


class Pages(WsgiAdapter):
    """Answers the list of products from memory; all else goes to the sandbox."""

    def __init__(self, app: Callable[..., Any]) -> None:
        """See the class."""

        def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "GET":
                return app(environ, start)
            start("200 OK", [("Content-Type", "application/json")])
            return [pages[int(parse_qs(environ["QUERY_STRING"])["offset"][0])]]

        super().__init__(served)


def shown(number: int) -> dict[str, Any]:
    """A product as the portal shows it."""
    isbn, place = isbn13(f"9781{number:08d}"), {"locale": "en_GB"}
    said: dict[str, Any] = {
        "title": [(f"A Title {number}", place)], "subtitle": [("A Story", place)], "authors": [(["Ana Quill"], None)], "imprint": [("Larkspur", None)],
        "product_form": [("BC", None)], "language": [("eng", None)], "publication_date": [("2026-09-01", None)],
        "price": [("9.99", {"currency": "GBP"}), ("12.00", {"currency": "EUR"})],
        "categories": [(["Fiction"], {"channel": "web"})], "product_state": [("active", None)], "isbn": [(isbn, None)],
    }  # fmt: skip
    fields = {name: [{"value": value, "dimensions": where} for value, where in entries] for name, entries in said.items()}
    return {"id": object_id("product", isbn), "module": "product", "type": "product", "mod_time": "2026-05-01T08:00:00Z", **fields}


def main() -> None:
    """Print the table."""
    logging.disable(logging.INFO)
    station.WsgiAdapter = Pages
    mapping, seen = load_mapping("config/fourallportal/mapping.yaml"), dict[str, list[Any]]()
    for start in range(0, PRODUCTS, SIZE):
        rows = [shown(number) for number in range(start, min(start + SIZE, PRODUCTS))]
        for number, row in enumerate(rows, start):
            values = {name: value for name, value in row.items() if name not in {"id", "module", "type", "mod_time"}}
            obj = PortalObject(id=row["id"], module="product", mod_time=row["mod_time"], fields=values)
            seen[row["id"]] = [content_hash(obj)[:16], number + 1]
        pages[start] = json.dumps({"total_count": PRODUCTS, "result": rows}).encode()
    pages[PRODUCTS] = json.dumps({"total_count": PRODUCTS, "result": []}).encode()
    with tempfile.TemporaryDirectory() as folder, station.open_station(Path(folder)) as house:
        config = load_config(house.config)
        memory = {"seen": seen, "due": {}, "approved": [], "mark": mark_of(mapping, config), "whole": f"{MORNING:%Y-%m-%d}"}
        with house.ledger() as ledger:
            ledger.memory.put(f"{REMEMBERED}{DAG}", memory, MORNING)
            ledger.memory.set_watermark(DAG, MORNING)
        house.clock(MORNING)
        bare = _timed(lambda: _read(mapping))
        print(f"{PRODUCTS:,} products on {len(pages) - 1:,} pages\n{'  bare client reads the pages':<46}{bare:>8.1f} s")
        _run(house, "run, nothing changed", bare, 0, hours=1)
        rows = [shown(number) for number in range(CHANGED)]
        house.seed("fourallportal", {"product": [{name: told for name, told in row.items() if name not in ENVELOPE} for row in rows]})
        bare += _timed(lambda: _write([row["id"] for row in rows]))
        print(f"{f'  bare client reads them and writes {CHANGED:,}':<46}{bare:>8.1f} s")
        works = [work(n + 1, "Another", 1) for n in range(CHANGED)]
        house.seed("consonance", {"imprints": [{"id": 1, "name": "Larkspur"}], "works": works})
        at = {"onixPublishingStatusCode": "04", "updatedAt": "2026-05-04T09:00:00Z"}
        changed = [product(n + 1, row, "BC", isbn13(f"9781{n:08d}"), **at) for n, row in enumerate(works)]
        house.seed("consonance", {"products": changed})
        _run(house, f"run, {CHANGED:,} changed and written", bare, CHANGED, hours=2)
        titles = [row["values"]["title"][0]["value"] for row in house.sandbox.world.store.table("fourallportal.objects.product")]
        assert titles == ["Another"] * CHANGED
    print(f"{'  most memory of the process':<46}{peak_mb():>8.0f} MB")


def _run(house: station.Station, name: str, bare: float, new: int, *, hours: int) -> None:
    before = _writes(house)
    found: list[Any] = []
    took = _timed(lambda: found.append(house.run(DAG, MORNING + timedelta(hours=hours))))
    assert found[0].state == "success", found[0].logs[-3:]
    plan = found[0].returned["report"]["destinations"].get("4allportal", {"plan": {"new": 0}})["plan"]
    assert (plan["new"], _writes(house) - before) == (new, ceil(new / BATCH)), plan
    print(f"{f'  {name}':<46}{took:>8.1f} s   {took / bare:.2f} x the bare client (aim {AIM:g}); {new:,} objects written")


def _writes(house: station.Station) -> int:
    """PATCH calls so far, each of at most 50 objects."""
    return sum(call["method"] == "PATCH" for call in house.journal("fourallportal"))


def _read(mapping: Any) -> None:
    with FourallportalHook().make_client() as client:
        fields = [mapping.product.key, *(rule.field for rule in mapping.product.ours.values())]
        assert sum(len(page) for page in client.iter_objects("product", fields)) == PRODUCTS


def _write(ids: list[str]) -> None:
    """The title of each, read, written and read back."""
    with FourallportalHook().make_client() as client:
        written = client.upsert_objects("product", [Wanted(key, {"title": fv("Bare", locale="en_GB")}) for key in ids])
        assert {each.outcome for each in written} == {"confirmed"}


def _timed(work_of: Callable[[], object]) -> float:
    begun = time.process_time()
    work_of()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
