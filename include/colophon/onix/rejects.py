"""How a recipient reports what it rejects where that is no ONIX acknowledgement: the part `rejects` of its profile, checked when it is loaded."""

import re
from string import Formatter
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator, model_validator

from colophon.onix.file_names import fields

ReportField = Literal["record", "status", "code", "words", "message"]
Column = StrictInt | str | tuple[str, ...]
NOT_BY_NAME = ("event", "column", "newest")
"""Words for where a report says which message it is about; any other text is a sentence with {message} in it."""
_BLANKS, _MESSAGE = "[ \t\u00a0]{1,10}", r"(?P<message>\d{1,9})"
_NUMBER = r"(?<![\w-])(?P<record>\d{10,14}|\d{9}[Xx]|(?:97[89][ -])?\d{1,5}[ -]\d{1,7}[ -]\d{1,7}[ -][\dXx])(?![\w-])"
_REFERENCE = r"(?<![^\s,;:()\[\]<>\"'])(?P<record>[^\s,;:()\[\]<>\"']{1,100})"
_CODE, _WORDS = r"(?P<code>[\w.-]{1,40})", r"(?P<words>[^\n]{1,500}"


def plain(word: str) -> str:
    """A word as it is compared: without regard to case and blanks."""
    return " ".join(word.split()).casefold()


