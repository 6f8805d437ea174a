"""Each way in which a title leaves a recipient who has it: what that one hears, once, and what the others hear: nothing."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from rights_records import ATLAS, contract, grant
from told_places import cells_of

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import LatestDelivery
from colophon.domain.departed import Departed
from colophon.domain.facts import Facts, Known
from colophon.domain.product import Product
from colophon.rights.facts import Facts as RightsFacts
from colophon.rights.hold import days_to_hold
from colophon.rights.statuses import statuses_of
from colophon.stopped import SENTENCE
from colophon.use_cases.xconnector.change_days import day_lines, days_of_change, due_lines, fingerprint
from colophon.use_cases.xconnector.exits import departed
from colophon.use_cases.xconnector.holds import holds
from colophon.use_cases.xconnector.metadata_syndication import CASE
from colophon.use_cases.xconnector.turned import turned_by_rights
from syndication import (
    AS_OF,
    BOOK,
    CONFIG,
    DELTA,
    ENDED,
    FAULTY,
    ask,
    availability_in,
    blocked,
    has,
    plan,
    standing,
)

EBOOK = BOOK.model_copy(
    update={"form_code": "DG", "kind": "ElectronicBookProduct", "height_mm": None, "width_mm": None, "thickness_mm": None}
)
HELD_BY = {
    "retailer-plain": BOOK,
    "distributor-short": BOOK,
    "library-supplier": BOOK,
    "kobo": EBOOK,
    "google-play": EBOOK,
    "erp-json": BOOK,
}
BAD_AUTHOR = FAULTY.contributors


def after(recipient, *, rights=None, at=AS_OF + timedelta(days=1), **changes):
    """What a recipient that has the title hears the next day."""
    params = {**DELTA, "recipients": [recipient]}
    [first] = plan([HELD_BY[recipient]], [], ask(params)).intents
    changed = HELD_BY[recipient].model_copy(update=changes)
    made = plan([changed], [], ask(params, **has(first), rights=rights, at=at))
    return first, changed, made


def status_in(intent):
    """List 64 code of an ONIX record."""
    return re.findall("<(?:PublishingStatus|b394)>([^<]*)<", intent.content.decode())


EXITS = [
    ({"allow_onix_exports": False}, None, "52"),
    ({"publishing_status": "05", "availability": None}, None, "40"),
    ({"publishing_status": "15", "availability": None}, None, "49"),
    ({"publishing_status": "08", "availability": "20"}, None, "40"),
    ({"publishing_status": "13"}, None, "52"),
    ({"availability": "43"}, None, "40"),
    ({"availability": "41", "contributors": BAD_AUTHOR}, None, "40"),
    ({"publishing_status": "01", "availability": None, "contributors": BAD_AUTHOR}, None, "01"),
    ({}, {BOOK.subject: standing(contracts=ENDED)}, "52"),
    ({"allow_onix_exports": False, "contributors": BAD_AUTHOR}, {BOOK.subject: standing(contracts=ENDED)}, "52"),
]


@pytest.mark.parametrize(("changes", "rights", "code"), EXITS)
@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "library-supplier", "kobo", "google-play"])
def test_who_has_a_title_hears_each_exit_once(recipient, changes, rights, code) -> None:
    """A valid update that closes it, never a deletion; the night after says the same, and so nothing is sent."""
    first, changed, made = after(recipient, rights=rights, **changes)
    [closing] = made.intents
    assert availability_in(closing) == [code]
    assert status_in(closing) == [changed.publishing_status]
    assert re.findall("<(?:NotificationType|a002)>([^<]*)<", closing.content.decode()) == ["03"]
    assert closing.labels["closed"]
    assert closing.labels["record_reference"] == first.labels["record_reference"]
    assert b"Contributor" not in closing.content
    params = {**DELTA, "recipients": [recipient]}
    renamed = changed.model_copy(update={"title": "Another title"})
    again = plan([renamed], [], ask(params, **has(first, closing), rights=rights, at=AS_OF + timedelta(days=2)))
    assert [intent.content_hash for intent in again.intents] == [closing.content_hash]
    never = plan([changed], [], ask(params, rights=rights))
    assert never.intents == []
    refused = ask(params, **has(first, state="failed"), rights=rights)
    assert plan([changed], [], refused).intents == [], "what it refused it does not have"
    back = plan([HELD_BY[recipient]], [], ask(params, **has(first, closing), at=AS_OF + timedelta(days=3)))
    assert [intent.content for intent in back.intents] == [first.content]


@pytest.mark.parametrize(
    "changes",
    [
        {"allow_onix_exports": False},
        {"publishing_status": "11", "contributors": BAD_AUTHOR},
        {"availability": "43", "contributors": BAD_AUTHOR},
    ],
)
def test_who_takes_events_hears_that_a_title_is_withdrawn(changes) -> None:
    """With its ISBN and why, and nothing of the record."""
    _, _, made = after("erp-json", **changes)
    [closing] = made.intents
    assert closing.labels["event_type"] == "title.withdrawn"
    said = json.loads(closing.content)
    assert (said["isbn"], bool(said["reason"]), len(said)) == (BOOK.isbn13, True, 2)


@pytest.mark.parametrize(
    "changes",
    [{"publishing_status": "11", "availability": "46"}, {"availability": "40"}, {"publishing_status": "07", "availability": None}],
)
def test_a_whole_record_that_says_it_is_gone_goes_first(changes) -> None:
    """The recipient takes the status: it gets all there is to say, before what opens."""
    other = BOOK.model_copy(update={"id": 8, "isbn13": "9781999000011"})
    params = {**DELTA, "recipients": ["retailer-plain"]}
    gone = BOOK.model_copy(update=changes)
    first, second = plan([other, gone], [], ask(params)).intents
    assert (first.subject, first.labels["closed"], second.subject) == (BOOK.subject, "status", other.subject)
    assert b"Contributor" in first.content


def test_a_form_that_is_no_longer_taken_is_closed() -> None:
    """And so is what a recipient's market or channel no longer covers."""
    params = {**DELTA, "recipients": ["kobo"]}
    [first] = plan([EBOOK], [], ask(params)).intents
    profile = CONFIG.recipients["kobo"]
    for change in ({"product_forms": ("AJ",)}, {"sale_channel": "library"}, {"market": ("US",)}):
        recipients = {**CONFIG.recipients, "kobo": profile.model_copy(update=change)}
        config = CONFIG.model_copy(update={"recipients": recipients})
        here = EBOOK.model_copy(update={"is_for_sale_worldwide": None, "for_sale": ("GB",)})
        rights = {BOOK.subject: standing(product=here) if "sale_channel" not in change else standing(contracts=ENDED)}
        given = ask(params, **has(first), rights=rights)
        made = plan([here], [], DecisionContext(AS_OF, config, params, given.history, rights=given.rights, content=given.content))
        [closing] = made.intents
        assert availability_in(closing) == ["52"]
        assert not cells_of(closing.content)
        assert fingerprint(recipients["kobo"], config) != fingerprint(profile, CONFIG), "and all titles are looked at"


