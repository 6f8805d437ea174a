"""What a device shows of the pushes that it was given, by the journal: a page for people who look."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

PARSER, DIRECT = "/mra/v1/utils/parser", "/messages:send"
STYLE = """body{margin:0;background:#16202b;font:15px/1.35 system-ui,sans-serif;color:#111}
main{max-width:390px;margin:0 auto;padding:24px 12px;min-height:80vh}h1{color:#fff;font-size:17px;text-align:center}
article{background:#f4f4f6;border-radius:16px;padding:12px 14px;margin:0 0 10px}h2{font-size:15px;margin:2px 0 4px}
p{margin:0;white-space:pre-line;overflow-wrap:anywhere}small{color:#555}a{display:inline-block;margin-top:6px;color:#0a58a8;overflow-wrap:anywhere}"""


class Shown(NamedTuple):
    """One push on a device."""

    at: str
    title: str
    body: str
    link: str


def shown_on(token: str, journal: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """What a device was given, newest first; what was refused is not on it."""
    taken = (entry for entry in journal if entry["system"] == "push" and entry["status"] == 200)
    found = [(entry["at"], message) for entry in taken for message in _messages(entry)]
    return [_shown(at, message) for at, message in reversed(found) if (message.get("target") or message).get("token") == token]


def page(token: str, pushes: Iterable[Shown]) -> str:
    """The page, as a phone shows it."""
    cards = "".join(
        f"<article><small>{escape(each.at)}</small><h2>{escape(each.title)}</h2><p>{escape(each.body)}</p>"
        + (f'<a href="{escape(each.link)}">{escape(each.link)}</a>' if each.link.startswith("https://") else "")
        + "</article>"
        for each in pushes
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(token)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main><h1>{escape(token)}</h1>{cards or "<h1>No message</h1>"}</main></body></html>'


def _messages(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    body = entry["body"] if isinstance(entry["body"], dict) else json.loads(entry["body"] or "{}")
    if entry["path"] == PARSER:
        yield from json.loads(base64.b64decode(body["data"]))["messages"]
    elif entry["path"].endswith(DIRECT):
        yield body["message"]


def _shown(at: str, message: Mapping[str, Any]) -> Shown:
    notification = message["notification"]
    direct = message.get("webpush", {}).get("fcm_options", {})
    return Shown(at, notification.get("title", ""), notification.get("body", ""), message.get("link") or direct.get("link", ""))
