"""The rights engine is the only place that says where a product may be sold: over a whole catalogue and thirty days, and in the code."""

import ast
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from rights_records import ATLAS, deal
from told_places import cells_of

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts as Read
from colophon.domain.facts import Known
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.rights import Availability, judge
from colophon.rights.facts import Facts, read_facts
from colophon.rights.hold import days_to_hold
from colophon.rights.snapshot import snapshot
from colophon.rights.status import by_isbn
from colophon.rights.statuses import statuses_of
from colophon.systems.bytenite.mapping import is_allowed
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.rights_facts import gather
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.fourallportal.mapping import PortalMapping, load_mapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.use_cases.bytenite.video_rules import rules_of
from colophon.use_cases.fourallportal import rights_availability as portal
from colophon.use_cases.xconnector.metadata_syndication import CASE
from colophon.use_cases.xconnector.turned import turned_by_rights
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

ROOT = Path(__file__).resolve().parents[2]
START, DAYS = datetime(2026, 3, 15, 1, tzinfo=UTC), 30
COUNTRIES = ("AU", "CA", "DE", "FR", "GB", "US")
CONFIG = load_config()


@pytest.fixture(scope="module")
def house() -> SimpleNamespace:
    """The built-in catalogue as Consonance tells it: products whole, and the facts that rights are judged by."""
    with running_sandbox(seeds.catalogue(300, 42)) as sandbox:
        settings = ConsonanceSettings.from_connection(
            f"{sandbox}/consonance", "sandbox0key0not0real000000000000", {"start_jitter_seconds": 0}
        )
        with ConsonanceClient(settings) as client:
            products = [one for page in client.iter_products() for one in page.records if isinstance(one, Product)]
            lines, _ = gather(client, None)
    (batch,) = lines.batches(1 << 62)
    held_back = [one.isbn13 for one in products if one.allow_onix_exports and one.isbn13 and one.is_for_sale_worldwide][::5]
    facts, first = read_facts(batch), (START + timedelta(days=9)).date()
    videos = tuple(replace(one, formats=("*",)) for one in facts.grants or ())  # the catalogue grants none
    return SimpleNamespace(products=products, facts=facts, embargoes=dict.fromkeys(held_back, first), videos=replace(facts, grants=videos))


def engine(facts: Facts, embargoes: dict[str, date], wanted: RightsFormat | None = None) -> dict[str, Availability]:
    """The engine's word on each product, asked directly; two products of one ISBN have none."""
    found: dict[str, Availability] = {}
    for holding in facts.holdings({} if wanted else embargoes):
        isbn = holding.product.isbn13
        if isbn:
            found[isbn] = judge(holding, ATLAS, wanted)
    return found


def faulty(product: Product) -> Product:
    """The same with an author whose role no list knows, so that its record goes to nobody."""
    return product.model_copy(update={"contributors": tuple(one.model_copy(update={"role": "Q77"}) for one in product.contributors)})


def test_no_recipient_is_offered_what_the_engine_closes(house: SimpleNamespace) -> None:
    """Thirty nights on which nobody edits anything: at no time until the next night does a record offer a country that rights close.

    Licences begin on the twelfth day and leave a part to sell. Every third title is faulty from the second night on, says
    nothing else, and its countries are taken back all the same.
    """
    begins = (START + timedelta(days=12)).date()
    licences = (deal(id=9000 + one.work_id, work_id=one.work_id, formats=("*",), starts_on=begins) for one in house.products[::5])
    facts = replace(house.facts, deals=(*house.facts.deals, *licences))
    exact, has, channels = engine(facts, house.embargoes), dict[tuple[str, str], LatestDelivery](), {"online", "retail", "library"}
    bodies, before, offered, told = dict[str, bytes](), None, 0, Counter[str]()
    bad = {one.subject for one in house.products[::3]}
    for night in range(DAYS):
        at = START + timedelta(days=night)
        standings, _ = statuses_of(facts, ATLAS, None, channels, house.embargoes, days_to_hold(at, CONFIG.limits.rights_hold_hours))
        lines = [one.to_line() for one in standings]
        due = None if before is None else turned_by_rights(before, (at - timedelta(days=1)).date(), lines, at.date(), channels)
        products = [one for one in house.products if due is None or one.isbn13 in due]
        records = tuple(faulty(one) if night and one.subject in bad else one for one in products)
        history = lambda to, subjects: {s: has[to, s] for s in subjects if (to, s) in has}
        context = DecisionContext(at, CONFIG, {"mode": "delta"}, history, rights=snapshot(standings), content=bodies.get)
        made = CASE.decide(Read({Product: Known(records=records, source="test", as_of=at)}), context)
        for intent in made.intents:
            has[intent.destination, intent.subject] = LatestDelivery(1, intent.content_hash, "confirmed", at, intent.labels)
            bodies[intent.content_hash] = intent.content
            told[intent.labels.get("closed", "opened")] += night > 0
            assert not night or intent.subject not in bad or "closed" in intent.labels, intent.subject
        for (recipient, subject), sent in has.items():
            profile, cells = CONFIG.recipients[recipient], cells_of(bodies[sent.content_hash])
            judged = exact[subject.removeprefix("isbn:")]
            for day in (at.date(), (at + timedelta(days=1)).date()):  # the next night begins on that day
                over = cells & ~judged.open_bits(profile.sale_channel, day)
                assert not over, (recipient, subject, day, ATLAS.names(over))
            offered += cells.bit_count()
        before = lines
    assert offered > 100_000
    assert told["opened"] > 0, told
    assert told["rights"] > 0, told
    assert told["in part"] > 0, told


