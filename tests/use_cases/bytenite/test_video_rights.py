"""BN-4's decision: rules from rights, what is taken down, what may be shown again, what a person did."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.blocks.desired_state import gathered
from colophon.config.availability import Library
from colophon.config.load import load_config
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.rights_deal import RightsFormat
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas
from colophon.rights.reasons import Step
from colophon.rights.snapshot import snapshot
from colophon.rights.status import RightsStatus
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.mapping import is_allowed
from colophon.systems.bytenite.records import Placement, Rule, Rules, Video
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.clearance import ENDED
from colophon.use_cases.bytenite.video_rights import CASE

ATLAS = Atlas(load_code_lists())
NOW = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)
ISBN, OTHER = "9781999000004", "9781999000011"
LIBRARY = Library(channels={"website": "online", "retailer": "retail"})


def bits(*codes):
    return sum(ATLAS.bit(code) for code in codes)


def standing(isbn=ISBN, online=("GB",), begins=None, ends=None, *, work_id=3, is_running=True, retail=()):
    """A product whose videos may run in some countries online, from a day until another."""
    steps = [Step(1, 0), Step(begins.toordinal(), bits(*online))] if begins else [Step(1, bits(*online))]
    steps += [Step(ends.toordinal() + 1, 0)] if ends else []
    channels = {"online": tuple(steps), "retail": (Step(1, bits(*retail)),)}
    return RightsStatus(f"isbn:{isbn}", isbn, work_id, is_running, channels, format=RightsFormat.VIDEO)


def video(*isbns, status="READY", on_hold=False, work_id=3):
    return Video(
        external_id="work:3/trailer",
        kind="AUTHOR_INTERVIEW",
        title="The Heron: trailer",
        work_id=work_id,
        isbns=isbns,
        on_hold=on_hold,
        video_id="v-1",
        revision=1,
        status=status,
        created_at=NOW,
        updated_at=NOW,
    )


def rule(*places, effect="allow", channels=("website",), starts=None, until=None):
    return Rule(rule_id="r-x", effect=effect, territories=places, channels=channels, starts=starts, until=until)


def placement(state="LIVE", territory="GB", reason=None, channel="website"):
    return Placement(placement_id=f"p-{territory}", channel=channel, territory=territory, state=state, reason=reason, updated_at=NOW)


def shown(*isbns, rules=(), placements=(), revision=2, **more):
    return Shown(video(*isbns, **more), Rules(revision=revision, rules=rules) if rules is not None else None, placements)


class Past:
    """What was sent before."""

    def __init__(self):
        self.sent = {}

    def confirm(self, intent, state="confirmed"):
        self.sent[intent.subject] = LatestDelivery(1, intent.content_hash, state, intent.as_of, intent.labels)

    def history(self, destination, subjects):
        assert destination == DESTINATION
        return {subject: self.sent[subject] for subject in subjects if subject in self.sent}


def ask(*standings, at=NOW, past=None, only=None):
    config = load_config()
    return DecisionContext(
        as_of=at,
        config=config.model_copy(update={"availability": config.availability.model_copy(update={"library": LIBRARY})}),
        params={},
        history=(past or Past()).history,
        rights=snapshot(standings, only=only),
    )


def part(videos):
    """A part of the library."""
    return Facts({Shown: Known(records=tuple(videos), source="library", as_of=NOW)})


def plan(videos, asked):
    """As it is entered."""
    (entered,) = gathered([CASE.decide(part(videos), asked)])
    return entered


def still_open(videos, asked):
    return CASE.still_open(part(videos), asked)


def sent(made):
    """What is sent, in order: verb and content."""
    return [(intent.labels["verb"], json.loads(intent.content)) for intent in made.intents]


def rules_sent(made):
    [content] = [content for verb, content in sent(made) if verb == "rules"]
    return content["rules"]


def test_rules_are_the_rights_with_their_days():
    """Windows close by themselves, also on days on which nothing runs."""
    rights = standing(online=("GB", "IE"), begins=date(2026, 5, 1), ends=date(2027, 4, 30))
    [found] = rules_sent(plan([shown(ISBN)], ask(rights)))
    assert {name: found[name] for name in ("effect", "territories", "channels", "from", "until")} == {
        "effect": "allow",
        "territories": ["GB", "IE"],
        "channels": ["website"],
        "from": "2026-05-01T00:00:00Z",
        "until": "2027-04-30T23:59:59Z",
    }


def test_a_library_that_is_right_gets_nothing_on_any_day():
    """The same rights give the same rules as the days go by, also where none are needed."""
    rights = standing(ends=date(2026, 8, 1))
    wanted = rules_sent(plan([shown(ISBN)], ask(rights)))
    there = shown(ISBN, rules=tuple(Rule.model_validate(one) for one in wanted), placements=[placement()])
    for days in (0, 1, 30):
        assert plan([there], ask(rights, at=NOW + timedelta(days=days))).intents == []
    assert plan([shown(ISBN, rules=None)], ask(standing(online=()))).intents == []


def test_channels_with_equal_rights_share_a_rule():
    """And others have one of their own."""
    found = rules_sent(plan([shown(ISBN)], ask(standing(retail=("GB",)))))
    assert [one["channels"] for one in found] == [["retailer", "website"]]
    found = rules_sent(plan([shown(ISBN)], ask(standing(retail=("DE",)))))
    assert sorted((one["channels"], one["territories"]) for one in found) == [(["retailer"], ["DE"]), (["website"], ["GB"])]


def test_a_video_of_several_products_runs_where_all_may_be_shown():
    """Countries and days are those of all of them."""
    rights = [standing(online=("DE", "GB")), standing(OTHER, online=("GB", "US"), ends=date(2026, 7, 1))]
    [found] = rules_sent(plan([shown(ISBN, OTHER)], ask(*rights)))
    assert (found["territories"], found["until"]) == (["GB"], "2026-07-01T23:59:59Z")


@pytest.mark.parametrize("isbns", [(OTHER,), (ISBN, OTHER)])
def test_a_video_of_a_product_that_nobody_knows_runs_nowhere(isbns):
    """Unknown means no: all rules go, what runs is taken down, and somebody is told."""
    there = shown(*isbns, rules=(rule("GB"),), placements=[placement()])
    made = plan([there], ask(standing()))
    assert [(verb, content.get("rules")) for verb, content in sent(made)] == [("unpublish", None), ("rules", [])]
    assert [f.rule for f in made.findings] == ["R2"]


def test_a_video_without_isbns_has_those_of_its_work():
    """And one of no work runs nowhere."""
    assert rules_sent(plan([shown()], ask(standing())))[0]["territories"] == ["GB"]
    made = plan([shown(work_id=None)], ask(standing()))
    assert (made.intents, [f.rule for f in made.findings]) == ([], ["R2"])


def test_rights_that_ended_take_down_before_rules_change():
    """What is live is named, apart from whether the library would close it by itself."""
    there = shown(ISBN, rules=(rule("GB", "DE"),), placements=[placement(), placement(territory="DE")])
    made = plan([there], ask(standing()))
    assert [verb for verb, _ in sent(made)] == ["unpublish", "rules"]
    assert sent(made)[0][1] == {"videoId": "v-1", "placementIds": ["p-DE"], "reason": ENDED}
    assert made.findings == []


def test_a_placement_live_by_hand_is_a_violation():
    """Neither rights nor the library's rules allow it: taken down and reported, again when it is put there again."""
    wanted = rules_sent(plan([shown(ISBN)], ask(standing())))
    kept = tuple(Rule.model_validate(one) for one in wanted)
    made = plan([shown(ISBN, rules=kept, placements=[placement(territory="US")])], ask(standing()))
    assert [content["reason"] for _, content in sent(made)] == ["against the rights"]
    assert [(f.rule, f.subject, f.found) for f in made.findings] == [("R6", "video:work:3/trailer", "live against the rules: website/US")]
    later = placement(territory="US").model_copy(update={"updated_at": NOW + timedelta(hours=1)})
    again = plan([shown(ISBN, rules=kept, placements=[later])], ask(standing()))
    assert again.intents[0].occurrence != made.intents[0].occurrence


