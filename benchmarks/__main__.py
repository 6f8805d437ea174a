"""`make bench`: every benchmark, one after the other, each in a process of its own."""

import subprocess
import sys

for name in sys.argv[1:] or [
    "onix",
    "ledger",
    "parse",
    "rights",
    "rights_scan",
    "royalties",
    "desk",
    "launches",
    "inbound",
    "notices",
    "reader_campaigns",
    "portal_titles",
    "video_performance",
    "syndication",
    "parties",
    "catch_up",
]:
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
