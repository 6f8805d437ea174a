"""How long 90 days of figures of 5,000 videos take to be shared among their titles and summed up, and how much memory, beside the bare sums.

python -m benchmarks.video_performance [--days 90] [--videos 5000]
"""

import argparse
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.memory import peak_mb
from colophon.staging import Staging
from colophon.use_cases.bytenite.figures import SHARES, TITLES, VIDEOS, Star, open_star
from colophon.use_cases.bytenite.figures_shares import METRICS

CHANNELS, COUNTRIES = ("website", "retailer", "social", "landing"), ("GB", "US", "DE", "FR", "ZZ")
FIRST = date(2026, 1, 1)
WITHIN_S, WITHIN_MB = 60, 500


def furnish(star: Star, days: int, videos: int) -> list[str]:
    """Day files as the library would tell them; every tenth video is of two titles, every hundredth of three."""
    names = [f"{FIRST + timedelta(days=n)}" for n in range(days)]
    places = f"unnest({list(CHANNELS)}) AS channel", f"unnest({list(COUNTRIES)}) AS country"
    for number, name in enumerate(names):
        figures = ", ".join(
            f"((video * 7 + {number} * 13 + {place} + ascii(channel) + ascii(country)) % 997)::BIGINT AS {metric}"
            for place, metric in enumerate(METRICS)
        )
        star.keep(
            f"days/{name}",
            f"SELECT DATE '{name}' AS day, 'v-' || video AS video_id, channel, country, {figures}, 1::BIGINT AS revision, true AS final"  # noqa: S608 - our own names
            f" FROM (SELECT video, channel, {places[1]} FROM (SELECT range AS video, {places[0]} FROM range({videos})))",
        )
    star.describe("videos", VIDEOS, [(f"v-{n}", f"w{n}", "TRAILER", "x", 60, None) for n in range(videos)])
    star.describe("titles", TITLES, [(n, f"Title {n}", "North", "print", "F", FIRST) for n in range(videos)])
    several = {n: 3 if n % 100 == 0 else 2 if n % 10 == 0 else 1 for n in range(videos)}
    star.describe("shares", SHARES, [(f"v-{n}", (n + k) % videos, 1 + k) for n, many in several.items() for k in range(many)])
    return names


def main() -> int:
    """Prints rows, seconds, megabytes and the ratio; 1 where it takes too long or too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--videos", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        staging = Staging(folder)
        with open_star(staging) as star:
            names = furnish(star, given.days, given.videos)
        with open_star(staging) as star:
            paths = ", ".join(f"'{Path(folder) / 'video-performance' / 'days' / f'{name}.parquet'}'" for name in names)
            started = time.perf_counter()
            sums = ", ".join(f"sum({name})" for name in METRICS if name != "unique_viewers")
            for columns in ("video_id, channel, day", "video_id, country, day"):
                star.engine.execute(
                    f"COPY (SELECT {columns}, {sums} FROM read_parquet([{paths}]) GROUP BY ALL) TO '{folder}/bare.parquet' (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608 - our own names
                )
            bare = time.perf_counter() - started
        with open_star(staging) as star:
            started = time.perf_counter()
            views = star.sum_up(names)
            took, told = time.perf_counter() - started, star.total
    rows = given.days * given.videos * len(CHANNELS) * len(COUNTRIES)
    peak = peak_mb()
    print(f"{rows:,} rows of {given.days} days: {took:.1f} s, bare sums {bare:.1f} s, ratio {took / bare:.1f}, peak {peak:.0f} MB")
    print(f"views: {views:,} of the titles, {told:,} of the library")
    return int(views != told or took > WITHIN_S or peak > WITHIN_MB)


if __name__ == "__main__":
    sys.exit(main())
