"""Nothing is sent that the latest judgement does not want; what is wanted goes once, whatever happened in between."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from ledger_database import Databases
from moving_clock import Clock

from colophon.domain.delivery import After, Entered, Intent, Judgement, OutcomeEvent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadRecordError, ConflictError
from colophon.ledger import Ledger

MONDAY = datetime(2026, 5, 4, 6, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
RUN = "run scheduled__2026-05-05"


@pytest.fixture
def clock() -> Clock:
    """On Monday morning."""
    return Clock(MONDAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock):
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened


def intent(subject="isbn:1", content=b"open", **more) -> Intent:
    """A delivery to the portal."""
    facts = {"use_case": "uc", "destination": "portal", "delivery_class": "B", "media_type": "text/plain", "as_of": MONDAY, **more}
    return Intent(subject=subject, content=content, **facts)


def enter(ledger: Ledger, *intents: Intent, subjects=("isbn:1",), as_of=MONDAY, is_rehearsal=False, **more):
    """A run's judgement of some subjects; what has neither intent nor finding is settled."""
    settled = set(subjects) - {one.subject for one in intents}
    judgement = Judgement(intents=intents, subjects=subjects, **{"settled": settled, **more})
    return ledger.enter("uc", {"portal": judgement}, as_of=as_of, run=RUN, is_rehearsal=is_rehearsal)["portal"]


def claim(ledger: Ledger, owner="me", limit=10):
    """What `owner` gets for a quarter of an hour."""
    return ledger.claim("uc", "portal", owner=owner, lease_s=900, limit=limit)


def finish(ledger: Ledger, claimed, result="confirmed", owner="me", **more) -> None:
    """The same result for all."""
    ledger.finish([Verdict(one.id, result, **more) for one in claimed], owner=owner)


def states(ledger: Ledger) -> list[str]:
    """Of all revisions, oldest first."""
    return [row.state for row in ledger.all_of("uc", "portal")]


def last_states(ledger: Ledger) -> dict[str, str]:
    """Of the last revision of each subject."""
    return {row.subject: row.state for row in ledger.all_of("uc", "portal")}


def fault(subject="isbn:1") -> Finding:
    """What a rule refuses."""
    return Finding(
        subject=subject,
        rule="R2",
        severity=Severity.ERROR,
        field="contract",
        found="ended",
        expected="in force",
        remedy="x",
        owner="rights",
    )


def test_what_could_not_leave_and_is_no_longer_wanted_is_withdrawn(ledger: Ledger) -> None:
    """The portal was down on Monday; on Tuesday the opening is not wanted: it is not sent, and says which run decided that, and why."""
    enter(ledger, intent())
    finish(ledger, claim(ledger), "not_sent")
    assert enter(ledger, as_of=TUESDAY, findings=[fault()], settled=()) == Entered(refused=1)
    assert claim(ledger) == []
    (row,) = ledger.all_of("uc", "portal")
    assert (row.state, row.as_of) == ("withdrawn", TUESDAY)
    assert "R2 contract: ended" in row.detail
    assert RUN in row.detail
    assert [found.subject for found in ledger.exceptions.open(use_case="uc")] == ["isbn:1"]


def test_what_was_withdrawn_is_planned_anew_when_it_is_wanted_again(ledger: Ledger) -> None:
    """As new, with the same occurrence or without one; and only once."""
    for occurrence in ("", "2026-05-30"):
        subject = f"isbn:{occurrence}"
        enter(ledger, intent(subject, occurrence=occurrence), subjects=[subject])
        enter(ledger, subjects=[subject], as_of=TUESDAY)
        again = intent(subject, occurrence=occurrence, as_of=TUESDAY + timedelta(days=1))
        assert enter(ledger, again, subjects=[subject], as_of=again.as_of).new == 1
        assert enter(ledger, again, subjects=[subject], as_of=again.as_of).unchanged == 1
        assert [one.subject for one in claim(ledger)] == [subject]


