"""FP-4's decision: what closes, what opens, what a person did, and that nothing is sent where the portal is right."""

import json
from datetime import UTC, date, datetime

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.blocks.desired_state import gathered
from colophon.config.availability import Portal
from colophon.config.load import load_config
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.errors import BadConfigError
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas
from colophon.rights.reasons import Step
from colophon.rights.snapshot import snapshot
from colophon.rights.status import RightsStatus, by_isbn, status_from
from colophon.systems.fourallportal.mapping import PortalMapping, load_mapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.use_cases.fourallportal.rights_availability import CASE, DESTINATION

ATLAS = Atlas(load_code_lists())
NOW = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)
ISBN, OTHER = "9781999000004", "9781999000011"
CELLS = Portal(territories=("DE", "GB"), channels={"web": "online", "shop": "retail"})


def bits(*codes):
    return sum(ATLAS.bit(code) for code in codes)


def standing(isbn=ISBN, online=("GB",), retail=(), ends=None, work_id=3):
    """A product that may be sold in some countries, online until a day."""
    steps = [Step(1, bits(*online))] + ([Step(ends.toordinal() + 1, 0)] if ends else [])
    return RightsStatus(f"isbn:{isbn}", isbn, work_id, True, {"online": tuple(steps), "retail": (Step(1, bits(*retail)),)})


def shown(open_=(), closed=(), isbn=ISBN, object_id="o-1", mod_time="2026-05-31T06:30:00Z", more=()):
    """A product as the portal has it; places are `GB/web`, or `GB` for all channels."""
    entries = [{"value": word, "dimensions": _dims(place)} for word, places in (("true", open_), ("false", closed)) for place in places]
    fields = {"isbn": [{"value": isbn, "dimensions": None}] if isbn else [], "available": [*entries, *more]}
    return PortalObject(id=object_id, module="product", mod_time=mod_time, fields=fields)


def _dims(place):
    return dict(zip(("territory", "channel"), place.split("/"), strict=False))


ALL = ("DE/shop", "DE/web", "GB/shop", "GB/web")


def right(*open_):
    """The portal says every cell, and only these are open."""
    return {"open_": open_, "closed": [cell for cell in ALL if cell not in open_]}


class Past:
    """What was sent before."""

    def __init__(self):
        self.sent, self.bodies = {}, {}

    def confirm(self, intent, state="confirmed"):
        self.sent[intent.subject] = LatestDelivery(1, intent.content_hash, state, intent.as_of, intent.labels)
        self.bodies[intent.content_hash] = intent.content

    def history(self, destination, subjects):
        assert destination == DESTINATION
        return {subject: self.sent[subject] for subject in subjects if subject in self.sent}


def ask(*standings, at=NOW, past=None, only=None, cells=CELLS, findings=()):
    past, config = past or Past(), load_config()
    availability = config.availability.model_copy(update={"portal": cells})
    return DecisionContext(
        as_of=at,
        config=config.model_copy(update={"availability": availability}),
        params={},
        history=past.history,
        content=past.bodies.get,
        rights=snapshot(standings, findings, only),
    )


def part(objects):
    """A part of the portal."""
    mapping = load_mapping("fourallportal/mapping.yaml")
    return Facts(
        {
            PortalObject: Known(records=tuple(objects), source="portal", as_of=NOW),
            PortalMapping: Known(records=(mapping,), source="mapping.yaml", as_of=NOW),
        }
    )


def plan(objects, asked):
    """As it is entered."""
    (entered,) = gathered([CASE.decide(part(objects), asked)])
    return entered


def still_open(objects, asked):
    return CASE.still_open(part(objects), asked)


def said(intent):
    """Cells of a delivery by what it says of them."""
    found = {}
    for cell in json.loads(intent.content)["cells"]:
        found.setdefault(cell["right"], []).append(f"{cell['territory']}/{cell['channel']}")
    return found


def test_a_portal_that_is_right_gets_nothing():
    """All cells are as rights say: no delivery, no exception."""
    made = plan([shown(**right("GB/web"))], ask(standing()))
    assert (made.intents, made.findings, made.judged) == ([], [], {DESTINATION: ["portal:o-1"]})


def test_rights_that_began_open_and_all_else_is_said_to_be_closed():
    """A product that the portal says nothing about gets every cell."""
    [intent] = plan([shown()], ask(standing(retail=("DE",)))).intents
    assert said(intent) == {"open": ["DE/shop", "GB/web"], "closed": ["DE/web", "GB/shop"]}
    assert (intent.labels["isbn"], json.loads(intent.content)["object"]) == (ISBN, "o-1")


def test_a_right_that_ended_closes_on_the_day_after_its_last():
    """Without a change in any record: the day is what changed, and nobody's hand is blamed."""
    past, there = Past(), shown(**right("GB/web"))
    rights = standing(ends=date(2026, 6, 1))
    past.confirm(plan([shown()], ask(rights)).intents[0])
    assert plan([there], ask(rights, past=past)).intents == []
    made = plan([there], ask(rights, past=past, at=datetime(2026, 6, 2, 6, 30, tzinfo=UTC)))
    assert said(made.intents[0]) == {"closed": list(ALL)}
    assert made.findings == []


def test_closing_stands_before_opening():
    """Products that close something come first, whatever their order in the portal."""
    there = [shown(object_id="o-1"), shown(**right("DE/web", "GB/web"), isbn=OTHER, object_id="o-2")]
    made = plan(there, ask(standing(), standing(OTHER, online=("GB",), work_id=4)))
    assert [intent.subject for intent in made.intents] == ["portal:o-2", "portal:o-1"]