class Rejects(BaseModel):
    """Files in which a recipient says what it rejects, or takes: CSV, xlsx, a table in HTML, or a text such as an e-mail; packed or attached ones, too.

    `columns`: the heading (or headings that it may have) of each field, or its number from 1 where there are none; `lines`: how a text
    tells of a record, such as `{record}: {status} ({words})`. `named_by`: what names a record, a number of trade or our reference.
    `accepted`, `rejected`: the words of its status; without a status whatever is listed is rejected, and in a text the last of these
    words above a line holds for it. `rest`: whether what it does not list was accepted. `message`: which message a report is about:
    that of its `event`, the number in its `column`, the `newest` that carried the record, or a sentence with {message} in it. A row with
    a rejecting status and no record rejects the whole message; in a text the sentence `whole` does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["csv", "xlsx", "html", "text"]
    columns: dict[ReportField, Column] = Field(default_factory=dict)
    lines: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    named_by: Literal["isbn", "reference"] = "isbn"
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    rest: Literal["accepted", "unknown"] = "unknown"
    message: str = "event"
    encoding: Literal["", "utf-8", "utf-16", "cp1252"] = ""
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    sheet: str | None = None

    @field_validator("accepted", "rejected", mode="before")
    @classmethod
    def _words_are_text(cls, given: object) -> object:
        if isinstance(given, list) and any(isinstance(word, bool) for word in given):
            raise ValueError("YAML takes a bare Yes, No, On or Off for true or false; put it in quotes")
        return given

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for is_wrong, sentence in (*self._of_format(), *self._of_words(), *self._of_message()):
            if is_wrong:
                raise ValueError(sentence)
        for template in (*self.lines, *self.whole):
            _check(template, self._has_words())
        if any("record" not in fields(line) for line in self.lines) or any("record" in fields(line) for line in self.whole):
            raise ValueError("each of `lines` has a {record}, and none of `whole` has one")
        return self

    @property
    def has_status(self) -> bool:
        """Whether each record has a status of its own."""
        return "status" in self.columns

    def line_patterns(self) -> list[re.Pattern[str]]:
        """What finds the records of a text."""
        return [self._pattern(line) for line in self.lines]

    def whole_patterns(self) -> list[re.Pattern[str]]:
        """What finds that a text rejects the whole message."""
        return [self._pattern(line) for line in self.whole]

    def message_pattern(self) -> re.Pattern[str] | None:
        """What finds the message's number; None where it stands elsewhere."""
        return None if self.message in NOT_BY_NAME else self._pattern(self.message)

    def word_pattern(self) -> re.Pattern[str] | None:
        """What finds a word of status in a text; None where there are none."""
        words = self._words()
        return re.compile(rf"(?<!\w)(?P<status>{words})(?!\w)", re.IGNORECASE) if words else None

    def _of_format(self) -> tuple[tuple[bool, str], ...]:
        is_text, numbers = self.format == "text", [value for value in self.columns.values() if isinstance(value, int)]
        headings = [name for value in self.columns.values() for name in headings_of(value)]
        return (
            (is_text and (bool(self.columns) or not self.lines), "format text needs `lines`, and has no `columns`"),
            (not is_text and (bool(self.lines) or "record" not in self.columns), f"format {self.format} needs `columns` with `record`"),
            (bool(self.whole) and not is_text, "`whole` is for format text; in a table a row without a record says it"),
            (bool(self.delimiter) and self.format != "csv", "`delimiter` is for format csv"),
            (bool(self.encoding) and self.format == "xlsx", "`encoding` is not for format xlsx"),
            (self.sheet is not None and self.format != "xlsx", "`sheet` is for format xlsx"),
            (bool(numbers) and (bool(headings) or min(numbers) < 1), "`columns` are either headings or numbers from 1, all of them"),
            (len({plain(name) for name in headings} | set(numbers)) < len(headings) + len(numbers), "two `columns` are the same one"),
            (any(not plain(name) for name in headings), "a heading in `columns` is empty"),
        )

    def _of_words(self) -> tuple[tuple[bool, str], ...]:
        accepted, rejected = {plain(word) for word in self.accepted}, {plain(word) for word in self.rejected}
        tells = self.has_status or self.format == "text"
        both = ", ".join(sorted(accepted & rejected))
        return (
            (bool(both), f"{both}: both `accepted` and `rejected`"),
            ("" in accepted | rejected, "a word of `accepted` or `rejected` is empty"),
            (self.has_status and not rejected, "a `status` needs words for `rejected`"),
            (bool(accepted) and not rejected, "`accepted` needs words for `rejected` beside it"),
            (bool(accepted | rejected) and not tells, "`accepted` and `rejected` are words of a `status`, and no column has that"),
        )

    def _of_message(self) -> tuple[tuple[bool, str], ...]:
        has_column, is_named = "message" in self.columns, self.message not in NOT_BY_NAME
        choices = f"`message` is {', '.join(NOT_BY_NAME)}, or a sentence with {{message}} in it, not {self.message!r}"
        return (
            (is_named and fields(self.message) != ["message"], choices),
            ((self.message == "column") != has_column, "`message: column` and a column `message` go together"),
            (self.message == "newest" and self.named_by != "isbn", "`message: newest` needs records that are named by their ISBN"),
            (self.message == "newest" and self.rest == "accepted", "`message: newest` says nothing of the rest of a message"),
        )

    def _has_words(self) -> bool:
        return bool(self.accepted or self.rejected)

    def _words(self) -> str:
        words = sorted({plain(word) for word in (*self.accepted, *self.rejected)}, key=len, reverse=True)
        return "|".join(_BLANKS.join(map(re.escape, word.split())) for word in words)

    def _pattern(self, template: str) -> re.Pattern[str]:
        parts, pieces = list(Formatter().parse(template)), list[str]()
        known = {"record": _NUMBER if self.named_by == "isbn" else _REFERENCE, "code": _CODE, "message": _MESSAGE}
        for number, (literal, name, _, _) in enumerate(parts):
            is_last = number == len(parts) - 1
            pieces.append(re.sub(r"(?:\\?\s)+", lambda _: _BLANKS, re.escape(literal)))
            if name == "words":
                pieces.append(_WORDS + (")" if is_last else "?)"))
            elif name == "status":
                pieces.append(f"(?P<status>{self._words()})")
            elif name:
                pieces.append(known[name])
        return re.compile("".join(pieces), re.IGNORECASE)


def headings_of(column: Column) -> tuple[str, ...]:
    """The headings that a column may have; none where it is known by its number."""
    return () if isinstance(column, int) else (column,) if isinstance(column, str) else column


def _check(template: str, has_words: bool) -> None:  # noqa: FBT001 - the one thing it has to know
    names = fields(template)
    known = {"record", "status", "code", "words", "message"}
    if unknown := sorted(set(names) - known):
        raise ValueError(f"{template!r}: no field {{{unknown[0]}}}; there are {', '.join(sorted(known))}")
    if len(names) > len(set(names)):
        raise ValueError(f"{template!r}: a field stands there twice")
    if "status" in names and not has_words:
        raise ValueError(f"{template!r}: a status needs words for `rejected`")
