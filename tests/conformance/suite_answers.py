"""Answers with a success status that are none: foreign, garbled, huge, of another shape, incomplete, endless."""

import gzip
from typing import Any

import pytest
from suite_box import Answer

from colophon.errors import BadShapeError, ColophonError, PagingError, UnexpectedAnswerError

JSON = {"Content-Type": "application/json"}
HUGE = 32 * 1024 * 1024 + 1
CANARY = "drift-canary-value"
# Name: status, headers, body.
FOREIGN: dict[str, tuple[int, dict[str, str], bytes]] = {
    "login_page": (200, {"Content-Type": "text/html"}, b"<html><form>Sign in</form></html>"),
    "login_page_as_json": (200, JSON, b"<html><form>Sign in</form></html>"),
    "empty": (200, JSON, b""),
    "no_content": (204, {}, b""),
    "strange_success": (226, JSON, b"{}"),
    "plain_text": (200, {"Content-Type": "text/plain"}, b"ok"),
    "null": (200, JSON, b"null"),
    "list": (200, JSON, b"[]"),
    "object": (200, JSON, b"{}"),
    "text": (200, JSON, b'"ok"'),
    "number": (200, JSON, b"1"),
    "truth": (200, JSON, b"true"),
    "not_utf8": (200, JSON, b'{"a":"\xff\xfe"}'),
    "half": (200, JSON, b'{"items": [{"id": '),
    "twice": (200, JSON, b'{"data": {}, "data": {}}'),
    "not_a_number": (200, JSON, b'{"a": NaN}'),
    "deep": (200, JSON, b'{"data":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "huge": (200, JSON, b'{"a":"' + b"x" * HUGE + b'"}'),
    "bomb": (200, {**JSON, "Content-Encoding": "gzip"}, gzip.compress(b'{"a":"' + b"x" * HUGE + b'"}')),
}
FAULTS = ("garble", "wrong_shape", "login_page")


class Answers:
    """K7, K8, K10 to K12."""

    @pytest.mark.parametrize("name", FOREIGN)
    def test_foreign_answer(self, verb: Any, name: str) -> None:
        """K7, K8: never a success, at most one repeat, and none where a repeat could do it twice."""
        self.skip_harmless(verb, name)
        client, given = self.ready(verb)
        status, headers, body = FOREIGN[name]
        self.box.spoil(verb, lambda _seen, _answer: Answer(status, dict(headers), body))
        self.judge_foreign(verb, self.attempt(verb, client, given))

    @pytest.mark.parametrize("kind", FAULTS)
    def test_spoilt_answer(self, verb: Any, kind: str) -> None:
        """K7, K8: the sandbox's own spoilt answers, without end and after the effect."""
        self.skip_harmless(verb, kind)
        client, given = self.ready(verb)
        self.box.fault(verb, kind, when="after", times=None)
        self.judge_foreign(verb, self.attempt(verb, client, given))

    def test_missing_member(self, member: Any) -> None:
        """K11: a required member that is not there is told by its name."""
        verb, pointer = member
        self.judge_drift(verb, pointer, lambda place, key: place.pop(key))

    def test_ill_typed_member(self, member: Any) -> None:
        """K11: a required member of another type is told by its name, never by its value."""
        verb, pointer = member

        def change(place: Any, key: Any) -> None:
            place[key] = CANARY if isinstance(place[key], dict | list) else {CANARY: CANARY}

        self.judge_drift(verb, pointer, change)

    def test_unknown_members_are_tolerated(self, verb: Any) -> None:
        """K11: vendors add members."""
        client, given = self.ready(verb)

        def change(_seen: Any, answer: Any) -> Any:
            if answer.body and answer.headers.get("Content-Type", "").partition(";")[0].endswith("json"):
                answer.json = _grown(answer.json)
            return answer

        self.box.spoil(verb, change)
        assert self.attempt(verb, client, given).is_done

    def test_unknown_state(self, stated: Any) -> None:
        """K12: a state that nobody has heard of is neither a crash nor, for a write, a success."""
        client, given = self.ready(stated)
        self.box.spoil(stated, _changed(stated.state, lambda place, key: place.__setitem__(key, "NEVER_HEARD_OF")))
        outcome = self.attempt(stated, client, given)
        assert outcome.error is None, outcome
        assert not (outcome.is_done and stated.writes)

    @pytest.mark.parametrize("change", ["last lost", "first lost", "all lost", "first twice", "one too many"])
    def test_incomplete_bulk_answer(self, many: Any, change: str) -> None:
        """Items that are missing from an answer are never taken for done."""
        client, given = self.ready(many)
        changes = {
            "last lost": lambda items: items[:-1],
            "first lost": lambda items: items[1:],
            "all lost": lambda _: [],
            "first twice": lambda items: [items[0], *items[:-1]],
            "one too many": lambda items: [*items[:-1], items[0], items[0]],
        }
        self.box.spoil(many, _changed(many.items, lambda place, key: place.__setitem__(key, _with(changes[change], place[key]))))
        outcome = self.attempt(many, client, given)
        assert not outcome.is_done, outcome
        assert self.effects(many) == self.whole(many)

    def test_pages_joined_are_the_whole(self, paging: Any) -> None:
        """K10: small pages or large, the same records in the same order, each once."""
        client, given = self.ready(paging)
        whole = paging.ids(self.attempt(paging, client, given).result)
        paging.small_pages(self.box)
        self.box.forget()
        assert paging.ids(self.attempt(paging, client, given).result) == whole
        assert len(set(whole)) == len(whole) >= 3
        assert self.calls(paging) >= 3

    @pytest.mark.parametrize("fault", ["reset", "truncate", "garble", "login_page", "status"])
    def test_a_page_fails_once(self, paging: Any, fault: str) -> None:
        """K10: trouble in the middle costs a repeat and no record."""
        client, given = self.ready(paging)
        whole = paging.ids(self.attempt(paging, client, given).result)
        paging.small_pages(self.box)
        self.box.fault(paging, fault, skip=1, value=502 if fault == "status" else None)
        assert paging.ids(self.attempt(paging, client, given).result) == whole

    @pytest.mark.parametrize("fault", ["reset", "garble", "login_page", "status"])
    def test_a_page_fails_for_good(self, paging: Any, fault: str) -> None:
        """K10: a list that breaks off is an error, never a shorter list."""
        client, given = self.ready(paging)
        paging.small_pages(self.box)
        self.box.fault(paging, fault, skip=1, times=None, value=502 if fault == "status" else None)
        assert isinstance(self.attempt(paging, client, given).error, ColophonError)

    @pytest.mark.parametrize("loop", ["first page again", "two pages in turn", "last page again"])
    def test_pages_that_never_end(self, paging: Any, loop: str) -> None:
        """K10: pages that come again are told, after few requests."""
        client, given = self.ready(paging)
        paging.small_pages(self.box)
        pages: list[Answer] = []

        def replay(_seen: Any, answer: Any) -> Any:
            pages.append(Answer(answer.status, dict(answer.headers), answer.body))
            number = len(pages) - 1
            again = {"first page again": 0, "two pages in turn": number % 2, "last page again": min(number, 1)}[loop]
            kept = pages[min(again, number)]
            return Answer(kept.status, dict(kept.headers), kept.body)

        self.box.spoil(paging, replay)
        assert isinstance(self.attempt(paging, client, given).error, PagingError)
        assert self.calls(paging) <= 6

    @pytest.mark.parametrize("kind", ["duplicate", "reorder"])
    def test_pages_in_disorder_lose_nothing(self, paging: Any, kind: str) -> None:
        """K10: records twice or in disorder are told, or all records come."""
        client, given = self.ready(paging)
        whole = paging.ids(self.attempt(paging, client, given).result)
        paging.small_pages(self.box)
        self.box.fault(paging, kind, times=None)
        outcome = self.attempt(paging, client, given)
        if outcome.error is not None:
            assert isinstance(outcome.error, PagingError | BadShapeError), outcome
        else:
            assert set(paging.ids(outcome.result)) == set(whole)

    def skip_harmless(self, verb: Any, name: str) -> None:
        """Skip what is no trouble for this verb."""
        if name in verb.harmless:
            pytest.skip(f"{name} is a good answer of {verb.name}")

    def judge_foreign(self, verb: Any, outcome: Any) -> None:
        """No success; the class decides about the repeat."""
        if verb.writes in {None, "A", "B"}:
            assert isinstance(outcome.error, UnexpectedAnswerError), outcome
            assert self.calls(verb) <= 2
        elif outcome.is_done:
            assert verb.writes == "C", "success in class D on an answer that is none"
        else:
            self.judge_unknown(verb, outcome)
            assert self.calls(verb) == 1
        if verb.writes:
            assert self.effects(verb) == self.whole(verb)

    def judge_drift(self, verb: Any, pointer: str, change: Any) -> None:
        """Never a success, and the member is named."""
        client, given = self.ready(verb)
        self.planted.append(CANARY)
        self.box.spoil(verb, _changed(pointer, change))
        outcome = self.attempt(verb, client, given)
        told = str(outcome.error) if outcome.error else verb.told(outcome.result)
        name = next(part for part in reversed(pointer.split("/")) if not part.isdigit())
        if verb.writes in {"C", "D"}:
            if outcome.is_done:
                assert verb.writes == "C"
                assert self.effects(verb) == self.whole(verb)
            else:
                self.judge_unknown(verb, outcome)
            return
        assert outcome.error is not None or told, f"{pointer} was not missed"
        if outcome.error:
            assert isinstance(outcome.error, UnexpectedAnswerError), outcome
        assert name in told
        self.texts.append(told)


def _changed(pointer: str, change: Any) -> Any:
    """A spoil that changes one member of a JSON answer; answers without it stay."""
    parts = [int(part) if part.isdigit() else part for part in pointer.split("/") if part]
    *way, last = ["whole", *parts]

    def spoil(_seen: Any, answer: Any) -> Any:
        place = body = {"whole": answer.json}
        try:
            for part in way:
                place = place[part]
            place[last]
        except (KeyError, IndexError, TypeError):
            return answer
        change(place, last)
        answer.json = body["whole"]
        return answer

    return spoil


def _with(change: Any, items: Any) -> Any:
    """Items changed: a list's, or an object's (as GraphQL gives several results) under the names that come first."""
    return dict(zip(items, change(list(items.values())), strict=False)) if isinstance(items, dict) else change(items)


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _grown(member) for name, member in value.items()}, "neverHeardOf": {"at": 1}}
    return [_grown(member) for member in value] if isinstance(value, list) else value
