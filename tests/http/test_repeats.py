"""Contract README section 4: each fault, each class, the number of calls and the error."""

import pytest

from colophon.errors import (
    AuthFailedError,
    BadShapeError,
    ConflictError,
    EffectUnknownError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    NotOursError,
    RateLimitedError,
    ServerError,
    TransportError,
    WrongAddressError,
)
from colophon.http.failure import REPEATS, Case, FailureKind
from colophon.http.operation import DeliveryClass, Operation, Waits

CLASSES = [None, *DeliveryClass]
READS, WRITES = 5, 4


def op(writes, **kwargs):
    """An operation of a class: reads by GET, writes by POST."""
    return Operation("thing", "GET" if writes is None else "POST", "/things/{id}", writes=writes, **kwargs)


def call(client, writes, **kwargs):
    body = None if writes is None else {"n": 1}
    return client.call(op(writes, **kwargs), path={"id": "t-1"}, json=body, subject="t-1")


def most(writes):
    return READS if writes is None else WRITES


def test_every_case_has_a_rule_for_every_class():
    """The table has no gap."""
    assert set(REPEATS) == set(Case)
    assert all(set(row) == set(CLASSES) for row in REPEATS.values())


@pytest.mark.parametrize("fault", ["resets", "hangs_up", "truncates", "garbles", "stays_silent"])
@pytest.mark.parametrize("writes", CLASSES)
def test_lost_answers_are_repeated_by_class(make_client, server, play, fault, writes):
    """Reads, A and B repeat to the end; C and D make one call and say that the effect is unknown."""
    client = make_client(read_s=0.25) if fault == "stays_silent" else make_client()
    server.script = [getattr(play, fault)]
    unknown = writes in {DeliveryClass.C, DeliveryClass.D}
    with pytest.raises(EffectUnknownError if unknown else ServerError) as caught:
        call(client, writes)
    assert len(server.seen) == (1 if unknown else most(writes))
    assert caught.value.subject == "t-1"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("writes", CLASSES)
@pytest.mark.parametrize("status", [408, 502, 503, 504, 520, 599])
def test_unclear_statuses_follow_the_same_rule(client, server, play, writes, status):
    """408 and 5xx other than 500 and the documented ones count as a lost answer."""
    server.script = [play.says({}, status)]
    unknown = writes in {DeliveryClass.C, DeliveryClass.D}
    with pytest.raises(EffectUnknownError if unknown else ServerError):
        call(client, writes)
    assert len(server.seen) == (1 if unknown else most(writes))


@pytest.mark.parametrize(("writes", "calls"), [(None, 5), ("A", 2), ("B", 2), ("C", 1), ("D", 1)])
def test_500_is_repeated_once_for_keyed_writes(client, server, play, writes, calls):
    """A crash of the server is repeated once with the same key."""
    server.script = [play.says({}, 500)]
    with pytest.raises((ServerError, EffectUnknownError)):
        call(client, writes and DeliveryClass(writes))
    assert len(server.seen) == calls


@pytest.mark.parametrize(("writes", "calls"), [(None, 2), ("A", 2), ("B", 2), ("C", 1), ("D", 1)])
def test_login_page_is_no_success(client, server, play, writes, calls):
    """A 200 in HTML is repeated once where that is harmless, and never taken for an answer."""
    server.script = [play.login_page]
    with pytest.raises(EffectUnknownError if writes in {"C", "D"} else NotOursError):
        call(client, writes and DeliveryClass(writes))
    assert len(server.seen) == calls


@pytest.mark.parametrize(("writes", "calls"), [(None, 2), ("A", 2), ("D", 1)])
def test_answer_without_our_id_is_foreign(client, server, writes, calls):
    """A check of the shape takes part in the table: what it refuses is an unreadable answer."""

    def check(answer):
        if "id" not in answer.json():
            raise BadShapeError("the answer lacks id")

    writes = writes and DeliveryClass(writes)
    with pytest.raises(EffectUnknownError if writes == "D" else BadShapeError):
        client.call(op(writes), path={"id": "t-1"}, check=check)
    assert len(server.seen) == calls


def test_foreign_then_good_is_good(client, server, play):
    """One hiccup of a proxy does not fail a read."""
    server.script = [play.login_page, play.says({"ok": 1})]
    assert call(client, None).json() == {"ok": 1}


@pytest.mark.parametrize("writes", CLASSES)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (405, WrongAddressError),
        (406, InvalidError),
        (409, ConflictError),
        (410, GoneError),
        (413, InvalidError),
        (415, InvalidError),
        (422, InvalidError),
        (418, InvalidError),
    ],
)
def test_refusals_stop_at_once(client, server, play, waits, writes, status, error):
    """A 4xx is told by its class after one call, with code and pointers and without the server's prose."""
    problem = {"code": "schema", "detail": "Jane Roe, 4 Elm Road", "errors": [{"pointer": "/data/isbn", "message": "Jane"}]}
    server.script = [play.says(problem, status)]
    with pytest.raises(error) as caught:
        call(client, writes)
    assert len(server.seen) == 1
    assert not waits.slept
    assert caught.value.evidence == f"HTTP {status}, schema at /data/isbn"
    assert "Jane" not in str(caught.value)


def test_404_where_nothing_was_named_is_a_wrong_address(client, server, play):
    """A collection that is not there means another server, not a missing subject."""
    server.script = [play.says({}, 404)]
    with pytest.raises(WrongAddressError):
        client.call(Operation("list", "GET", "/things"))


