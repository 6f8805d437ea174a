"""The fast way gives what the exact way gives, to the last field, however the lines are cut into files."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colophon.domain.royalty_clauses import Begins
from colophon.errors import BadRecordError
from colophon.royalties import controls
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.fast_engine import totals_of_files
from colophon.royalties.fast_rows import is_common, rows_of_files
from colophon.royalties.fast_tables import write_lines
from colophon.royalties.line import Line
from colophon.royalties.policy import Basis, EscalatorMode, Group, Policy, Returns, Trigger
from colophon.royalties.row import CounterKey, Opening
from colophon.royalties.rules import Band, Rule, Sliding, Step

START = date(2026, 1, 1)
POLICY = Policy(
    version="t", free_masterchannels=("Gratis",), uncounted_masterchannels=("Export",), territory_groups=(("GB", "Home"), ("IE", "Home"))
)
BANDS = (Band(over=5000), Band(over=5000, over_inclusive=True), Band(over=4999, under=5000, under_inclusive=True), Band(under=5000))
STEPS = (
    Step(rate=50_000, band=Band(over=5000)),
    Step(rate=500_000, how="MULTIPLY", band=Band(over=5000, over_inclusive=True)),
    Step(rate=10_000, how="ADD", since=START + timedelta(days=2)),
)
ladders = st.lists(st.integers(1, 40), max_size=3, unique=True).map(sorted).map(tuple)


def fast(lines, rules, opening, policy, cuts=1):
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"it's {place}.parquet" for place in range(cuts)]
        for place, path in enumerate(paths):
            write_lines(lines[place::cuts], path)
        return rows_of_files(paths, rules, opening, policy, scratch=Path(folder), threads=1)


@st.composite
def rules(draw):
    found = {}
    for contract in range(4):
        own = []
        for place in range(draw(st.integers(0, 3))):
            bounds = draw(ladders)
            is_odd = draw(st.integers(0, 5)) == 0
            own.append(
                Rule(
                    id=f"r{contract}{place}",
                    contract_id=contract,
                    product_id=draw(st.sampled_from([None, None, 1])),
                    channel_id=draw(st.sampled_from([None, None, None, 7])),
                    masterchannel=draw(st.sampled_from([None, "Trade", "Export"])),
                    territories=draw(st.sampled_from([None, None, frozenset({"GB"})])),
                    basis=draw(st.sampled_from(Basis)),
                    rates=tuple(draw(st.integers(0, 400)) * 1000 + 125 for _ in range(len(bounds) + 1)),
                    bounds=bounds,
                    band=draw(st.sampled_from([None, None, *BANDS])),
                    steps=tuple(draw(st.lists(st.sampled_from(STEPS), max_size=2))),
                    sold_from=draw(st.sampled_from([None, None, None, START + timedelta(days=1)])),
                    sold_to=draw(st.sampled_from([None, None, None, START + timedelta(days=1)])),
                    earns_from=draw(st.sampled_from([None, None, None, START + timedelta(days=2)])),
                    sliding=Sliding() if draw(st.integers(0, 9)) == 0 else None,
                    begins=draw(st.sampled_from([None, None, None, Begins.QUARTER])),
                    mode=EscalatorMode.WHOLE if is_odd and place else EscalatorMode.MARGINAL,
                    group=draw(st.sampled_from([None, "home"])),
                    counts=draw(st.integers(0, 4)) != 0,
                    keep=draw(st.sampled_from([10_000, 9_000])),
                )
            )
        if own:
            found[contract] = tuple(own)
    return found


@st.composite
def lines(draw, most=30):
    found = []
    for place in range(draw(st.integers(0, most))):
        product = draw(st.integers(1, 2))
        found.append(
            Line(
                id=f"l{place - (draw(st.integers(0, 15)) == 0)}",
                contract_id=draw(st.integers(0, 4)),
                product_id=product,
                format=("HB", "EB")[product - 1],
                channel_id=draw(st.sampled_from([None, 7])),
                masterchannel=draw(st.sampled_from([None, "Trade", "Export", "Gratis"])),
                country=draw(st.sampled_from([None, "GB", "IE", "US"])),
                sold_on=START + timedelta(days=draw(st.integers(0, 3))),
                units=(units := draw(st.integers(-30, 40))),
                list_price=(price := draw(st.sampled_from([None, 0, 800, 995, 1250]))),
                value=draw(
                    st.none()
                    | st.just(0)
                    | st.integers(-50_000, 50_000)
                    | st.sampled_from([-1, 0, 1]).map(lambda off, at=units * (price or 0) // 2: at + off)
                ),
                currency=draw(st.sampled_from(["GBP", "USD"])),
                exempt=draw(st.sampled_from([None, None, None, "author's copies"])),
                unit_cost=draw(st.sampled_from([None, None, 100])),
                source=draw(st.sampled_from(["a", "b"])),
            )
        )
    return found


openings = st.dictionaries(
    st.tuples(st.integers(0, 3), st.sampled_from(["format HB", "format EB", "home"])).map(
        lambda key: CounterKey(f"{key[0]}:{key[1]}", Trigger.UNITS)
    ),
    st.integers(-10, 60),
).map(lambda counters: Opening(counters=counters))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(lines(), rules(), openings, st.sampled_from(Group), st.integers(1, 3))
def test_fast_rows_are_the_exact_ones(sold, book, opening, group, cuts):
    """Rules of every kind, gaps, duplicates, free copies, debits: rows, counters, suspense and exclusions are equal."""
    policy = replace(POLICY, group=group)
    assert fast(sold, book, opening, policy, cuts) == rows_of(sold, book, opening, policy)


@pytest.mark.parametrize("band", BANDS)
def test_a_band_is_judged_at_its_edges_as_the_exact_way_does(line, rule, band):
    """C3: at the discount itself, a penny below and a penny above, for sales and returns, as a band of a rule and as a step."""
    sold = [
        line(sign * 100, list_price=800, value=sign * value, masterchannel=place)
        for place in ("band", "step")
        for sign in (1, -1)
        for value in (39_999, 40_000, 40_001, 40_007, 40_008, 40_009)
    ]
    book = {
        1: (
            rule(100_000, 120_000, bounds=(150,), masterchannel="band"),
            rule(50_000, id="deep", basis=Basis.NET, masterchannel="band", band=band),
            rule(100_000, 120_000, id="s", bounds=(150,), masterchannel="step", steps=(Step(rate=500_000, how="MULTIPLY", band=band),)),
        )
    }
    assert is_common(book[1], POLICY)
    assert fast(sold, book, Opening(), POLICY) == rows_of(sold, book, Opening(), POLICY)


def test_a_sale_without_a_price_or_a_channel_is_asked_after_as_the_exact_way_does(line, rule):
    """C2, C7: by a contract's only rate as by one of several; what was given away for nothing is a row."""
    sold = [
        line(place, list_price=0, value=value, contract_id=contract, masterchannel=channel)
        for contract in (1, 2)
        for channel in ("Trade", None)
        for place, value in ((1, 0), (2, 50), (3, None))
    ]
    book = {1: (rule(100_000),), 2: (rule(100_000, contract_id=2), rule(50_000, id="x", contract_id=2, masterchannel="Export"))}
    assert all(is_common(own, POLICY) for own in book.values())
    found = fast(sold, book, Opening(), POLICY)
    assert found == rows_of(sold, book, Opening(), POLICY)
    assert (len(found.suspended), sum(row.line_count for row in found.rows)) == (9, 3)