def test_closing_stands_before_opening():
    """Across videos: what takes down and narrows first, then what only widens, then what is shown again."""
    opening = shown(ISBN, placements=[placement("REMOVED", reason="rule")])
    closing = Shown(
        video(OTHER).model_copy(update={"video_id": "v-2"}), Rules(revision=2, rules=(rule("GB", "DE"),)), [placement(territory="DE")]
    )
    made = plan([opening, closing], ask(standing(), standing(OTHER)))
    assert [(content["videoId"], verb) for verb, content in sent(made)] == [
        ("v-2", "unpublish"),
        ("v-2", "rules"),
        ("v-1", "rules"),
        ("v-1", "publish"),
    ]


@pytest.mark.parametrize(
    ("state", "reason", "is_back"),
    [("REMOVED", "rule", True), ("REMOVED", ENDED, True), ("BLOCKED", "no rule allows it", True), ("REMOVED", "title pulled", False), ("FAILED", None, False)],
)  # fmt: skip
def test_only_what_rights_took_down_comes_back_with_them(state, reason, is_back):
    """A placement that a person or another use case took down stays down."""
    made = plan([shown(ISBN, placements=[placement(state, reason=reason)])], ask(standing()))
    assert ("publish" in [verb for verb, _ in sent(made)]) is is_back