def gone(reason, recipient, history):
    """What is decided of a title that is no more."""
    facts = Facts(
        {
            Product: Known(records=(), source="test", as_of=AS_OF),
            Departed: Known(records=(Departed(subject=BOOK.subject, reason=reason),), source="ledger", as_of=AS_OF),
        }
    )
    return CASE.decide(facts, ask({**DELTA, "recipients": [recipient]}, **history))


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "kobo", "erp-json"])
def test_a_title_that_is_no_more_is_closed_by_what_was_sent_last(recipient) -> None:
    """Deleted, or under another ISBN: the old one is off sale, under its own reference; who never had it hears nothing."""
    [first] = plan([HELD_BY[recipient]], [], ask({**DELTA, "recipients": [recipient]})).intents
    made = gone("no longer listed", recipient, has(first))
    [closing] = made.intents
    assert BOOK.isbn13.encode() in closing.content
    if recipient == "erp-json":
        assert json.loads(closing.content) == {"isbn": BOOK.isbn13, "reason": "no longer listed"}
    else:
        assert availability_in(closing) == ["40"]
        assert not cells_of(closing.content)
    assert [intent.content for intent in gone("no longer listed", recipient, has(first, closing)).intents] == [closing.content]
    nobody = gone("no longer listed", recipient, {})
    assert (nobody.intents, nobody.findings, nobody.settled) == ([], [], {recipient: [BOOK.subject]})