def test_an_older_run_neither_withdraws_nor_revives(ledger: Ledger) -> None:
    """A backfill of Monday leaves Tuesday's opening alone, and does not plan what Tuesday withdrew."""
    enter(ledger, intent(as_of=TUESDAY), as_of=TUESDAY)
    enter(ledger, as_of=MONDAY)
    assert states(ledger) == ["planned"]
    enter(ledger, as_of=TUESDAY)
    assert enter(ledger, intent(), as_of=MONDAY).stale == 1
    assert states(ledger) == ["withdrawn"]


def test_a_change_and_back_before_it_left_sends_nothing(ledger: Ledger) -> None:
    """The portal has A; B waits; A is wanted again: B is withdrawn, and A is what the portal has."""
    enter(ledger, intent(content=b"A"))
    finish(ledger, claim(ledger))
    enter(ledger, intent(content=b"B"))
    assert enter(ledger, intent(content=b"A", as_of=TUESDAY), as_of=TUESDAY).unchanged == 1
    assert claim(ledger) == []
    assert states(ledger) == ["confirmed", "withdrawn"]


def test_what_waits_goes_once_however_often_it_was_planned(ledger: Ledger) -> None:
    """The same difference seen by two runs, each under an occurrence of its own: one of them goes."""
    enter(ledger, intent(occurrence="monday"))
    enter(ledger, intent(occurrence="tuesday", as_of=TUESDAY), as_of=TUESDAY)
    assert states(ledger) == ["superseded", "planned"]


def test_an_occurrence_in_other_words_leaves_what_is_on_its_way_wanted(ledger: Ledger, clock: Clock) -> None:
    """Monday's reminder is being sent, and would say something else by now: it is Monday's all the same, and goes on when its sender dies.

    What is of no occurrence gives way to the newer words.
    """
    enter(ledger, intent(content=b"3 days left", occurrence="monday"), intent("isbn:2", content=b"A"), subjects=["isbn:1", "isbn:2"])
    claim(ledger)
    newer = (intent(content=b"2 days left", occurrence="monday", as_of=TUESDAY), intent("isbn:2", content=b"B", as_of=TUESDAY))
    assert enter(ledger, *newer, subjects=["isbn:1", "isbn:2"], as_of=TUESDAY) == Entered(new=1, unchanged=1)
    clock.now += timedelta(hours=1)
    assert [(one.content, one.tried) for one in claim(ledger, "heir")] == [(b"3 days left", True), (b"B", False)]


def test_what_the_run_did_not_look_at_stays(ledger: Ledger) -> None:
    """A run about one product says nothing of another; a run about everything does."""
    enter(ledger, intent("isbn:1"), intent("isbn:2"), subjects=["isbn:1", "isbn:2"])
    enter(ledger, subjects=["isbn:1"], as_of=TUESDAY)
    assert states(ledger) == ["withdrawn", "planned"]
    enter(ledger, subjects=[], as_of=TUESDAY, is_everything=True)
    assert states(ledger) == ["withdrawn", "withdrawn"]


def test_what_goes_whatever_follows_is_never_withdrawn(ledger: Ledger) -> None:
    """An event that happened is not undone by the next one."""
    enter(ledger, intent(content=b"done", order="every"))
    enter(ledger, intent(content=b"undone", order="every", as_of=TUESDAY), as_of=TUESDAY)
    enter(ledger, as_of=TUESDAY, is_everything=True)
    assert [one.content for one in claim(ledger)] == [b"done"]


def test_a_subject_without_an_outcome_stops_the_run(ledger: Ledger) -> None:
    """Neither intent nor finding nor settled: nothing of the judgement is entered, and the subject is named."""
    with pytest.raises(BadRecordError, match=r"1 of 2 subjects .* no outcome: isbn:2"):
        enter(ledger, intent("isbn:1"), subjects=["isbn:1", "isbn:2"], settled=())
    assert states(ledger) == []


def test_a_warning_does_not_hide_a_subject_that_was_lost(ledger: Ledger) -> None:
    """A warning keeps nothing back: without an intent the subject has no outcome."""
    with pytest.raises(BadRecordError, match="no outcome: isbn:1"):
        enter(ledger, findings=[fault().model_copy(update={"severity": Severity.WARNING})], settled=())


