"""Rights of N products x 249 countries x 4 channels, today's and yesterday's records judged and compared; beside plain numpy.

python -m benchmarks.rights [PRODUCTS] [PROCESSES]
"""

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import partial

import numpy as np

from benchmarks.memory import peak_mb
from colophon.domain.contract import Contract
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Language, Product
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.codelists import CodeLists
from colophon.rights import Atlas, Holding, differences, judge, turned

PRODUCTS, COUNTRIES, CHANNELS = 100_000, 249, ("retail", "library", "subscription", "direct")
TODAY, CHUNK, AIM_S, AIM_MB = date(2026, 5, 1), 5_000, 60, 1024
YESTERDAY = TODAY - timedelta(days=1)
FORMS = (("PhysicalBookProduct", "BC"), ("PhysicalBookProduct", "BB"), ("ElectronicBookProduct", "DG"), ("ElectronicAudioProduct", "AJ"))
MARKETS = (("WORLD",), ("GB", "IE", "AU", "NZ"), ("US", "CA"), ("DE", "AT", "CH"), ("FR", "BE"), ("IN",), ("JP", "KR"))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PRODUCTS
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    starts = range(0, count, CHUNK)
    begin = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        found = list(pool.map(partial(_chunk, count), starts))
    wall = time.perf_counter() - begin
    made, judged, cells, changed = (sum(values) for values in zip(*found, strict=True))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    peak = peak_mb() + processes * largest
    bound = _lower_bound(count)
    scaled = wall * PRODUCTS / count
    print(f"{count:,} products x {COUNTRIES} countries x {len(CHANNELS)} channels, {processes} processes")
    print(f"{'records made (not counted below)':<38}{made:>10.1f} s CPU")
    print(f"{'judged twice and compared':<38}{judged:>10.1f} s CPU   {judged / count * 1e6:,.0f} us a product")
    print(f"{'wall, with making the records':<38}{wall:>10.1f} s       {scaled / AIM_S:.2f} x the aim of {AIM_S} s for {PRODUCTS:,}")
    print(f"{'memory, all processes':<38}{peak:>10.0f} MB      {peak / AIM_MB:.2f} x the aim of {AIM_MB} MB")
    print(f"{'open cells; cells that change':<38}{cells:>10,}; {changed:,}")
    print(f"{'plain numpy: two days, no reasons':<38}{bound:>10.1f} s       the engine takes {judged / bound:.1f} x as long")


def _chunk(count: int, start: int) -> tuple[float, float, int, int]:
    """Seconds for the records, seconds for the decisions, open cells, cells that change."""
    atlas = _atlas()
    begin = time.process_time()
    pairs = [_pair(number) for number in range(start, min(start + CHUNK, count))]
    middle = time.process_time()
    cells = changed = 0
    for older, newer in pairs:
        before, after = judge(older, atlas), judge(newer, atlas)
        cells += sum(after.open_bits(channel, TODAY).bit_count() for channel in CHANNELS)
        changes = differences(before, after, CHANNELS, since=TODAY) + turned(before, YESTERDAY, after, TODAY, CHANNELS)
        changed += sum(len(change.countries) for change in changes)
    return middle - begin, time.process_time() - middle, cells, changed


def _atlas() -> Atlas:
    lists = load_code_lists()
    countries = dict(sorted(lists.lists[91].items())[:COUNTRIES]) | {code: "" for market in MARKETS[1:] for code in market}
    keep = sorted(countries, key=lambda code: (all(code not in market for market in MARKETS), code))[:COUNTRIES]
    return Atlas(CodeLists(lists.issue, lists.released_on, {**lists.lists, 91: {code: lists.lists[91][code] for code in keep}}))


def _pair(number: int) -> tuple[Holding, Holding]:
    """Yesterday's and today's records: every other title has licences, one in a hundred changed overnight."""
    newer = _holding(number, 60 + number % 200)
    return (_holding(number, 48 + number % 200) if number % 100 == 0 else newer), newer


def _holding(number: int, months: int) -> Holding:
    kind, form = FORMS[number % len(FORMS)]
    product = Product.model_construct(
        id=number,
        kind=kind,
        work_id=number,
        isbn13=f"{9790000000000 + number}",
        title="Title",
        form_code=form,
        languages=(Language.model_construct(role="01", code="eng"),),
        is_for_sale_worldwide=number % 3 != 0,
        for_sale=MARKETS[1 + number % 6] if number % 3 == 0 else (),
        not_for_sale=MARKETS[1 + number % 5][:1] if number % 7 == 0 else (),
    )
    contract = Contract.model_construct(id=number, name="Head", work_id=number, signed_on=date(2015, 1, 31), term=str(months))
    reach = {"languages": ("*",), "channels": ("*",), "formats": ("*",)}
    grants = (HeadGrant(id=number, contract_id=number, work_id=number, rights_type="Volume", territories=MARKETS[number % 2], **reach),)
    return Holding(product=product, contracts=(contract,), grants=grants, deals=tuple(_deal(number, n) for n in range(number % 4 // 2 * 2)))


def _deal(number: int, place: int) -> RightsDeal:
    return RightsDeal(
        id=number * 10 + place,
        work_id=number,
        licensee_id=place,
        rights_type="Reprint",
        is_exclusive=True,
        territories=MARKETS[1 + (number + place) % 6],
        languages=("eng",),
        formats=("*",),
        channels=("*",) if place else CHANNELS[:2],
        starts_on=date(2024, 1, 1),
        expires_on=TODAY + timedelta(days=number % 700 - 100),
        status=DealStatus.SIGNED,
    )


def _lower_bound(count: int) -> float:
    """Seconds for the mere arithmetic of two days and their difference on bytes, as arrays that lie ready: nothing is parsed, dated or explained."""
    shape = (min(count, CHUNK), COUNTRIES, len(CHANNELS))
    random = np.random.default_rng(7)
    for_sale, granted, licensed = (random.random(shape) < share for share in (0.7, 0.9, 0.1))
    begin = time.perf_counter()
    for _ in range(max(1, count // shape[0])):
        before, after = for_sale & granted & ~licensed, for_sale & ~licensed & granted
        np.count_nonzero(after)
        np.count_nonzero(after & ~before)
        np.count_nonzero(before & ~after)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
