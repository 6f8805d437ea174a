"""Our examples of events: each fits our schema, the published one, and the CloudEvents envelope."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from colophon.errors import InvalidError
from colophon.systems.xconnector.mapping import to_wire
from colophon.systems.xconnector.samples import SAMPLES, json_schema, sample
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