def test_a_rehearsal_counts_and_changes_nothing(ledger: Ledger) -> None:
    """What is new and what would be withdrawn is told; deliveries and exceptions stay as they are."""
    enter(ledger, intent())
    rehearsed = enter(ledger, intent("isbn:2"), subjects=["isbn:1", "isbn:2"], findings=[fault()], as_of=TUESDAY, is_rehearsal=True)
    assert (rehearsed.new, rehearsed.refused) == (1, 1)
    assert (states(ledger), ledger.exceptions.open(use_case="uc")) == (["planned"], [])


def test_subjects_of_one_plan_are_each_judged_at_their_own_moment(ledger: Ledger) -> None:
    """An event of Monday that comes beside one of Wednesday does not take away what Tuesday planned."""
    ledger.plan([intent(content=b"tuesday", as_of=TUESDAY)])
    ledger.plan([intent(content=b"monday"), intent("isbn:2", as_of=TUESDAY + timedelta(days=1))])
    assert [one.content for one in claim(ledger) if one.subject == "isbn:1"] == [b"tuesday"]


def test_exceptions_close_with_what_the_run_judged(ledger: Ledger) -> None:
    """One that was not found again closes; one of a subject nobody looked at stays, unless the run looked at everything."""
    enter(ledger, subjects=["isbn:1", "isbn:2"], findings=[fault("isbn:1"), fault("isbn:2")])
    enter(ledger, subjects=["isbn:1"], as_of=TUESDAY)
    assert [found.subject for found in ledger.exceptions.open(use_case="uc")] == ["isbn:2"]
    enter(ledger, subjects=[], as_of=TUESDAY, is_everything=True)
    assert ledger.exceptions.open(use_case="uc") == []


def test_exceptions_may_call_a_thing_otherwise_than_its_deliveries(ledger: Ledger) -> None:
    """The product of a portal's object is at fault: what waited for the object is withdrawn because of it, and it closes with it."""
    enter(ledger, intent("portal:o-1"), subjects=["portal:o-1"])
    known = {"subjects": ["portal:o-1"], "names": {"portal:o-1": "isbn:1"}}
    assert enter(ledger, **known, findings=[fault("isbn:1")], settled=(), as_of=TUESDAY) == Entered(refused=1)
    assert "R2 contract: ended" in ledger.all_of("uc", "portal")[0].detail
    assert [found.subject for found in ledger.exceptions.open(use_case="uc")] == ["isbn:1"]
    assert enter(ledger, **known, as_of=TUESDAY).unchanged == 1
    assert ledger.exceptions.open(use_case="uc") == []


@pytest.mark.parametrize(("delivery_class", "state"), [("A", "unknown"), ("B", "withdrawn"), ("C", "unknown"), ("D", "unknown")])
def test_what_may_have_left_is_not_sent_again(ledger: Ledger, clock: Clock, delivery_class: str, state: str) -> None:
    """Its sender died in the call. Class B is looked at again by the next run; of the others nobody knows, and a person is told."""
    enter(ledger, intent(delivery_class=delivery_class))
    claim(ledger, "dead")
    enter(ledger, as_of=TUESDAY)
    clock.now += timedelta(hours=1)
    assert claim(ledger) == []
    assert states(ledger) == [state]


def test_what_may_have_left_gives_way_to_what_puts_it_right(ledger: Ledger, clock: Clock) -> None:
    """The opening's sender died; closing goes, and the opening is not repeated."""
    enter(ledger, intent(delivery_class="A"))
    claim(ledger, "dead")
    enter(ledger, intent(content=b"close", delivery_class="A", as_of=TUESDAY), as_of=TUESDAY)
    clock.now += timedelta(hours=1)
    assert [one.content for one in claim(ledger)] == [b"close"]
    assert states(ledger)[0] == "superseded"


