"""What was judged on an earlier night stands for today only where today's records, asked plainly, say the same."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from changing_house import DAYS, START, House, isbn
from rights_records import ATLAS

from colophon.domain.rights_deal import RightsFormat
from colophon.rights import kept
from colophon.rights.facts import read_facts
from colophon.rights.hold import days_to_hold
from colophon.rights.kept import Judged, Question, judge_works, judged_from
from colophon.rights.statuses import statuses_of

WORKS = 30
FORMATS = (None, RightsFormat.VIDEO)


def asked(at: datetime, **more: object) -> Question:
    """What a run at a moment asks."""
    return Question(ATLAS, FORMATS, {"online", "retail"}, {}, days_to_hold(at, 26), {})._replace(**more)


def plainly(lines: list[str], of: Question) -> tuple[list[str], set[str]]:
    """All of it judged by today's records, with nothing kept."""
    facts, statuses, findings = read_facts(lines), [], set()
    for wanted in of.formats:
        made, found = statuses_of(facts, of.atlas, wanted, of.channels, of.embargoes, of.days, of.stopped)
        statuses += [status.to_line() for status in made]
        findings |= {finding.model_dump_json() for finding in found}
    return sorted(statuses), findings


def answers(judged: list[Judged]) -> tuple[list[str], set[str]]:
    """The same of what was judged work by work."""
    return sorted(line for work in judged for line in work.statuses), {line for work in judged for line in work.findings}


def one_night(seed: int = 1) -> SimpleNamespace:
    """A house's facts, and what was judged of them."""
    (lines,) = House(seed).facts(set(range(WORKS))).batches(1 << 62)
    of = asked(datetime(2026, 5, 1, 1, tzinfo=UTC))
    return SimpleNamespace(lines=lines, of=of, kept=[work.to_line() for work in judge_works(lines, of)][1:])


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_over_thirty_days_what_is_kept_says_what_a_judgement_anew_would_say(seed: int) -> None:
    """Grants, licences, contracts, statuses, embargoes and stops change; the clock goes by hours, leaps a week, and goes back."""
    random, house = Random(seed), House(seed)
    memory, stood, judged = dict[str, str](), 0, 0
    embargoes, stopped = {}, dict[str, str]()
    for night in [*range(12), 9, *range(19, DAYS)]:
        house.tonight(night)
        at = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=night, hours=random.choice([1, 5, 23]))
        title = random.randrange(WORKS)
        house.products[title] = house.products[title].model_copy(update={"publishing_status": random.choice(["02", "04", "11"])})
        embargoes[isbn(random.randrange(WORKS))] = START + timedelta(days=random.randrange(DAYS))
        stopped = {isbn(random.randrange(WORKS)): "stopped"} if night % 5 == 0 else stopped
        (lines,) = house.facts(set(range(WORKS))).batches(1 << 62)
        of = asked(at, embargoes=dict(embargoes), stopped=stopped)
        works = list(judge_works(lines, of, lambda _first, _last: memory.values()))
        assert answers(works) == plainly(lines, of), night
        stood += sum(work.digest in memory and work.to_line() == memory[work.digest] for work in works[1:])
        judged += len(works) - 1
        memory.update({work.digest: work.to_line() for work in works[1:]})
    assert judged / 3 < stood < judged


@pytest.mark.parametrize("change", ["a channel", "a format", "the lists", "the engine", "what is known", "a record of no known work"])
def test_another_question_is_never_answered_by_an_earlier_one(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor by another engine, or while nobody knows what a record that cannot be read takes away."""
    night = one_night()
    of, lines = night.of, night.lines
    if change == "a channel":
        of = of._replace(channels={"online", "library"})
    elif change == "a format":
        of = of._replace(formats=(None,))
    elif change == "the lists":
        monkeypatch.setattr(kept, "_lists", lambda _: "of another issue")
    elif change == "the engine":
        monkeypatch.setattr(kept, "engine", lambda: "with another rule")
    elif change == "what is known":
        lines = [lines[0].replace('"rights_deal"', '"team_member"'), *lines[1:]]
    else:
        lines = [lines[0], FAULT, *lines[1:]]
    works = list(judge_works(lines, of, lambda *_: night.kept))
    assert not {work.to_line() for work in works} & set(night.kept)
    assert answers(works) == plainly(lines, of)


FAULT = (
    '{"unreadable":{"subject":"rights_deal:9","rule":"G7","severity":"E","field":"territories","found":"?",'
    '"expected":"codes","remedy":"Correct it.","owner":"operations"}}'
)


def test_what_is_kept_is_asked_for_by_the_works_of_the_batch() -> None:
    """A night judges its batches beside one another, each by what was kept of its own works."""
    night, spans = one_night(), list[tuple[int, int]]()

    def earlier(first: int, last: int) -> list[str]:
        spans.append((first, last))
        return night.kept

    assert len(list(judge_works(night.lines, night.of, earlier))) == WORKS + 1
    assert spans == [(0, WORKS - 1)]


def test_words_of_a_title_are_no_member_of_its_record() -> None:
    """A title may say whatever it likes about works and ISBNs."""
    lines, words = one_night().lines, '"work_id":7,"isbn13":"9780000000000"}'
    (number,) = [place for place, line in enumerate(lines) if line.startswith('{"product"')][:1]
    record = json.loads(lines[number])["product"]
    lines[number] = json.dumps({"product": {"title": words, **record, "imprint": words}}, separators=(",", ":"))
    works = list(judge_works(lines, one_night().of._replace(stopped={"9780000000000": "stopped"})))
    assert answers(works) == plainly(lines, one_night().of)
    assert [work.work_id for work in works[1:]] == list(range(WORKS))


def test_a_judgement_is_kept_as_it_is() -> None:
    """With what was found wrong, whatever it says."""
    work = Judged("d" * 64, 7, 1, 9, ['["isbn:1","a\\tb"]', "[2]"], ['{"found":"\\t"}'])
    assert judged_from(work.to_line()) == work._replace(is_new=False)
