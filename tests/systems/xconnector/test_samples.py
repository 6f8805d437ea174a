"""Our examples of events: each fits our schema, the published one, and the CloudEvents envelope."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from colophon.errors import InvalidError
from colophon.systems.xconnector.mapping import to_wire
from colophon.systems.xconnector.samples import AT, SAMPLES, json_schema, sample
from colophon_airflow.cli import app
from colophon_sandbox.systems.xconnector.schemas import event_faults

GOLDEN = Path(__file__).resolve().parents[3] / "docs" / "events"


@pytest.mark.parametrize("name", SAMPLES)
def test_an_example_is_valid_for_its_readers_and_for_the_middleware(name: str) -> None:
    """By the schema that the docs publish, and by what the sandbox wrote from the contract."""
    event = json.loads((GOLDEN / f"{name}.sample.json").read_text(encoding="utf-8"))
    assert event == json.loads(json.dumps(to_wire(sample(name))))
    assert (
        list(Draft202012Validator(json.loads((GOLDEN / f"{name}.schema.json").read_text(encoding="utf-8"))).iter_errors(event["data"]))
        == []
    )
    if name != "title.feed":  # its subject names its recipient
        assert event_faults(event) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_the_public_sdk_reads_our_events(name: str) -> None:
    """As a receiver does that knows CloudEvents and nothing of ours: every attribute as we sent it, and an order that is no 32-bit number."""
    from cloudevents.core.formats.json import JSONFormat
    from cloudevents.core.v1.event import CloudEvent

    sent = to_wire(sample(name))
    event = JSONFormat().read(CloudEvent, json.dumps(sent))
    assert (event.get_id(), event.get_source(), event.get_type(), event.get_subject()) == tuple(
        sent[member] for member in ("id", "source", "type", "subject")
    )
    assert (event.get_time(), event.get_dataschema(), event.get_data()) == (AT, sent["dataschema"], sent["data"])
    assert (event.get_extension("sequence"), event.get_extension("sequencetype")) == ("00000000000000000001", None)


def test_the_asyncapi_document_describes_each_example() -> None:
    """Envelope and data; an event of another type does not fit."""
    document = json.loads((GOLDEN / "asyncapi.json").read_text(encoding="utf-8"))
    for name, message in document["components"]["messages"].items():
        own = message["payload"]["allOf"][1]["properties"]
        own["data"] = json.loads((GOLDEN / own["data"]["$ref"]).read_text(encoding="utf-8"))
        check = Draft202012Validator({**message["payload"], "components": document["components"]})
        assert [error.message for error in check.iter_errors(to_wire(sample(name)))] == []
        assert not check.is_valid(to_wire(sample("title.withdrawn" if name != "title.withdrawn" else "party.upserted")))


def test_a_published_schema_refuses_what_is_too_much_and_what_is_missing() -> None:
    """Readers can rely on every member, and on no other."""
    data = dict(SAMPLES["workflow.milestone"][1])
    check = Draft202012Validator(json_schema("workflow.milestone"))
    assert not check.is_valid({**data, "more": 1})
    assert not check.is_valid({name: value for name, value in data.items() if name != "by"})


def test_the_command_prints_an_example_and_names_a_type_that_is_none() -> None:
    """A CloudEvent in JSON, to try a reader with."""
    found = CliRunner().invoke(app, ["events", "sample", "workflow.milestone"])
    assert json.loads(found.stdout)["type"] == "colophon.workflow.milestone.v1"
    with pytest.raises(InvalidError, match="no event type"):
        sample("workflow.mislaid")