def test_days_are_judged_as_the_exact_way_does(line, rule):
    """The day itself belongs to what begins or ends on it."""
    sold = [line(10, list_price=800, sold_on=START + timedelta(days=day)) for day in range(6)]
    book = {1: (rule(100_000, earns_from=START + timedelta(days=1), steps=(Step(rate=50_000, since=START + timedelta(days=3)),)),
                rule(70_000, id="late", sold_from=START + timedelta(days=4), sold_to=START + timedelta(days=4)))}  # fmt: skip
    assert is_common(book[1], POLICY)
    found = fast(sold, book, Opening(), POLICY)
    assert found == rows_of(sold, book, Opening(), POLICY)
    assert [(row.key.rate, row.units) for row in found.rows] == [(0, 10), (50_000, 20), (70_000, 10), (100_000, 20)]


def test_a_stored_hash_of_lines_gives_the_same_rows(tmp_path, line, rule):
    """The hash is worked out once, where lines are split; a line that is there twice is found by it."""
    import duckdb

    sold = [line(5, list_price=800), line(7, list_price=800, id="twice"), line(7, list_price=800, id="twice")]
    write_lines(sold, tmp_path / "plain.parquet")
    stored = tmp_path / "stored.parquet"
    duckdb.sql(f"COPY (SELECT *, md5_number_lower(id) AS line_hash FROM '{tmp_path}/plain.parquet') TO '{stored}' (FORMAT parquet)")
    book = {1: (rule(100_000),)}
    found = rows_of_files([stored], book, Opening(), POLICY, scratch=tmp_path, threads=1)
    assert found == rows_of(sold, book, Opening(), POLICY)
    assert len(found.suspended) == 2