@pytest.mark.parametrize("writes", CLASSES)
def test_bad_credentials_make_one_call(client, server, play, writes):
    """K1: fixed credentials that were refused are not tried again."""
    server.script = [play.says({}, 401)]
    with pytest.raises(AuthFailedError) as caught:
        call(client, writes)
    assert len(server.seen) == 1
    assert caught.value.system == "sandbox"
    assert "not-a-real-key" not in str(caught.value)


@pytest.mark.parametrize("writes", CLASSES)
def test_server_away_is_repeated_by_all(make_client, waits, writes):
    """A refused connection is no effect, so that every class repeats, and the error says never taken."""
    client = make_client(base_url="http://127.0.0.1:9")
    with pytest.raises(TransportError):
        call(client, writes)
    assert waits.slept == [2.0**n for n in range(most(writes) - 1)]


def test_tls_failure_was_not_sent(make_client, server, waits):
    """A server that does not speak TLS never saw a request, so even class D repeats."""
    client = make_client(base_url=server.url.replace("http:", "https:"))
    with pytest.raises(TransportError) as caught:
        call(client, DeliveryClass.D)
    assert len(waits.slept) == 3
    assert caught.value.evidence == "SSLError"
    assert not server.seen


def test_away_after_a_lost_answer_may_have_been_taken(client, server, play):
    """'Never taken' is not claimed when an earlier try may have been."""

    def last(handler):
        play.resets(handler)
        server.socket.close()

    server.script = [last]
    with pytest.raises(ServerError, match="an earlier try may have been taken"):
        call(client, DeliveryClass.A)


@pytest.mark.parametrize("writes", CLASSES)
def test_documented_503_is_repeated_by_all(client, server, play, writes):
    """What the contract calls 'not taken' had no effect, also in class D."""
    server.script = [play.says({}, 503), play.says({}, 503), play.says({"ok": 1})]
    assert call(client, writes, not_taken=frozenset({503})).json() == {"ok": 1}
    assert len(server.seen) == 3


@pytest.mark.parametrize("writes", CLASSES)
@pytest.mark.parametrize("status", [425, 429])
def test_asked_to_wait_is_repeated_by_all(client, server, play, writes, status):
    """After the last try the task is told when to come back."""
    server.script = [play.says({}, status)]
    with pytest.raises(RateLimitedError) as caught:
        call(client, writes)
    assert len(server.seen) == most(writes)
    assert caught.value.not_before > play.now


def test_repeats_send_the_same_bytes_under_a_new_request_id(client, server, play):
    """The repeat of a keyed write differs in nothing but its request id."""
    server.script = [play.resets, play.hangs_up, play.says({"ok": 1})]
    client.call(op(DeliveryClass.A), path={"id": "t-1"}, json={"b": 1, "a": "é"}, headers={"Idempotency-Key": "k-1"})
    assert {s.body for s in server.seen} == {'{"a":"é","b":1}'.encode()}
    assert {s.headers["idempotency-key"] for s in server.seen} == {"k-1"}
    assert len({s.headers["x-request-id"] for s in server.seen}) == 3


def test_waits_are_full_jitter(make_client, server, play, waits):
    """Waits grow from 1 s and lie anywhere below."""
    server.script = [play.says({}, 502)]
    client = make_client()
    client._random = iter([0.5, 0.25, 0.0, 1.0, 1.0]).__next__
    with pytest.raises(ServerError):
        call(client, None)
    assert waits.slept == [0.5, 0.5, 8.0]


def test_budget_ends_the_repeats(make_client, server, play, waits):
    """No wait goes beyond the budget, whatever the number of tries."""
    server.script = [play.says({}, 502)]
    with pytest.raises(ServerError):
        call(make_client(budget_s=4.0), None)
    assert waits.slept == [1.0, 2.0]


def test_waits_of_a_contract_replace_the_common_ones(make_client, server, play, waits):
    """Stated waits double up to their own longest one, and a 500 is repeated as often as any lost answer."""
    server.script = [play.says({}, 500)]
    with pytest.raises(ServerError):
        call(make_client(write_tries=5), DeliveryClass.A, waits=Waits(first_s=10.0, longest_s=30.0))
    assert waits.slept == pytest.approx([11.0, 22.0, 33.0, 33.0])


def test_waits_of_a_contract_repeat_no_unsafe_write(client, server, play):
    """They change how long, never whether."""
    server.script = [play.says({}, 500)]
    with pytest.raises(EffectUnknownError):
        call(client, DeliveryClass.D, waits=Waits(first_s=10.0, longest_s=30.0))
    assert len(server.seen) == 1


def test_wait_without_a_header_is_the_systems(make_client, server, play, waits):
    """Where a contract says how long "slow down" means, that is waited, unless a header says otherwise."""
    server.script = [play.says({}, 429), play.says({}, 429, {"Retry-After": "5"}), play.says({"ok": 1})]
    assert call(make_client(busy_wait_s=60.0), DeliveryClass.D).json() == {"ok": 1}
    assert waits.slept == pytest.approx([66.0, 5.5])


def test_kinds_of_failure():
    """Only two sorts may be sent again without a check."""
    assert {case for case in Case if case.kind is FailureKind.UNKNOWN} == {Case.LOST, Case.CRASHED, Case.FOREIGN}
    assert Case.NOT_SENT.kind is FailureKind.NOT_SENT