def test_the_portal_shows_nothing_that_the_engine_closes(house: SimpleNamespace) -> None:
    """Each morning for thirty days, until the next one."""
    cells = CONFIG.availability.portal.model_copy(update={"territories": COUNTRIES})
    config = CONFIG.model_copy(update={"availability": CONFIG.availability.model_copy(update={"portal": cells})})
    mapping, exact, opened = load_mapping("fourallportal/mapping.yaml"), engine(house.facts, house.embargoes), 0
    shown = {PortalObject: tuple(portal_object(isbn) for isbn in exact), PortalMapping: (mapping,)}
    facts = Read({kind: Known(records=records, source="portal", as_of=START) for kind, records in shown.items()})
    for morning in range(DAYS):
        at = START + timedelta(days=morning, hours=5)
        days = days_to_hold(at, CONFIG.limits.rights_hold_hours)
        standings, _ = statuses_of(house.facts, ATLAS, None, cells.channels.values(), house.embargoes, days)
        asked = DecisionContext(as_of=at, config=config, params={}, history=lambda *_: {}, rights=snapshot(standings))
        for intent in portal.decide(facts, asked).intents:
            said = json.loads(intent.content)
            for cell in said["cells"]:
                if cell["right"] == "open":
                    opened += 1
                    for day in days:
                        channel = cells.channels[cell["channel"]]
                        assert exact[said["isbn"]].is_open(cell["territory"], channel, day), (said["isbn"], cell, day)
    assert opened > 1000


def portal_object(isbn: str) -> PortalObject:
    """A product of the portal that says nothing of its cells."""
    fields = {"isbn": [{"value": isbn, "dimensions": None}], "available": []}
    return PortalObject(id=f"o-{isbn}", module="product", mod_time="2026-05-31T06:30:00Z", fields=fields)


def test_no_video_may_run_where_the_engine_closes_it(house: SimpleNamespace) -> None:
    """Rules with days: at every hour until the next morning, for thirty days."""
    exact, allowed = engine(house.videos, {}, RightsFormat.VIDEO), 0
    for morning in range(DAYS):
        at = START + timedelta(days=morning, hours=5)
        days = days_to_hold(at, CONFIG.limits.rights_hold_hours)
        standings, _ = statuses_of(house.videos, ATLAS, RightsFormat.VIDEO, ["online"], {}, days)
        for isbn, standing in by_isbn(standings)[0].items():
            rules = rules_of([standing], {"website": "online"}, ATLAS, at.date())
            for moment in (at, at + timedelta(hours=12), at + timedelta(hours=24)) if rules.rules else ():
                for country in COUNTRIES:
                    if is_allowed(rules, "website", country, moment)[0]:
                        allowed += 1
                        assert exact[isbn].is_open(country, "online", moment.date()), (isbn, country, moment)
    assert allowed > 0


ANSWERS = {"for_sale", "not_for_sale", "is_for_sale_worldwide"}
"""Members of a product that say where the publisher wants it sold; whether it may be is the engine's answer."""
MAY_LOOK = {
    "include/colophon/rights/": "the engine itself",
    "include/colophon/onix/territory.py": "reads the sets for the engine, and for what rights allow a part of",
    "include/colophon/onix/fields.py": "says whether anything was recorded, and nothing of where",
    "include/colophon/quality/rules/publishing.py": "a country in both sets is a fault of the record",
}
MAY_CALL = {
    "saleable": {
        "include/colophon/use_cases/xconnector/title_pairs.py",
        "include/colophon/onix/build.py",
        "include/colophon/use_cases/push/late_rights.py",
    },
    "saleable_by": {"include/colophon/rights/atlas.py", "include/colophon/onix/territory.py"},
}
"""Who may ask for the sets as places: the recipient's territory, which is cut to what rights allow, the engine, and who says where its answer falls short."""


def sources() -> Iterator[tuple[str, ast.AST]]:
    """Files of ours by their paths."""
    for folder in ("include/colophon", "plugins/colophon_airflow", "dags"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def test_nobody_else_answers_from_for_sale_sets() -> None:
    """What looks at a product's own sets is the engine, or has its reason here; no reason stays for what looks no more."""
    looks = {path for path, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ANSWERS}
    assert {path for path in looks if not path.startswith(tuple(MAY_LOOK))} == set()
    assert [place for place in MAY_LOOK if not any(path.startswith(place) for path in looks)] == []
    for name, allowed in MAY_CALL.items():
        calls = {path for path, tree in sources() for node in ast.walk(tree) if called(node) == name}
        assert calls == allowed, name


def test_every_record_that_is_sent_is_built_by_what_rights_allow() -> None:
    """`build` without `where` would answer from the product's own sets."""
    built = [
        (path, node)
        for path, tree in sources()
        if "colophon.onix.build" in imported(tree)
        for node in ast.walk(tree)
        if called(node) == "build"
    ]
    assert built
    assert [path for path, node in built if "where" not in {keyword.arg for keyword in node.keywords}] == []


def called(node: ast.AST) -> str:
    """The name of the function that a node calls; empty where it calls none."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def imported(tree: ast.AST) -> set[str]:
    """Modules that a file imports names from."""
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
