"""A run's memory does not grow with its sales: they go through files from the first page to the engine."""

import json
import subprocess
import sys

import pytest

FEW, MANY, SMALL = 200_000, 2_000_000, 128
"""Lines, of which the fewer fill the engine's memory already, and by how many MB ten times as many may raise the peak."""

SPOOLED = """
import sys, tempfile, resource, json
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from tests.royalty_run.runs import PERIOD, SETTINGS, inputs, sale, terms
from colophon.royalty_run.compute import compute
from colophon.royalty_run.inputs import group
from colophon.royalty_run.kept import Past
from colophon.royalty_run.spool import spool_in

number = int(sys.argv[1])
sales = (sale(n, 1 + n % 2, quantity=1 + n % 7, list_price=Decimal(8 + n % 3)) for n in range(number))
with tempfile.TemporaryDirectory() as folder, spool_in(Path(folder), 1) as spool:
    made = group(inputs(sales, [terms(), terms(2, 2)]), PERIOD, SETTINGS, lambda _: Past(), spool.put)
    read = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results = compute(made.accounts, [spool.path(0)], partial(SETTINGS.policy, "standard"), {}, PERIOD, scratch=Path(folder), memory_limit="150MB")
    assert sum(one.lines for one in results) == number
    assert not any(one.breaches for one in results)
print("\\n" + json.dumps([most // 1024 for most in (read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)]))
"""


def peaks(lines):
    """Most memory of a process of its own, in MB: until all was read, and until all was computed."""
    done = subprocess.run([sys.executable, "-c", SPOOLED, str(lines)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])  # the lines before are the engine's, of how far it is


@pytest.mark.nightly
def test_ten_times_the_sales_take_hardly_more_memory():
    """Reading and grouping hold no sales; the engine keeps to its limit."""
    few, many = peaks(FEW), peaks(MANY)
    more = [after - before for before, after in zip(few, many, strict=True)]
    assert max(more) < SMALL, f"{few} MB for {FEW} lines, {many} MB for {MANY}"
