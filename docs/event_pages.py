"""The page of our events, their JSON Schemas and golden examples, and the AsyncAPI document; from the code that checks what leaves."""

import json
from pathlib import Path
from typing import Any

from page import page, table

from colophon.systems.xconnector.mapping import to_wire
from colophon.systems.xconnector.samples import SAMPLES, json_schema, sample

DOCS = Path(__file__).parent


def event_pages() -> dict[Path, str]:
    """All of them."""
    folder = DOCS / "events"
    return {
        DOCS / "events.md": _page(),
        folder / "asyncapi.json": _json(_asyncapi()),
        **{folder / f"{name}.schema.json": _json(json_schema(name)) for name in SAMPLES},
        **{folder / f"{name}.sample.json": _json(to_wire(sample(name))) for name in SAMPLES},
    }


def _page() -> str:
    rows = [
        (f"`{name}`", f"`{subject}`", f"[schema](events/{name}.schema.json)", f"[example](events/{name}.sample.json)")
        for name, (subject, _) in SAMPLES.items()
    ]
    return page(
        "Events",
        "What we send is CloudEvents 1.0 in JSON. A type is `colophon.<name>.v1`; a change that breaks readers is a new `v`, and both are sent for a"
        " while. `sequence` rises for each subject and recipient: readers compare it as text. (`source`, `id`) names an event for ever, so that"
        " a repeat can be dropped. `dataschema` names the family of a type (`urn:colophon:schema:asset:1`); the type itself says which schema its"
        " data has. All members of `data` are there, null where not known, and no others.",
        "Who is told what is a row of [`routes.yaml`](configuration.md). `colophon events sample workflow.milestone` prints an example; the"
        " folder [`events`](events) has one of each type to try readers with, and [`asyncapi.json`](events/asyncapi.json) names all of them.",
        table(("type", "subject", "data", "example"), rows),
    )


def _asyncapi() -> dict[str, Any]:
    messages = {
        name: {"name": f"colophon.{name}.v1", "contentType": "application/cloudevents+json", "payload": _event(name)} for name in SAMPLES
    }
    channel = {"address": "/v1/messages", "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Colophon's events", "version": "1"},
        "channels": {"middleware": channel},
        "operations": {"send": {"action": "send", "channel": {"$ref": "#/channels/middleware"}}},
        "components": {"messages": messages, "schemas": {"envelope": _envelope()}},
    }


def _envelope() -> dict[str, Any]:
    """What all events have beside their data: CloudEvents 1.0 in JSON, with our extensions."""
    text = {"type": "string", "minLength": 1}
    members = dict.fromkeys(("id", "source", "type", "subject", "dataschema", "recipient"), text)
    members |= {"specversion": {"const": "1.0"}, "datacontenttype": {"const": "application/json"}}
    members |= {"time": {**text, "format": "date-time"}, "sequence": {"type": "string", "pattern": "^[0-9]{20}$"}}
    return {"type": "object", "required": sorted([*members, "data"]), "properties": members}


def _event(name: str) -> dict[str, Any]:
    own = {"type": {"const": f"colophon.{name}.v1"}, "data": {"$ref": f"./{name}.schema.json"}}
    return {"allOf": [{"$ref": "#/components/schemas/envelope"}, {"properties": own}]}


def _json(content: Any) -> str:
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n"
