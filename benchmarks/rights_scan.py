"""The daily rights-expiry scan of many contracts, each with a product, a grant and a team of two, one in three with a licence.

python -m benchmarks.rights_scan [CONTRACTS]      (100,000 where not given; a Python GraphQL server takes half of the CPU time)

The aim is for the clock, from the first task to the last: the sandbox's work and the first wait for outcomes (30 s) are in it.
"""

import sys

from benchmarks.whole_dag import installation

CONTRACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
AIM_S = 3 * 60 * CONTRACTS / 100_000
AIM_MEGABYTES = 1024


def main() -> None:
    """Print the table."""
    with installation(CONTRACTS) as here:
        for day in ("first", "second"):
            print(f"{day} run: {CONTRACTS:,} contracts")
            report = here.measure("push__rights_expiry_scan", AIM_S, AIM_MEGABYTES)
            print(
                f"{'  from first task to last':<34}{report['seconds']:>9,.0f} s   {report['seconds'] / AIM_S:.2f} x the aim of {AIM_S:,.0f} s"
            )
            told = sum(found["plan"]["new"] for found in report["destinations"].values())
            print(f"{'  ends that are due; alerts':<34}{report['read']:>9,}; {told:,}", flush=True)


if __name__ == "__main__":
    main()