@pytest.mark.parametrize("recipient", ["retailer-plain", "erp-json"])
def test_a_title_that_was_deleted_and_made_anew_goes_on_under_its_reference(recipient) -> None:
    """Its recipients know it by that; it closes and opens again as any other does. Another product that takes over an ISBN does not."""
    params = {**DELTA, "recipients": [recipient]}
    [first] = plan([BOOK], [], ask(params)).intents
    [closing] = gone("no longer listed", recipient, has(first)).intents
    anew = BOOK.model_copy(update={"id": 90_101})
    [back] = plan([anew], [], ask(params, **has(first, closing))).intents
    assert back.content == first.content.replace(b">7<", b">90101<")  # our product number beside its ISBN
    [closed] = plan([anew], [], ask(params, **has(first, closing, back), rights={BOOK.subject: standing(contracts=ENDED)})).intents
    [open_again] = plan([anew], [], ask(params, **has(first, closing, back, closed))).intents
    assert (open_again.content, open_again.labels) == (back.content, back.labels)
    last = has(back)["history"][BOOK.subject]
    assert departed({"unreadable:90101"}, {BOOK.subject: last}, {}) == []
    taken = plan([anew], [], ask(params, **has(first)))
    assert ([intent.labels for intent in taken.intents], blocked(taken, recipient)) == ([], {"L4"})


def test_which_titles_are_no_more() -> None:
    """Those that a recipient holds and no record has any more; not what it refused, what is closed, or what cannot be read today."""
    last = LatestDelivery(1, "0" * 64, "confirmed", AS_OF, {"record_reference": "example.larkspur-vale.7"})
    titles = {"isbn:1": last}
    assert [title.reason for title in departed(set(), titles, {})] == ["no longer listed"]
    assert [title.reason for title in departed(set(), titles, {"7": "9781999000011"})] == ["its ISBN is 9781999000011"]
    assert [title.reason for title in departed({"product:7"}, titles, {})] == ["it has no ISBN"]
    assert departed({"unreadable:7"}, titles, {}) == []
    assert departed(set(), {"isbn:1": LatestDelivery(1, "", "failed", AS_OF, {})}, {}) == []
    assert departed(set(), {"isbn:1": LatestDelivery(1, "", "confirmed", AS_OF, {"closed": "missing"})}, {}) == []
    assert len(departed(set(), {"isbn:1": LatestDelivery(1, "", "confirmed", AS_OF, {"closed": "in part"})}, {})) == 1


OPENS = date(2026, 6, 1)


def test_an_embargo_is_said_or_held_and_opens_on_its_day() -> None:
    """By profile: the first day of sale and an availability that fits, or nothing until then; who has it hears that it is closed."""
    params, rights = {**DELTA, "recipients": ["retailer-plain"]}, {BOOK.subject: standing(embargo=OPENS)}
    profile = CONFIG.recipients["retailer-plain"]
    embargoes = CONFIG.embargoes.model_copy(update={"first_day_of_sale": {BOOK.isbn13: OPENS}})

    def told(embargo, at, **known):
        recipients = {**CONFIG.recipients, "retailer-plain": profile.model_copy(update={"embargo": embargo})}
        config = CONFIG.model_copy(update={"recipients": recipients, "embargoes": embargoes})
        given = ask(params, rights=rights, at=at, **known)
        return plan([BOOK], [], DecisionContext(at, config, params, given.history, rights=given.rights, content=given.content)).intents

    assert told("hold", AS_OF) == []
    [first] = plan([BOOK], [], ask(params)).intents
    for [record] in (told("hold", AS_OF, **has(first)), told("say", AS_OF)):
        assert availability_in(record) == ["10"]
        assert b"<PublishingDateRole>02</PublishingDateRole>\n<Date>20260601</Date>" in record.content
        assert b"<SupplyDateRole>08</SupplyDateRole>\n<Date>20260601</Date>" in record.content
    day = AS_OF.replace(month=6)
    for embargo in ("hold", "say"):
        [opened] = told(embargo, day, **has(record))
        assert availability_in(opened) == ["20"]
        assert b"<PublishingDateRole>02" not in opened.content


@pytest.mark.parametrize(
    ("amount", "rules"),
    [("999.00", {"S13"}), ("0.49", {"S13"}), ("29.97", {"S13a"}), ("3.33", {"S13a"}), ("14.99", set()), ("9.99", set())],
)
@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "erp-json"])
def test_a_price_that_jumped_against_the_last_one_sent(recipient, amount, rules) -> None:
    """A slip of the decimal point stays back, a jump is reported; who names the title in the form has looked at it."""
    price = BOOK.prices[0].model_copy(update={"amount": Decimal(amount)})
    first, changed, made = after(recipient, prices=(price,))
    assert {f.rule for f in made.findings if f.rule.startswith("S13")} == rules
    assert (made.intents == []) is (rules == {"S13"})
    by_hand = {"mode": "list", "recipients": [recipient], "isbns": [BOOK.isbn13]}
    assert len(plan([changed], [], ask(by_hand, **has(first))).intents) == 1
    assert not blocked(plan([changed], [], ask({**DELTA, "recipients": [recipient]})), recipient), "nothing was sent before"


