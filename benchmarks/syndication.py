"""The nightly metadata syndication of many titles to three recipients, and the night after.

python -m benchmarks.syndication [TITLES]      (100,000 where not given; a Python GraphQL server takes most of the wall time)
"""

import sys

from benchmarks.whole_dag import installation

TITLES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
RECIPIENTS = ["retailer-plain", "distributor-short", "erp-json"]
AIM_CPU_S = {"full": 8 * 60 * TITLES / 100_000, "delta": 10}
AIM_MEGABYTES = 500


def main() -> None:
    """Print the table."""
    with installation(TITLES) as here:
        for mode in ("full", "delta"):
            print(f"{mode}: {TITLES:,} titles to {len(RECIPIENTS)} recipients")
            report = here.measure("xconnector__metadata_syndication", AIM_CPU_S[mode], AIM_MEGABYTES, mode=mode, recipients=RECIPIENTS)
            sent = sum(found["plan"]["new"] for found in report["destinations"].values())
            print(f"{'  titles read; deliveries':<34}{report['read']:>9,}; {sent:,}", flush=True)


if __name__ == "__main__":
    main()