@pytest.mark.parametrize("isbn", [OTHER, "", "no isbn at all"])
def test_a_product_that_nobody_knows_is_closed_and_reported(isbn):
    """Unknown means no: closed in every cell, with the owner who can mend it."""
    made = plan([shown(open_=["GB/web"], isbn=isbn)], ask(standing()))
    assert said(made.intents[0]) == {"unknown": list(ALL)}
    [finding] = made.findings
    assert (finding.rule, finding.owner, finding.field) == ("R2", "rights_manager", "available")


def test_two_products_with_one_isbn_are_both_unknown():
    """Nobody can say whose rights the portal's product has."""
    assert plan([shown(open_=["GB/web"])], ask(standing(), standing(work_id=9))).findings[0].rule == "R2"
    assert by_isbn([standing(), standing(work_id=9)])[1][0].subject == f"isbn:{ISBN}"


def test_two_objects_of_one_isbn_both_follow_rights():
    """A clash of people's making keeps neither of them open."""
    twins = [shown(open_=["DE/web"], object_id=name) for name in ("o-1", "o-2")]
    made = plan(twins, ask(standing()))
    assert [json.loads(intent.content)["object"] for intent in made.intents] == ["o-1", "o-2"]


def test_what_a_person_opened_is_closed_and_reported():
    """Drift: our last delivery was confirmed, and the portal says otherwise."""
    past = Past()
    past.confirm(plan([shown()], ask(standing())).intents[0])
    made = plan([shown(open_=["GB/web", "DE/web"], closed=["DE/shop", "GB/shop"])], ask(standing(), past=past))
    assert said(made.intents[0])["closed"] == ["DE/shop", "DE/web", "GB/shop"]
    assert [(f.rule, f.found) for f in made.findings] == [("R6", "by hand: DE/web opened")]


def test_what_a_person_closed_is_opened_and_reported():
    """Drift is drift in both directions."""
    past = Past()
    past.confirm(plan([shown()], ask(standing())).intents[0])
    made = plan([shown(**right())], ask(standing(), past=past))
    assert [(f.rule, f.found) for f in made.findings] == [("R6", "by hand: GB/web closed")]


def test_what_stood_open_before_we_came_is_closed_and_reported():
    """Also an opening for a whole territory, which would open what is closed beside it."""
    made = plan([shown(open_=["GB", "GB/web"])], ask(standing()))
    assert [(f.rule, f.found) for f in made.findings] == [("R6", "by hand: GB opened")]


def test_what_we_sent_and_did_not_arrive_is_nobodys_hand():
    """A delivery that failed is planned again by the next run, without a word about people."""
    past, rights = Past(), standing(online=())
    there = shown(**right("GB/web"))
    first = plan([there], ask(rights)).intents[0]
    past.confirm(first, state="failed")
    tomorrow = plan([there], ask(rights, past=past, at=datetime(2026, 6, 2, 6, 30, tzinfo=UTC)))
    assert (tomorrow.findings, tomorrow.intents[0].content) == ([], first.content)
    assert tomorrow.intents[0].occurrence != first.occurrence


def test_the_same_run_again_says_the_same():
    """Cleared before anything was sent: the same delivery, which the ledger knows."""
    first, second = (plan([shown()], ask(standing())).intents[0] for _ in range(2))
    assert first == second


def test_a_run_about_some_products_leaves_the_others():
    """What another product shows is not looked at, known or not."""
    there = [shown(), shown(open_=["GB/web"], isbn=OTHER, object_id="o-2"), shown(open_=["GB/web"], isbn="", object_id="o-3")]
    made = plan(there, ask(standing(), only=frozenset({ISBN})))
    assert [intent.subject for intent in made.intents] == ["portal:o-1"]
    assert made.judged == {DESTINATION: ["portal:o-1"]}


def test_an_entry_that_cannot_be_read_is_an_exception_and_stops_no_other():
    """A data fault of the portal is never taken for closed."""
    there = [shown(more=[{"dimensions": {"territory": "GB"}}]), shown(isbn=OTHER, object_id="o-2")]
    question = ask(standing(), standing(OTHER, work_id=4))
    made = plan(there, question)
    assert [intent.subject for intent in made.intents] == ["portal:o-2"]
    assert [(f.rule, f.subject) for f in made.findings] == [("R7", f"isbn:{ISBN}")]
    assert [f.subject for f in still_open(there, question)] == [f"isbn:{ISBN}"]


def test_what_stays_open_is_named():
    """The read-back after everything was sent."""
    [found] = still_open([shown(open_=["GB/web", "DE/web"]), shown(**right("GB/web"), object_id="o-2")], ask(standing()))
    assert (found.rule, found.found) == ("R7", "DE/web")


def test_a_territory_that_is_no_country_is_a_fault_of_the_configuration():
    """Named, before anything is sent."""
    cells = Portal(territories=("UK",), channels={"web": "online"})
    with pytest.raises(BadConfigError, match="UK"):
        plan([shown()], ask(standing(), cells=cells))


def test_the_world_is_every_country():
    """What ships keeps a cell for each of them."""
    shipped = load_config().availability.portal
    [intent] = plan([shown()], ask(standing(), cells=shipped)).intents
    assert (len(said(intent)["closed"]), said(intent)["open"]) == (len(ATLAS.countries) - 1, ["GB/web"])


def test_standings_survive_staging():
    """As a line and back."""
    assert status_from(standing().to_line()) == standing()
