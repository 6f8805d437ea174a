"""What people paste as a text, as the HTML that they mean: escaped whole or twice, from Word, in Markdown, in plain paragraphs, as a table.

Nothing is made safe here, and nothing legal: that is `xhtml`'s part.
"""

import re
from html import unescape
from html.entities import html5

from lxml.html.defs import tags
from markdown_it import MarkdownIt

_TAGS = "p|br|b|i|em|strong|u|sub|sup|ul|ol|li|div|span|h[1-6]|a|table|thead|tbody|tr|td|th|blockquote|cite"
_ANY_TAG = re.compile(r"<[/!a-zA-Z]")
_BLOCK_TAG = re.compile(r"<(?:p|br|div|ul|ol|li|h[1-6]|table|blockquote|section|article|pre|dl)\b", re.IGNORECASE)
_ESCAPED_TAG = re.compile(rf"&lt;(/?)({_TAGS})\b((?:(?!&lt;|&gt;).)*?)(/?)&gt;", re.IGNORECASE | re.DOTALL)
_ESCAPED_SIGN = re.compile(r"&#(?:0*(60|62)|x0*(3c|3e));", re.IGNORECASE)
_ESCAPED_ENTITY = re.compile(r"&amp;(#\d{2,6}|#x[0-9a-fA-F]{2,5}|[A-Za-z][A-Za-z0-9]{1,30});")
_WORD = re.compile(r"<!--.*?-->|<!\[(?:end)?if[^>]*>|<xml\b.*?</xml\s*>", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_OPENS = re.compile(r"<(?=([A-Za-z][^\s/>]*))")
_BULLET = "[\u2022\u00b7\u25aa\u25cf\u25e6\u2023\u2043\uf0b7]"
_WORD_ITEM = re.compile(
    rf"<p\b[^>]*>(?:\s|&nbsp;|\u00a0|<[^>]*>)*{_BULLET}(?:\s|&nbsp;|\u00a0|</?(?:span|font)[^>]*>)*(.*?)</p\s*>", re.IGNORECASE | re.DOTALL
)
_ITEMS = re.compile(r"(?:<li>(?:(?!</li>).)*</li>\s*){1,}", re.DOTALL)
_CELL_END = re.compile(r"(?:</p\s*>\s*)?</t[dh]\s*>\s*<t[dh]\b[^>]*>(?:\s*<p\b[^>]*>)?", re.IGNORECASE)
_ROW = re.compile(r"<(/?)tr\b[^>]*>", re.IGNORECASE)
_OF_TABLES = re.compile(r"</?(?:table|thead|tbody|tfoot|caption|colgroup|col|td|th)\b[^>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"(?:\*\*|__)\S(?:[^\n]*?\S)?(?:\*\*|__)"  # strong
    r"|(?<![\w*])\*[^\s*][^\n*]*\*(?![\w*])|(?<![\w_])_[^\s_][^\n_]*_(?![\w_])"  # emphasis
    r"|^#{1,6} \S|^[-*+] \S.*\n+[-*+] \S|^\d\. \S.*\n+\d\. \S|^> \S|\[[^\]\n]+\]\(https?:[^)\s]+\)",
    re.MULTILINE,
)
_LIST_LINE = re.compile(rf"^\s*{_BULLET}\s*")
_HARD_WRAPPED = 55
"""Lines that are longer were broken by a program; shorter ones by a person."""

_render = MarkdownIt("commonmark", {"html": False}).render


def as_html(source: str) -> str:
    """HTML with its blocks marked up. Text of several lines without any markup becomes paragraphs, lists and line breaks."""
    text = source
    if "&" in text:
        text = _unescaped(text)
    if not _ANY_TAG.search(text):
        if _MARKDOWN.search(text):
            return str(_render(unescape(text)))
        return _paragraphs(text) if "\n" in text.strip() else text
    if "<!" in text or "<xml" in text:
        text = _WORD.sub("", _CDATA.sub(r"\1", text))
    text = _OPENS.sub(lambda found: "<" if _is_tag(found[1], text) else "&lt;", text)
    if "Mso" in text:
        text = _ITEMS.sub(r"<ul>\g<0></ul>", _WORD_ITEM.sub(r"<li>\1</li>", text))
    if "<t" in text or "<T" in text:  # a row is a paragraph, its cells stand side by side
        text = _OF_TABLES.sub("", _ROW.sub(r"<\1p>", _CELL_END.sub("; ", text)))
    return text if _BLOCK_TAG.search(text) or "\n" not in text.strip() else _paragraphs(text)


def _is_tag(name: str, text: str) -> bool:
    """Whether what follows a `<` is one of HTML, of Word (`o:p`), or of anybody who closes it: `x<y` and `<a@b.example>` are words."""
    return name.lower() in tags or ":" in name or f"</{name}>" in text


def _unescaped(text: str) -> str:
    """Markup that was escaped, and entities that were escaped again, as what they were; a tag that a sentence speaks of stays."""
    while (once := _ESCAPED_ENTITY.sub(_entity, text)) != text:
        text = once
    text = _ESCAPED_SIGN.sub(lambda found: "&lt;" if (found[1] or found[2]).lower() in {"60", "3c"} else "&gt;", text)
    names = {(closing, name.lower()) for closing, name, _, _ in _ESCAPED_TAG.findall(text)}
    meant = {name for closing, name in names if name == "br" or {("", name), ("/", name)} <= names}
    if not meant:
        return text
    return _ESCAPED_TAG.sub(lambda found: unescape(found[0]) if found[2].lower() in meant else found[0], text)


def _entity(found: re.Match[str]) -> str:
    name = found[1]
    return f"&{name};" if name.startswith("#") or f"{name};" in html5 else found[0]


def _paragraphs(text: str) -> str:
    """Blank lines part paragraphs; in one, lines with bullets are a list, short lines are kept, long ones run on."""
    blocks = (re.split(r"\n", block.strip()) for block in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n")) if block.strip())
    return "".join(_block([line.strip() for line in lines if line.strip()]) for lines in blocks)


def _block(lines: list[str]) -> str:
    if len(lines) > 1 and all(_LIST_LINE.match(line) for line in lines):
        return "<ul>" + "".join(f"<li>{_LIST_LINE.sub('', line)}</li>" for line in lines) + "</ul>"
    is_wrapped = max(map(len, lines)) > _HARD_WRAPPED
    return f"<p>{(' ' if is_wrapped else '<br/>').join(lines)}</p>"