def test_what_comes_back_unsent_and_is_unwanted_by_then_is_withdrawn(ledger: Ledger) -> None:
    """It was on its way when it was judged; the portal refused the connection."""
    enter(ledger, intent())
    claimed = claim(ledger)
    enter(ledger, as_of=TUESDAY)
    finish(ledger, claimed, "not_sent")
    assert states(ledger) == ["withdrawn"]


def test_what_a_system_reports_of_a_withdrawn_delivery_is_believed(ledger: Ledger, clock: Clock) -> None:
    """A try that nobody heard of had its effect: the ledger says so."""
    enter(ledger, intent())
    (claimed,) = claim(ledger, "dead")
    enter(ledger, as_of=TUESDAY)
    clock.now += timedelta(hours=1)
    claim(ledger)
    ledger.record_outcomes([OutcomeEvent(claimed.id, "confirmed", clock.now, "portal")])
    assert states(ledger) == ["confirmed"]


def test_a_feed_that_never_left_is_taken_apart(ledger: Ledger) -> None:
    """One of its titles is no longer wanted: the others go in the next feed, under a number of their own, and it stays behind."""
    enter(ledger, intent("isbn:1", bundled=True), intent("isbn:2", bundled=True), subjects=["isbn:1", "isbn:2"])
    bundle = {"as_of": MONDAY, "max_products": 10, "max_bytes": 10_000, "labels": {}}
    ledger.bundle("uc", "portal", **bundle)
    finish(ledger, claim(ledger), "not_sent")
    enter(ledger, subjects=["isbn:1"], as_of=TUESDAY)
    assert claim(ledger) == []
    (feed,) = ledger.bundle("uc", "portal", **bundle)
    assert list(ledger.members(feed)) == [b"open"]
    finish(ledger, claim(ledger))
    assert last_states(ledger) == {
        "feed:portal": "confirmed",
        "isbn:1": "withdrawn",
        "isbn:2": "confirmed",
    }
    assert [row.state for row in ledger.all_of("uc", "portal") if row.subject == "feed:portal"] == ["withdrawn", "confirmed"]


def test_a_digest_that_never_left_is_written_anew(ledger: Ledger) -> None:
    """One of its ends was renewed: the others go in a digest of today."""
    alerts = [intent(f"deal:{n}", occurrence="30", carrier="digest:monday") for n in (1, 2, 3)]
    enter(ledger, intent("digest:monday", b"1 2 3"), *alerts, subjects=[], is_everything=True)
    today = [intent(f"deal:{n}", occurrence="30", carrier="digest:tuesday", as_of=TUESDAY) for n in (2, 3)]
    enter(ledger, intent("digest:tuesday", b"2 3", as_of=TUESDAY), *today, subjects=[], as_of=TUESDAY, is_everything=True)
    claimed = claim(ledger)
    assert [one.subject for one in claimed] == ["digest:tuesday"]
    finish(ledger, claimed)
    assert last_states(ledger) == {
        "digest:monday": "withdrawn",
        "digest:tuesday": "confirmed",
        "deal:1": "withdrawn",
        "deal:2": "confirmed",
        "deal:3": "confirmed",
    }


def test_what_a_digest_carried_that_nobody_judged_goes_on_its_own(ledger: Ledger) -> None:
    """A run looks at one deal alone, which is no longer wanted: the digest that had not left stays, the other deal's alert goes without it."""
    alerts = [intent(f"deal:{n}", occurrence="30", carrier="digest:monday") for n in (1, 2)]
    enter(ledger, intent("digest:monday", b"1 2"), *alerts, subjects=["digest:monday", "deal:1", "deal:2"])
    enter(ledger, subjects=["deal:1"], as_of=TUESDAY)
    claimed = claim(ledger)
    assert [one.subject for one in claimed] == ["deal:2"]
    finish(ledger, claimed)
    assert last_states(ledger) == {"digest:monday": "withdrawn", "deal:1": "withdrawn", "deal:2": "confirmed"}


