"""`make bench`: every benchmark, one after the other."""

import runpy
import sys

for name in sys.argv[1:] or ["onix", "ledger", "parse"]:
    print(f"\n== {name}")
    runpy.run_module(f"benchmarks.{name}", run_name="__main__")