def test_rows_in_columns_are_read_like_a_list(line, rule):
    """Rows of several rates, prices and sources: one by one, from the end, as a part, and over again."""
    sold = [line(place + 1, list_price=price, source=source) for place in range(3) for price in (800, 995) for source in ("a", "b")]
    book = {1: (rule(100_000, 120_000, bounds=(9,)),)}
    found, exact = fast(sold, book, Opening(), POLICY).rows, rows_of(sold, book, Opening(), POLICY).rows
    assert len({row.key.rate for row in exact}) == len({row.key.price for row in exact}) == 2
    assert {row.sources for row in exact} == {("a", "b")}
    assert [found[place] for place in range(len(exact))] == list(found) == list(found) == list(exact)
    assert (found[-1], found[1:3], len(found)) == (exact[-1], exact[1:3], len(exact))
    assert found != exact[1:]
    assert found != (*exact[1:], exact[0])
    with pytest.raises(IndexError):
        found[len(exact)]


@pytest.mark.parametrize("how", [Returns.ORIGINAL_SALE, Returns.CURRENT_RATE])
def test_other_policies_go_the_exact_way(line, rule, how):
    """What DuckDB does not do is not done wrong."""
    sold = [line(50, list_price=799), line(-30, list_price=799), line(5, list_price=995)]
    book = {1: (rule(100_000, 120_000, bounds=(30,)),)}
    policy = Policy(version="t", returns=how)
    assert fast(sold, book, Opening(), policy) == rows_of(sold, book, Opening(), policy)


def test_an_overflow_is_an_error(line, rule):
    """A sum beyond 64 bits stops the run and is never a wrong number."""
    book = {1: (rule(100_000, basis=Basis.NET),)}
    with pytest.raises(BadRecordError) as problem:
        fast([line(1, value=2**62), line(1, value=2**62), line(1, value=2**62)], book, Opening(), POLICY)
    assert problem.value.code == "refused.record"
    with pytest.raises(BadRecordError):
        fast([line(2**40, list_price=2**40)], {1: (rule(100_000),)}, Opening(), POLICY)


def test_memory_stays_within_its_limit(tmp_path, rule):
    """Lines that do not fit into the limit spill to the scratch folder and give the same rows."""
    sold = [
        Line(id=f"{n:032}", contract_id=1, product_id=n % 50, format="HB", sold_on=START, units=1, list_price=799, currency="GBP")
        for n in range(60_000)
    ]
    book = {1: (rule(100_000, 125_000, bounds=(5_000,)),)}
    write_lines(sold, tmp_path / "lines.parquet")
    found = rows_of_files([tmp_path / "lines.parquet"], book, Opening(), POLICY, scratch=tmp_path, memory_limit="40MB", threads=1)
    assert found == rows_of(sold, book, Opening(), POLICY)


def test_numbers_beyond_the_first_thousand_lines_are_kept(line, rule):
    """A column's size is not guessed by a sample: one large amount after many small ones, and a text after many gaps."""
    sold = [line(1, value=1) for _ in range(1_500)] + [line(1, value=2**40, country="GB", exempt=None), line(1, value=5, exempt="review")]
    book = {1: (rule(100_000, basis=Basis.NET),)}
    found = fast(sold, book, Opening(), POLICY)
    assert found == rows_of(sold, book, Opening(), POLICY)
    assert [one.reason for one in found.excluded] == ["review"]


def test_lines_in_files_balance_with_their_rows(tmp_path, line, rule):
    """Control total 1 over files: what the files add up to is in rows, suspense and excluded; a line more is found."""
    sold = [line(50, value=7_000), line(-3), line(5, value=900, exempt="author's copies"), line(2, value=None, contract_id=2)]
    paths = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    write_lines(sold[:2], paths[0])
    write_lines(sold[2:], paths[1])
    totals = totals_of_files(paths, scratch=tmp_path, threads=1)
    assert totals == controls.totals_of(sold)
    found = rows_of_files(paths, {1: (rule(100_000, basis=Basis.FIXED),)}, Opening(), POLICY, scratch=tmp_path, threads=1)
    assert controls.of_totals(totals, found) == []
    fewer = rows_of_files(paths[:1], {1: (rule(100_000, basis=Basis.FIXED),)}, Opening(), POLICY, scratch=tmp_path, threads=1)
    assert {one.identity for one in controls.of_totals(totals, fewer)} == {1}
