"""Who gets a campaign's letter, and why somebody does not: the edges of consent, offers, addresses and dates, without a house around them."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.config.campaigns import Campaign, ReaderCampaigns
from colophon.config.letters import ChosenTemplate
from colophon.config.load import load_config
from colophon.domain.product import Language, Price, Product
from colophon.rights.snapshot import RightsSnapshot
from colophon.systems.consonance.reports.audience import COLUMNS
from colophon.use_cases.exstream import reader_selection as selection
from colophon.use_cases.exstream.reader_lists import engine_in, load, replace_rows
from colophon.use_cases.exstream.reader_sources import _TOLD
from colophon.use_cases.exstream.reader_tables import fill
from colophon.use_cases.exstream.reader_titles import Shelf

TODAY = date(2026, 6, 1)
RULES = ReaderCampaigns.model_validate(
    {
        "unsubscribe_url": "https://larkspur.example/out?{reader}",
        "email_advertising": {"default": {"by": "consent"}, "US": {"by": "opt_out"}, "CA": {"by": "implied", "days": 730}},
        "own_consent_from": {"default": 16, "AT": 14},
        "renewal": {"FR": {"first": 90, "last": 30}},
        "line_length": {"FR": 38},
    }
)
READER = {
    "country": "GB",
    "prefers": "email",
    "consent": "yes",
    "consent_on": TODAY - timedelta(30),
    "consent_source": "shop",
    "line1": "1 Row",
    "city": "Town",
}
SHIPPED = load_config()
TEMPLATES = (ChosenTemplate(template="T", version="1"),)
LETTER = Campaign(id="sale", name="Sale", kind="letter", from_on=TODAY, until_on=TODAY, templates=TEMPLATES)
RENEWAL = Campaign(id="renewal", name="Renewal", kind="renewal", templates=TEMPLATES)


class Desk:
    """Lists in an engine of their own; what a campaign speaks of may be sold everywhere, in words that are there."""

    def __init__(self, engine: Any, scratch: Path) -> None:
        self.engine, self.scratch = engine, scratch
        self.told: list[tuple[Any, ...]] = []
        self.offers: list[tuple[Any, ...]] = []

    def add(self, name: str, /, **fields: Any) -> None:
        replace_rows(self.engine, name, [(*(fields.get(column) for column in COLUMNS[name]), 2)])

    def reader(self, key: str, **more: Any) -> None:
        self.add("readers", **{"reader_id": key, "email": f"{key}@readers.example", **READER, **more})

    def judged(self, campaign: Campaign = LETTER, today: date = TODAY) -> dict[str, str]:
        """By reader: the channel, or why there is no letter."""
        engine, text = self.engine, "VARCHAR"
        fill(engine, "told", _TOLD, ((*row, None)[: len(_TOLD)] for row in self.told), self.scratch)
        selection.judge_readers(engine, RULES, today)
        fill(engine, "title", {"campaign": text, "what": text, "imprint": text}, [("sale", "work:9", "-")], self.scratch)
        fill(engine, "campaign", {"id": text, "offer": text}, [(campaign.id, campaign.offer)], self.scratch)
        countries = [row[0] for row in engine.execute("SELECT DISTINCT country FROM readers WHERE country IS NOT NULL").fetchall()]
        fill(
            engine,
            "sold",
            {"campaign": text, "what": text, "country": text},
            [("sale", "work:9", each) for each in countries],
            self.scratch,
        )
        days = {"starts_on": "DATE", "ends_on": "DATE"}
        allowed = {"campaign": text, "what": text, "country": text, "offer": text, "off": "DECIMAL(9, 4)", **days, "club": text}
        fill(engine, "allowed", allowed, self.offers, self.scratch)
        selection.add_candidates(engine, campaign, today)
        words = [(campaign.id, "-", each, "-", "-", campaign.id) for each in countries]
        columns = ("campaign", "imprint", "country", "language", "fault", "destination")
        fill(engine, "words", dict.fromkeys(columns, text), words, self.scratch)
        selection.select(engine, RULES, today)
        return dict(engine.execute("SELECT reader_id, coalesce(reason, channel) FROM verdict ORDER BY 1").fetchall())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with engine_in(tmp_path) as engine:
        yield Desk(engine, tmp_path)


def test_consent_has_to_be_proved_and_ones_own_on_the_day(desk: Desk) -> None:
    """A consent of today counts, on the birthday too; one without a day or a source is none. Elsewhere who did not object may be written to."""
    years = TODAY.replace(year=TODAY.year - 14)
    desk.reader("today", consent_on=TODAY)
    desk.reader("tomorrow", consent_on=TODAY + timedelta(1))
    desk.reader("no-day", consent_on=None)
    desk.reader("no-source", consent_source=None)
    desk.reader("birthday", country="AT", born_on=years)
    desk.reader("eve", country="AT", born_on=years + timedelta(1))
    desk.reader("fifteen", country="IE", born_on=TODAY.replace(year=TODAY.year - 15))
    desk.reader("us", country="US", consent=None)
    desk.reader("ecg", country="AT")
    desk.reader("nowhere", country=None)
    assert desk.judged() == {
        "birthday": "email", "ecg": "email", "eve": "too young", "fifteen": "too young", "no-day": "no consent", "no-source": "no consent",
        "nowhere": "country not known", "today": "email", "tomorrow": "no consent", "us": "email",
    }  # fmt: skip


def test_an_order_implies_consent_for_730_days_where_the_law_says_so(desk: Desk) -> None:
    """And one day longer it does not."""
    for key, days in (("in-time", 730), ("late", 731), ("never", None)):
        desk.reader(key, country="CA", consent=None)
        if days is not None:
            desk.add("orders", order_id=key, reader_id=key, isbn="9781999000004", quantity=1, ordered_on=TODAY - timedelta(days))
    assert desk.judged() == {"in-time": "email", "late": "no consent", "never": "no consent"}


def test_an_objection_never_ends_and_is_the_persons(desk: Desk) -> None:
    """Whoever buys again has objected all the same; an address is one person whatever its case; an objection to one way leaves the other."""
    desk.reader("again", opted_out_on=date(2020, 1, 1))
    desk.add("orders", order_id="1", reader_id="again", isbn="9781999000004", quantity=1, ordered_on=TODAY)
    desk.reader("case", email="Again@Readers.example")
    desk.reader("one", line1="9 Lane")
    desk.reader("two", line1="9 Lane")
    desk.reader("no-post", prefers="print", post_objected_on=date(2026, 1, 1))
    desk.add("opt_outs", reader_id="no-mail", channel="email", since_on=date(2026, 1, 1))
    desk.reader("no-mail")
    assert desk.judged() == {
        "again": "opted out", "case": "opted out", "no-mail": "no consent", "no-post": "email", "one": "email", "two": "email",
    }  # fmt: skip


def test_who_the_list_calls_by_another_id_has_objected_and_has_the_letter_all_the_same(desk: Desk) -> None:
    """Two rows of one person were merged: R1 and R2 are gone, and R9 has the address of one of them; another address is somebody else."""
    at = f"{TODAY - timedelta(20)} 06:00:00"
    for key, state, letter in (("R1", "opted_out", "letter/old"), ("R2", "sent", "letter/sale")):
        person = hashlib.sha256(f"{key.lower()}@readers.example".encode()).hexdigest()[:12]
        desk.told.append(("old", f"{letter}/reader:{key}", letter, key, state, "-", "email", "letter", at, person))
    for key in ("R1", "R2", "R3"):
        desk.reader(f"New-{key}", email=f"{key}@READERS.example")
    assert desk.judged() == {"New-R1": "opted out", "New-R2": "has it already", "New-R3": "email"}


def test_a_dead_address_is_left_for_the_post_at_the_third_soft_bounce_and_returned_post_for_nothing(desk: Desk) -> None:
    """What is our own fault says nothing of the address; what came back by post goes round in no circle; a line has to fit its window."""
    at = "2026-01-01 00:00:00"
    for key, codes in {
        "hard": ["bounced 5.1.1"],
        "soft-2": ["bounced 4.2.2"] * 2,
        "soft-3": ["bounced 5.2.2"] * 3,
        "ours": ["bounced 5.7.1"],
    }.items():
        desk.reader(key)
        desk.told += [("old", f"x{n}", f"letter/old{n}", key, "bounced", code, "email", "letter", at) for n, code in enumerate(codes)]
    for key, code in {"moved": "returned moved", "dead": "returned deceased"}.items():
        desk.reader(key, prefers="print", email=None)
        desk.told.append(("old", "y", "letter/old", key, "bounced", code, "print", "letter", at))
    desk.reader("long", country="FR", prefers="print", email=None, line1="x" * 39)
    desk.reader("fits", country="FR", prefers="print", email=None, line1="x" * 38)
    assert desk.judged() == {
        "dead": "deceased", "fits": "print", "hard": "print", "long": "no address", "moved": "no address", "ours": "email", "soft-2": "email",
        "soft-3": "print",
    }  # fmt: skip


def test_a_renewal_that_came_back_goes_by_the_other_way_and_advertising_does_not(desk: Desk) -> None:
    """Where there is one, once; a mailbox that was full is not written to again."""
    for key, more, code in (("post", {}, "x 5.1.1"), ("none", {"line1": None}, "x 5.1.1"), ("full", {}, "x 5.2.2")):
        desk.reader(key, **more)
        desk.add("subscriptions", subscription_id=key, reader_id=key, club="Crime", starts_on=date(2025, 6, 1), ends_on=date(2026, 7, 1))
        for name in (f"renewal/{key}:2026-07-01:60", "letter/sale"):
            desk.told.append(("old", f"{name}/{key}", name, key, "bounced", code, "email", name[:7], f"{TODAY - timedelta(9)} 06:00:00"))
    assert desk.judged(RENEWAL) == {"full": "has it already", "none": "no address", "post": "print"}
    desk.told.append(("old", "again", "renewal/post:2026-07-01:60", "post", "sent", "-", "print", "renewal", f"{TODAY} 06:00:00"))
    assert desk.judged(RENEWAL)["post"] == "has it already"
    assert set(desk.judged().values()) == {"has it already"}


def test_an_offer_has_to_hold_until_the_letter_is_there(desk: Desk) -> None:
    """Printed ones are two weeks on their way."""
    only = LETTER.model_copy(update={"offer": "only"})
    desk.offers = [("sale", "work:9", "GB", "O1|9781999000004|1.00|GBP|x", 10, TODAY, TODAY + timedelta(13), None)]
    desk.reader("mail")
    desk.reader("post", prefers="print")
    assert desk.judged(only) == {"mail": "email", "post": "no offer there and now"}


def test_one_person_gets_one_advertising_letter_a_day_and_two_a_week(desk: Desk) -> None:
    """What waits does not count, and neither do orders."""
    for key, rows in {
        "today": [(0, "sent")],
        "week": [(2, "sent"), (6, "opened")],
        "long-ago": [(7, "sent"), (8, "sent")],
        "waits": [(0, "planned")],
    }.items():
        desk.reader(key)
        desk.told += [
            ("old", f"s{n}", f"letter/o{n}", key, state, "-", "email", "letter", f"{TODAY - timedelta(n)} 06:00:00") for n, state in rows
        ]
    desk.told.append(("old", "o", "order/1/a", "waits", "sent", "-", "email", "order", f"{TODAY} 06:00:00"))
    assert desk.judged() == {"long-ago": "email", "today": "had a letter today", "waits": "email", "week": "had enough this week"}


def test_a_renewal_is_told_within_the_law_and_on_any_day_of_the_calendar(desk: Desk) -> None:
    """60 days before a 29th of February; in France between 90 and 30; to nobody who died, and to whoever opted out of advertising."""
    day = date(2028, 2, 29)
    for key, more in {"leap": {}, "french": {"country": "FR"}, "dead": {"status": "deceased"}, "out": {"opted_out_on": TODAY}}.items():
        desk.reader(key, **more)
        desk.add("subscriptions", subscription_id=key, reader_id=key, club="Club", starts_on=date(2024, 2, 29), ends_on=day)
    assert desk.judged(RENEWAL, day - timedelta(91)) == {}
    assert desk.judged(RENEWAL, day - timedelta(90)) == {"french": "email"}
    assert desk.judged(RENEWAL, day - timedelta(60)) == {"dead": "deceased", "french": "email", "leap": "email", "out": "email"}
    assert desk.judged(RENEWAL, day - timedelta(29)) == {"dead": "deceased", "leap": "email", "out": "email"}
    assert [row[0] for row in selection.missed_windows(desk.engine, day - timedelta(29))] == ["french"]
    desk.told.append(
        (
            "renewal",
            "s",
            f"renewal/french:{day}:90",
            "french",
            "sent",
            "-",
            "email",
            "renewal",
            datetime(2027, 12, 1, tzinfo=UTC).isoformat(" ")[:19],
        )
    )
    desk.judged(RENEWAL, day - timedelta(29))
    assert selection.missed_windows(desk.engine, day - timedelta(29)) == []


def test_segments_are_who_fulfils_every_line(desk: Desk) -> None:
    """And one value of each."""
    for key, more in {"a": {}, "b": {"country": "IE"}, "c": {"language": "ger"}}.items():
        desk.reader(key, **{"language": "eng", **more})
        desk.add("orders", order_id=key, reader_id=key, isbn="9781999000004", quantity=1, ordered_on=TODAY)
    fill(desk.engine, "genre", {"isbn": "VARCHAR", "code": "VARCHAR"}, [("9781999000004", "FFC")], desk.scratch)
    segment = {"countries": ("GB", "US"), "languages": ("eng", "ger"), "bought_genres": ("FF",), "bought": ("9781999000004",)}
    campaign = Campaign.model_validate({**LETTER.model_dump(), "segment": segment})
    fill(desk.engine, "words", {"campaign": "VARCHAR"}, [], desk.scratch)
    assert sorted(desk.judged(campaign)) == ["a", "c"]
    assert campaign.segment.sentence == "bought 9781999000004, bought something of Thema FF, in GB or US, reads eng or ger"


def test_a_file_of_which_most_cannot_be_read_is_refused_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    """A day in another form in every row is no exception for each of a million."""
    from colophon.errors import BadReportError
    from colophon.systems.consonance.reports.audience import Lookup, row_of_event

    look = Lookup(frozenset({"GB"}), TODAY)
    bad = [row_of_event("readers", {"reader_id": f"R{n}", "country": "GB", "consent_on": "01.02.2026"}, f"{n}", look) for n in range(30)]
    with pytest.raises(BadReportError, match="readers: 30 of 30 rows cannot be read"):
        load(desk.engine, "readers", bad, tmp_path)


@pytest.mark.parametrize("order", [1, -1])
def test_whichever_row_says_so_a_reader_who_is_there_twice_has_objected(desk: Desk, order: int) -> None:
    """The same list in another order says the same: objections and deaths hold, whichever row tells them."""
    rows: list[dict[str, Any]] = [
        {"key": "out"}, {"key": "out", "opted_out_on": date(2026, 1, 1), "email": "old@readers.example"},
        {"key": "dead"}, {"key": "dead", "status": "deceased"}, {"key": "alias", "email": "Old@Readers.example"},
    ]  # fmt: skip
    for row in rows[::order]:
        known = {"reader_id": row["key"], "email": f"{row['key']}@readers.example", **READER, **row}
        desk.engine.execute(
            f"INSERT INTO readers VALUES ({', '.join('?' for _ in (*COLUMNS['readers'], 1))})",
            [*(known.get(name) for name in COLUMNS["readers"]), 2],
        )
    assert desk.judged() == {"alias": "opted out", "dead": "deceased", "out": "opted out"}


def test_an_order_and_a_subscription_of_nobody_on_the_list_are_named(desk: Desk) -> None:
    """Those that would have a letter now."""
    desk.reader("here")
    for key, days in (("here", 1), ("gone", 1), ("old", 90)):
        desk.add("orders", order_id=key, reader_id=key, isbn="9781999000004", quantity=1, ordered_on=TODAY - timedelta(days))
        desk.add("subscriptions", subscription_id=key, reader_id=key, club="Club", ends_on=TODAY + timedelta(days))
    desk.judged()
    order = Campaign(id="orders", name="Orders", kind="order", days=7, templates=TEMPLATES)
    assert selection.strangers(desk.engine, order, TODAY) == [("orders", "gone")]
    assert selection.strangers(desk.engine, RENEWAL, TODAY) == [("renewal", "gone")]


def test_an_offer_is_spoken_of_as_the_law_of_the_readers_country_has_it(desk: Desk) -> None:
    """Where prices are fixed no letter says less: by the country, the language of the book, and what kind of offer it is."""
    cases: list[tuple[str, str, dict[str, str], bool]] = [
        ("DE", "eng", {"price": "9.50"}, False),
        ("DE", "eng", {"price": "9.50", "kind": "voucher"}, False),
        ("GB", "eng", {"price": "9.50", "kind": "voucher", "currency": "GBP"}, True),
        ("FR", "fre", {"price": "9.50"}, False),  # what is posted has no percent off
        ("NL", "eng", {"price": "5.00"}, True),
        ("NL", "dut", {"price": "9.50"}, False),
        ("IT", "ita", {"price": "9.50"}, True),
        ("IT", "ita", {"price": "9.40"}, False),
        ("IE", "eng", {"price": "1000"}, False),  # a point was forgotten
        ("DE", "eng", {"price": "1.00", "currency": "GBP"}, False),  # a British shop sends to a reader in Germany
        ("IE", "eng", {"price": "1.00"}, True),
        ("IE", "eng", {"price": "1.00", "countries": "DE;AT"}, False),
    ]
    assert [country in spoken_of_in(desk, book, offer) for country, book, offer, _ in cases] == [is_spoken_of for *_, is_spoken_of in cases]


def spoken_of_in(desk: Desk, language: str, offer: dict[str, str]) -> set[str]:
    """Countries in whose letters an offer for a book of ten euros stands."""
    product = Product(
        id=101, kind="PhysicalBookProduct", work_id=9, isbn13="9781999000004", title="Sea Room", publishing_status="04", allow_onix_exports=True,
        languages=(Language(code=language, role="01"),), prices=(Price(id=1, amount=Decimal(10), currency="EUR", type_code="02", qualifier="05"),),
    )  # fmt: skip
    rights: Any = {"9781999000004": SimpleNamespace(open_bits=lambda _channel, _on: -1)}
    context = DecisionContext(datetime(2026, 6, 1, tzinfo=UTC), SHIPPED, {}, lambda *_: {}, rights=RightsSnapshot(rights))
    desk.engine.execute("DELETE FROM offers")
    days = {"starts_on": TODAY, "ends_on": TODAY}
    desk.add("offers", **{"offer_id": "O1", "name": "June", "isbn": product.isbn13, "currency": "EUR", "kind": "price", **days, **offer})
    Shelf((product,), (LETTER.model_copy(update={"offer": "only"}),), context).fill(desk.engine, desk.scratch)
    return {row[0] for row in desk.engine.execute("SELECT country FROM allowed").fetchall()}