def test_the_days_on_which_a_title_changes_by_itself() -> None:
    """Publication, what follows from it, prices that begin and end, texts that may be shown; and whose day has come."""
    price = BOOK.prices[0].model_copy(update={"from_on": date(2026, 5, 3), "until_on": date(2026, 5, 8)})
    text = BOOK.texts[0].model_copy(update={"from_on": date(2026, 5, 20)})
    title = BOOK.model_copy(update={"publication_on": date(2026, 12, 24), "prices": (price,), "texts": (text,)})
    days = days_of_change(title, AS_OF.date())
    assert [day.isoformat() for day in days[:6]] == ["2026-05-03", "2026-05-09", "2026-05-20", "2026-06-24", "2026-12-24", "2026-12-25"]
    lines = list(day_lines([title, BOOK], AS_OF.date()))
    assert len(lines) == 1
    assert due_lines(lines, date(2026, 5, 8), date(2026, 5, 9)) == {BOOK.isbn13}
    assert due_lines(lines, date(2026, 5, 9), date(2026, 5, 19)) == set()
    last = price.model_copy(update={"until_on": date.max})
    assert date.max in days_of_change(title.model_copy(update={"prices": (last,)}), AS_OF.date())


def test_no_country_that_is_no_more_is_written() -> None:
    """AN, CS and YU are read in the product's sets, and neither offered nor named."""
    sold = BOOK.model_copy(update={"is_for_sale_worldwide": None, "for_sale": ("AN", "CS", "GB"), "not_for_sale": ("YU",)})
    made = plan([sold], [], ask(rights={BOOK.subject: standing(product=sold)}))
    assert made.intents
    assert not blocked(made)
    for intent in made.intents:
        assert not re.search(rb"\b(AN|CS|YU)\b", intent.content)
    assert not {"AN", "CS", "YU"} & set(ATLAS.countries)


def row(revision, state, closed="", to="kobo"):
    """A delivery."""
    labels = {"closed": closed} if closed else {}
    kept = LatestDelivery(revision, "", state, AS_OF, labels)

    class Row:
        use_case, destination, as_of = "xconnector__metadata_syndication", to, AS_OF

    made = Row()
    made.revision, made.state, made.labels = kept.revision, kept.state, kept.labels
    return made


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "never had"),
        ([row(1, "planned")], "never had; will be on sale"),
        ([row(1, "failed")], "never had"),
        ([row(1, "confirmed")], "on sale since 2026-05-01"),
        ([row(1, "confirmed"), row(2, "sent", "in part")], "on sale since 2026-05-01"),
        ([row(1, "confirmed"), row(2, "accepted", "rights")], "closed (rights) since 2026-05-01"),
        ([row(1, "confirmed"), row(2, "failed", "rights")], "on sale since 2026-05-01"),
        ([row(1, "confirmed"), row(2, "planned", "exports")], "on sale since 2026-05-01; will be closed"),
        ([row(1, "unknown")], "on sale since 2026-05-01; nobody knows whether it arrived"),
    ],
)
def test_what_a_recipient_has_now(rows, sentence) -> None:
    """By what it took, or may have; not by what waits or was refused."""
    assert [held.sentence for held in holds(rows, ["kobo"])] == [sentence]


@pytest.mark.parametrize("recipient", [*HELD_BY])
def test_a_title_that_a_person_stopped_leaves_everybody_who_has_it(recipient) -> None:
    """By the closing of any title that may no longer be sold; the delta finds it, and opens it again when it is released."""
    facts = RightsFacts(products=(HELD_BY[recipient],), contracts=(contract(),), grants=(grant(),), deals=())
    days, channels = days_to_hold(AS_OF, CONFIG.limits.rights_hold_hours), ["online", "retail", "library"]
    [free], _ = statuses_of(facts, ATLAS, None, channels, {}, days)
    [stopped], _ = statuses_of(facts, ATLAS, None, channels, {}, days, {BOOK.isbn13: SENTENCE})
    _, _, made = after(recipient, rights={BOOK.subject: stopped})
    [closing] = made.intents
    assert closing.labels["closed"] == "rights"
    assert after(recipient, rights={BOOK.subject: free})[2].intents[0].labels.get("closed") is None
    on = AS_OF.date()
    assert turned_by_rights([free.to_line()], on, [stopped.to_line()], on, channels) == {BOOK.isbn13}
    assert turned_by_rights([stopped.to_line()], on, [free.to_line()], on, channels) == {BOOK.isbn13}