@pytest.mark.parametrize("change", [{"on_hold": True}, {"status": "PROCESSING"}, {"is_running": False}])
def test_nothing_comes_back_of_a_title_that_is_held_or_pulled(change):
    """Rights are not the only reason against a placement."""
    is_running = change.pop("is_running", True)
    made = plan([shown(ISBN, placements=[placement("REMOVED", reason="rule")], **change)], ask(standing(is_running=is_running)))
    assert [verb for verb, _ in sent(made)] == ["rules"]


def test_rules_that_a_person_changed_are_put_back_and_reported():
    """Above the revision that the person gave them."""
    past = Past()
    past.confirm(plan([shown(ISBN)], ask(standing())).intents[0])
    made = plan([shown(ISBN, rules=(rule("GB", "US"),), revision=99)], ask(standing(), past=past))
    assert sent(made)[0][1]["base"] == 97
    assert [(f.rule, f.field) for f in made.findings] == [("R6", "rules")]
    past.confirm(made.intents[0], state="failed")
    assert plan([shown(ISBN, rules=(rule("GB", "US"),), revision=99)], ask(standing(), past=past)).findings == []


def test_a_run_about_some_products_leaves_other_videos():
    """Those of other products, and those that name none: only the daily run reads whole works."""
    assert plan([shown(OTHER), shown()], ask(standing(), only=frozenset({ISBN}))).judged == {DESTINATION: []}
    judged = plan([shown(ISBN)], ask(standing(), only=frozenset({ISBN}))).judged[DESTINATION]
    assert judged == ["video:v-1/rules", "video:v-1/unpublish/against the rights", "video:v-1/unpublish/rights ended", "video:v-1/publish"]
    assert plan([shown(OTHER)], ask(only=frozenset({OTHER}))).findings[0].rule == "R2"


def test_a_run_about_one_of_two_products_only_takes_away():
    """The rights of the other were not read: what this one forbids closes now, what it gives waits for the daily run."""
    rights = ask(standing(online=("GB", "US")), only=frozenset({ISBN}))
    there = shown(ISBN, OTHER, rules=(rule("DE", "GB"),), placements=[placement(), placement(territory="DE")])
    made = plan([there], rights)
    assert [verb for verb, _ in sent(made)] == ["unpublish", "rules"]
    assert [one["territories"] for one in rules_sent(made)] == [["GB"]]
    assert plan([shown(ISBN, OTHER, rules=(rule("GB"),))], rights).intents == []


def test_what_stays_open_is_named():
    """After everything was sent: what is live, and what the library would let run."""
    question = ask(standing())
    there = shown(ISBN, rules=(rule("GB", "US"),), placements=[placement(territory="DE")])
    [found] = still_open([there], question)
    assert (found.rule, found.found) == ("R7", "website/DE, website/US allowed")
    wanted = tuple(Rule.model_validate(one) for one in rules_sent(plan([there], question)))
    assert still_open([shown(ISBN, rules=wanted, placements=[placement()])], question) == []


def test_rules_say_what_rights_say_on_every_day():
    """Against the library's own reading of them, day by day."""
    rights = standing(online=("GB", "IE"), begins=date(2026, 6, 10), ends=date(2026, 6, 20))
    rules = Rules(revision=1, rules=tuple(Rule.model_validate(one) for one in rules_sent(plan([shown(ISBN)], ask(rights)))))
    for days in range(30):
        at = NOW + timedelta(days=days)
        for country in ("GB", "DE"):
            expected = bool(rights.open_bits("online", at.date()) & ATLAS.bit(country))
            assert is_allowed(rules, "website", country, at)[0] is expected