def test_a_delivery_waits_for_another_one(ledger: Ledger) -> None:
    """The print order goes when the file release is confirmed, and not when it is only sent."""
    order = intent("order:1", destination="print", after=After("portal", "isbn:1", "confirmed"))
    ledger.plan([intent(), order])
    wanted = {"use_case": "uc", "destination": "print", "owner": "me", "lease_s": 60, "limit": 5}
    assert ledger.claim(**wanted) == []
    (release,) = claim(ledger)
    finish(ledger, [release], "sent")
    assert ledger.claim(**wanted) == []
    ledger.record_outcomes([OutcomeEvent(release.id, "confirmed", MONDAY, "portal")])
    assert [one.subject for one in ledger.claim(**wanted)] == ["order:1"]


def test_what_is_wanted_without_waiting_any_more_goes(ledger: Ledger) -> None:
    """The same message, which waited for one that was refused since; another that still waits stays tied."""
    tied = [intent(f"order:{n}", destination="print", after=After("portal", "isbn:1", "confirmed")) for n in (1, 2)]
    ledger.plan([intent(), *tied])
    ledger.plan([intent("order:1", destination="print", as_of=TUESDAY)])
    claimed = ledger.claim("uc", "print", owner="me", lease_s=60, limit=5)
    assert [one.subject for one in claimed] == ["order:1"]


def test_one_place_waits_and_another_that_gets_the_same_does_not(ledger: Ledger) -> None:
    """The printer waits for the files to be confirmed; the warehouse is told the same of the same order at once."""
    printer = intent("order:1", destination="print", after=After("portal", "isbn:1", "confirmed"))
    ledger.plan([intent(), intent("order:1", destination="warehouse"), printer])
    claimed = {place: ledger.claim("uc", place, owner="me", lease_s=60, limit=5) for place in ("print", "warehouse")}
    assert {place: [row.subject for row in rows] for place, rows in claimed.items()} == {"print": [], "warehouse": ["order:1"]}


def test_waiting_for_what_nobody_planned_is_refused(ledger: Ledger) -> None:
    """Nothing would ever release it."""
    with pytest.raises(BadRecordError, match="nobody planned"):
        ledger.plan([intent(after=After("portal", "isbn:9", "confirmed"))])


def test_a_delivery_waits_for_its_moment(ledger: Ledger, clock: Clock) -> None:
    """Quiet hours, offsets: not before."""
    ledger.plan([intent(not_before=MONDAY + timedelta(hours=2))])
    assert claim(ledger) == []
    clock.now += timedelta(hours=3)
    assert len(claim(ledger)) == 1


def test_a_person_cannot_send_what_was_withdrawn(ledger: Ledger) -> None:
    """It says who withdrew it; the next run plans what is wanted again."""
    enter(ledger, intent())
    enter(ledger, as_of=TUESDAY)
    (row,) = ledger.all_of("uc", "portal")
    with pytest.raises(ConflictError, match=f"withdrawn .*{RUN}"):
        ledger.people.send_again(row.delivery_id, by="ann", why="x")


SUBJECTS = ("isbn:1", "isbn:2", "isbn:3")


