"""The daily rights-expiry scan of many contracts, each with a product, a grant and a team of two, one in three with a licence.

python -m benchmarks.rights_scan [CONTRACTS]      (100,000 where not given; a Python GraphQL server takes half of the wall time)
"""

import sys

from benchmarks.whole_dag import installation

CONTRACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
AIM_CPU_S = 3 * 60 * CONTRACTS / 100_000
AIM_MEGABYTES = 1024


def main() -> None:
    """Print the table."""
    with installation(CONTRACTS) as here:
        for day in ("first", "second"):
            print(f"{day} run: {CONTRACTS:,} contracts")
            report = here.measure("push__rights_expiry_scan", AIM_CPU_S, AIM_MEGABYTES)
            told = sum(found["plan"]["new"] for found in report["destinations"].values())
            print(f"{'  products read; alerts':<34}{report['read']:>9,}; {told:,}", flush=True)


if __name__ == "__main__":
    main()
