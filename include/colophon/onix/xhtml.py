"""Marketing texts, in whatever form they were pasted (`markup`): cleaned to the XHTML that ONIX allows and recipients show (C3), or stripped to plain text.

nh3 decides what is safe; a small stack then puts blocks, lists and inline tags into a legal order, because HTML lets
them overlap and the ONIX schema does not.
"""

import html
import re
from functools import lru_cache

import nh3

from colophon.onix.markup import as_html
from colophon.onix.xml import ILLEGAL

INLINE = frozenset({"b", "cite", "em", "i", "strong", "sub", "sup"})
LISTS = frozenset({"ul", "ol"})
ALLOWED_TAGS = INLINE | LISTS | {"p", "br", "li"}

_BLOCKS = re.compile(r"<(/?)(?:h[1-6]|div|section|article|blockquote|header|footer|tr|dt|dd|pre|address|center)\b[^>]*>", re.IGNORECASE)
_TOKEN = re.compile(r"<(/?)([a-z]+)[^>]*>|([^<]+)")
_LINE_ENDS = re.compile(r"<br/>|</?(?:p|li|ul|ol)>")
_ANY_TAG = re.compile(r"<[^>]*>")
_LINE_BREAKS = re.compile(r"[^\S\u00a0]*[\n\r][^\S\u00a0]*")
_MANY_LINES = re.compile(r"\s*\n\s*")

Node = tuple[str, int]


@lru_cache(maxsize=1024)
def xhtml(source: str) -> str:
    """Well-formed XHTML with nothing but `ALLOWED_TAGS` and no attributes; empty when there is no text."""
    text = _cleaned(source)
    # Where tags that meant nothing are gone, what is left may be plain or Markdown after all.
    while "<p>" not in text and (again := _cleaned(text)) != text:
        text = again
    return text


@lru_cache(maxsize=1024)
def plain(source: str) -> str:
    """The text without markup: one line for each paragraph and list item."""
    lines = _LINE_ENDS.sub("\n", xhtml(source))
    return _MANY_LINES.sub("\n", html.unescape(_ANY_TAG.sub("", lines))).strip()


def _cleaned(source: str) -> str:
    tidy = _BLOCKS.sub(r"<\1p>", as_html(ILLEGAL.sub("", source)))
    cleaned = nh3.clean(tidy, tags=set(ALLOWED_TAGS), attributes={}, link_rel=None)
    return _Nesting().run(ILLEGAL.sub("", cleaned))  # again, for they also come as numeric entities


class _Nesting:
    """Writes tags only when text follows, so that empty elements vanish and order can be put right on the way.

    `blocks` (p, ul, ol, li) always stand outside `inline`; both hold (tag, serial) so that two paragraphs differ.
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.blocks: list[Node] = []
        self.inline: list[Node] = []
        self.written: list[Node] = []
        self.serial = 0

    def run(self, cleaned: str) -> str:
        for closing, tag, text in _TOKEN.findall(cleaned):
            if text:
                self._text(text)
            elif tag == "br":
                self._break()
            elif closing:
                self._close(tag)
            else:
                self._open(tag)
        self._write_up_to([])
        return "".join(self.out).strip()

    def _open(self, tag: str) -> None:
        if tag in INLINE:
            self.inline.append(self._node(tag))
            return
        if self._top() == "p":
            self.blocks.pop()
        if tag == "li":
            while self.blocks and self._top() not in LISTS:
                self.blocks.pop()
            tag = "li" if self.blocks else "p"
        elif self._top() in LISTS:
            self.blocks.append(self._node("li"))
        self.blocks.append(self._node(tag))

    def _close(self, tag: str) -> None:
        stack = self.inline if tag in INLINE else self.blocks
        last = next((place for place in reversed(range(len(stack))) if stack[place][0] == tag), None)
        if last is not None and stack is self.inline:
            del stack[last]
        elif last is not None:
            del stack[last:]

    def _text(self, text: str) -> None:
        visible = text.replace("&nbsp;", "\u00a0")
        if "\n" in visible or "\r" in visible:  # to HTML a line end is a blank
            visible = _LINE_BREAKS.sub(" ", visible)
        if not visible.strip():
            self._space(visible)
            return
        if self._top() in LISTS:
            self.blocks.append(self._node("li"))
        self._write_up_to(self.blocks + self.inline)
        self.out.append(visible)

    def _space(self, space: str) -> None:
        """White space opens nothing: it counts only inside what is being written already."""
        wanted = self.blocks + self.inline
        same = self._common(wanted)
        if self.out and same >= len(self.blocks) and self._top() not in LISTS:
            self._write_up_to(wanted[:same])
            self.out.append(space)

    def _break(self) -> None:
        if self.out and self._top() not in LISTS:
            self._write_up_to(self.blocks + self.inline)
            self.out.append("<br/>")

    def _top(self) -> str:
        return self.blocks[-1][0] if self.blocks else ""

    def _node(self, tag: str) -> Node:
        self.serial += 1
        return tag, self.serial

    def _common(self, wanted: list[Node]) -> int:
        pairs = enumerate(zip(wanted, self.written, strict=False))
        return next((place for place, (one, other) in pairs if one != other), min(len(wanted), len(self.written)))

    def _write_up_to(self, wanted: list[Node]) -> None:
        same = self._common(wanted)
        self.out += [f"</{tag}>" for tag, _ in reversed(self.written[same:])]
        self.out += [f"<{tag}>" for tag, _ in wanted[same:]]
        self.written = list(wanted)