class Portal(RuleBasedStateMachine):
    """A portal, runs that judge it, workers that send to it, die, or come late, in any order."""

    held = Bundle("held")

    def __init__(self, url: str) -> None:
        super().__init__()
        self.clock = Clock(MONDAY)
        self.ledger = Ledger.open(url, clock=self.clock)
        self.wanted: dict[str, bytes | None] = {}
        self.number = 0

    def teardown(self) -> None:
        """Give the connections back."""
        self.ledger.close()

    @rule(wishes=st.dictionaries(st.sampled_from(SUBJECTS), st.sampled_from([None, b"A", b"B"]), min_size=1), later=st.booleans())
    def judge(self, wishes: dict[str, bytes | None], later: bool) -> None:
        """A run judges some subjects; None: nothing is wanted."""
        if later:
            self.clock.now += timedelta(hours=1)
        given = [intent(subject, content, as_of=self.clock.now) for subject, content in wishes.items() if content]
        enter(self.ledger, *given, subjects=list(wishes), as_of=self.clock.now)
        self.wanted |= wishes

    @rule(everything=st.dictionaries(st.sampled_from(SUBJECTS), st.sampled_from([b"A", b"B"])))
    def judge_everything(self, everything: dict[str, bytes]) -> None:
        """A run judges all there is."""
        given = [intent(subject, content, as_of=self.clock.now) for subject, content in everything.items()]
        enter(self.ledger, *given, subjects=list(everything), as_of=self.clock.now, is_everything=True)
        self.wanted = {**dict.fromkeys(self.wanted), **everything}

    @rule(target=held)
    def take(self) -> tuple[str, list]:
        """A worker claims; what it gets must be wanted at this moment."""
        self.number += 1
        owner = f"worker {self.number}"
        claimed = claim(self.ledger, owner, 2)
        for one in claimed:
            assert self.wanted.get(one.subject) == one.content, "claimed, and the latest judgement does not want it"
        return owner, claimed

    @rule(work=held, result=st.sampled_from(["confirmed", "not_sent", "refused"]), gone=st.booleans())
    def come_back(self, work: tuple[str, list], result: str, gone: bool) -> None:
        """A worker says what became of it, perhaps too late."""
        finish(self.ledger, work[1], result, work[0], may_have_gone=gone and result == "not_sent")

    @rule()
    def leases_end(self) -> None:
        """Whoever has not come back is dead."""
        self.clock.now += timedelta(hours=1)

    @invariant()
    def one_is_in_flight(self) -> None:
        """Of each subject."""
        flying = [row.subject for row in self.ledger.all_of("uc", "portal") if row.state == "in_flight"]
        assert len(flying) == len(set(flying))


def test_whatever_happens_nothing_unwanted_is_sent(databases: Databases) -> None:
    """Plan, judge, fail, withdraw, deliver in any order."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        lambda: Portal(databases.ledger()),
        settings=settings(max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )


def test_what_failed_and_is_no_longer_wanted_is_nobodys_task(ledger: Ledger) -> None:
    """Judged by name and not wanted: nobody mends it or sends it again; wanted again, as it was, it is somebody's task again."""

    def left(day: int, *intents: Intent, **more) -> list[str]:
        enter(ledger, *intents, as_of=MONDAY + timedelta(days=day), **more)
        return [row.subject for row in ledger.undelivered("uc", "portal")]

    left(0, intent())
    (delivery,) = claim(ledger)
    finish(ledger, [delivery], "refused")
    assert left(1, intent()) == ["isbn:1"]
    assert left(2) == ["isbn:1"], "that it needs nothing says nothing of what failed"
    assert left(3, settled=(), findings=[fault()]) == []
    assert ledger.redrive("uc", "portal") == 0
    with pytest.raises(ConflictError, match="what is wanted again, the next run plans"):
        ledger.people.send_again(delivery.id, by="me", why="")
    assert left(4, intent()) == ["isbn:1"]
    assert ledger.redrive("uc", "portal") == 1


def test_what_is_not_for_a_destination_is_counted_apart(ledger: Ledger) -> None:
    """It is neither lost nor refused; an old exception about it closes, what waited for it is withdrawn, and says why."""
    fault = Finding(subject="isbn:1", rule="G5", severity="E", field="", found="", expected="", remedy="", owner="", blocks="portal")
    ledger.exceptions.record("uc", "portal", ["isbn:1"], [fault], as_of=MONDAY)
    enter(ledger, intent(subject="isbn:2"), subjects=("isbn:2",))
    apart = {"isbn:1": "G5 ProductForm: BC", "isbn:2": "G1 allowOnixExports: false"}
    entered = enter(ledger, subjects=("isbn:1", "isbn:2"), settled=(), out_of_scope=apart, as_of=TUESDAY)
    assert (entered.out_of_scope, entered.withdrawn, entered.refused) == (1, 1, 0)
    assert ledger.exceptions.open() == []
    assert "G1 allowOnixExports: false" in ledger.all_of("uc", "portal")[0].detail
