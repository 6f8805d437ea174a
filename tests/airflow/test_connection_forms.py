"""Every connection type's form in Airflow: complete, honest about what the client takes, and behind it a hook that works."""

from dataclasses import MISSING, fields
from importlib import import_module
from importlib.util import find_spec

import pytest
from pydantic_core import PydanticUndefined

from colophon.http.settings import COMMON_KEYS
from colophon_airflow import local
from colophon_airflow.cli import doctor
from colophon_airflow.provider_info import get_provider_info
from colophon_airflow.systems.hook import SystemHook

FORMS = {kind["connection-type"]: kind for kind in get_provider_info()["connection-types"]}
NEVER_CALLS_US = {"consonance": {"hook_scheme"}}
"""Keys that every client takes and that mean nothing for one."""
each_form = pytest.mark.parametrize("kind", FORMS)


def own_keys(kind):
    """The keys of `extra` that are the client's own, with their defaults."""
    module = import_module(f"colophon.systems.{kind}.settings")
    if hasattr(module, "Extra"):
        return {name: field.get_default(call_default_factory=True) for name, field in module.Extra.model_fields.items()}
    ours = {"http", "key", "connection", "rest_key"}
    return {item.name: item.default for item in fields(module.ConsonanceSettings) if item.name not in ours and item.default is not MISSING}


@each_form
def test_form_is_complete(kind):
    """A name, a label for each field that is not hidden, and an example for each that must be filled in."""
    form = FORMS[kind]
    assert form["hook-name"]
    behaviour = form["ui-field-behaviour"]
    shown = {"host", "login", "password", "port", "schema"} - set(behaviour["hidden-fields"])
    assert {"host", "password"} <= shown
    assert set(behaviour["relabeling"]) == shown
    assert set(behaviour["placeholders"]) >= {"host", "password"}
    for name, field in form["conn-fields"].items():
        assert field["label"], name
        assert field["description"].endswith((".", ")", "}")), name


@each_form
def test_hook_is_there_and_tests_its_connection(kind):
    """The class imports, is the one that `colophon doctor` uses, and has checks of its own."""
    module, _, name = FORMS[kind]["hook-class-name"].rpartition(".")
    hook = getattr(import_module(module), name)
    assert issubclass(hook, SystemHook)
    assert (hook.conn_type, hook.hook_name) == (kind, FORMS[kind]["hook-name"])
    assert hook.default_conn_name == f"{kind}_default"
    assert "_checks" in vars(hook)
    assert hook(**{hook.conn_name_attr: "some"}).conn_id == "some", "as Airflow's Test button makes it"
    assert doctor.hook_class(kind) is hook


@each_form
def test_form_offers_what_the_client_takes_and_nothing_else(kind):
    """No key is refused that the form offers, none can be set only by those who know the code."""
    assert set(FORMS[kind]["conn-fields"]) == (set(own_keys(kind)) | COMMON_KEYS) - NEVER_CALLS_US.get(kind, set())


@each_form
def test_form_shows_the_defaults_that_hold(kind):
    """What the form fills in by itself is what the client does without it."""
    for name, default in own_keys(kind).items():
        shown = FORMS[kind]["conn-fields"][name]["schema"]["default"]
        must_be_given = default is PydanticUndefined
        assert shown == default or (shown in (None, "{}") and (must_be_given or not default)), name


@each_form
def test_secrets_are_not_shown(kind):
    """Whatever is called a secret, a password, credentials or a link that is a key is typed in like a password, and masked in logs."""
    form = FORMS[kind]["conn-fields"]
    secret = {name for name in form if name.endswith(("_secret", "_password", "_credentials")) or name in {"ical_url", "seal_key"}}
    assert {name for name, field in form.items() if field["schema"].get("format") == "password"} == secret
    masked = doctor.hook_class(kind).secret_extras({name: f"c4n4ry-{name}" for name in secret})
    assert {f"c4n4ry-{name}" for name in secret} <= set(masked)


def test_every_type_has_a_local_connection_and_a_place_in_the_compose_file():
    """`make up`, docker-compose.yaml and .env.example name the default connection of every type that the doctor checks."""
    names = {f"AIRFLOW_CONN_{kind.upper()}_DEFAULT" for kind in doctor.HOOKS}
    assert set(local.connections("http://127.0.0.1:8900")) == names
    for file in ("docker-compose.yaml", ".env.example"):
        text = (local.PROJECT / file).read_text(encoding="utf-8")
        assert {name for name in names if name in text} == names, file


def test_the_doctor_knows_every_type():
    """Its table and the forms name the same types, save one whose hook is not there."""
    assert {kind for kind, path in doctor.HOOKS.items() if find_spec(path.rpartition(".")[0])} == set(FORMS)
