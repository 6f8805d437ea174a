"""Reads the configuration folder: a file for each part of `Config`, `recipients/*.yaml`, `partners/*.yaml`, `launch_plans/*.yaml`, `campaigns/*.yaml` and `schemes/*.yaml`.

The folder is the one named by the caller or by the environment variable COLOPHON_CONFIG; files that it lacks are
taken from the defaults that ship with the package.
"""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from colophon.config.campaigns import Campaign
from colophon.config.codes import (
    faults_of,
    faults_of_campaign,
    faults_of_campaigns,
    faults_of_partner,
    faults_of_publisher,
    faults_of_scheme,
)
from colophon.config.launch_plans import LaunchPlan
from colophon.config.model import Config, Route
from colophon.config.partners import Partner
from colophon.config.portal import faults_of_portal
from colophon.config.wording import Kind, Words
from colophon.config.wording import faults_of as faults_of_words
from colophon.domain.nearest import nearest
from colophon.errors import BadConfigError, CodeListsMissingError
from colophon.onix.codelists import CodeLists
from colophon.onix.profile import Profile
from colophon.quality.judge import check_severities
from colophon.quality.schemes import Scheme

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SHIPPED = Path(__file__).parent
OWN_FILES, OWN_FOLDERS = ("letters.yaml", "reader_campaigns.yaml"), ("partners", "launch_plans", "campaigns")
"""What ships of these is for the sandbox alone: a publisher's folder that lacks them has no such text, rule, partner, plan or campaign, and so sends no letter by them."""
Part = TypeVar("Part", bound=BaseModel)
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is there, is ten times as fast

_SOUND: set[str] = set()
"""Kinds of notices, with the terms of their languages, whose templates this process found without fault."""


def load_config(folder: str | Path | None = None) -> Config:
    """The publisher's configuration.

    :raises BadConfigError: naming the file, the key and what is wrong with it.
    """
    return _load(_chosen(folder))


def load_part(model: type[Part], name: str, folder: str | Path | None = None) -> Part:
    """One more file of the folder, such as `milestones.yaml`, by its own model. Errors as `load_config`."""
    return _parse(model, _find(_chosen(folder), name))


def _chosen(folder: str | Path | None) -> Path:
    chosen = Path(folder or os.environ.get("COLOPHON_CONFIG") or SHIPPED)
    if not chosen.is_dir():
        raise BadConfigError(f"the configuration folder {chosen} does not exist")
    return chosen


def forget_config() -> None:
    """Read the files anew at the next call: a process that outlives a change of them sees it."""
    _load.cache_clear()


@cache
def _load(folder: Path) -> Config:
    routes = _find(folder, "routes.yaml")
    models = {name: field.annotation for name, field in Config.model_fields.items()}
    parts = {
        name: model for name, model in models.items() if isinstance(model, type) and issubclass(model, BaseModel) and model is not Words
    }
    config = Config(
        **{name: _parse(model, _find(folder, f"{name}.yaml")) for name, model in parts.items() if _is_there(folder, f"{name}.yaml")},
        routes=tuple(_build(Route, entry, routes) for entry in _read(routes).get("routes", [])),
        recipients=_recipients(folder),
        partners=_named(Partner, folder, "partners"),
        launch_plans=_named(LaunchPlan, folder, "launch_plans"),
        campaigns=_named(Campaign, folder, "campaigns"),
        schemes=_schemes(folder),
        words=_words(folder),
    )
    _check_plans(config)
    if fault := config.media.faults(dict(config.launches.stages)):
        raise BadConfigError(f"media.yaml: {fault}")
    _check_codes(config)
    portal = (config.portal_channels, config.portal_categories, config.portal_links)
    for file, fault in faults_of_portal(*portal, config.recipients, config.readiness.assets).items():
        raise BadConfigError(f"{file}: {fault}")
    return config


def _check_plans(config: Config) -> None:
    """A step by a template that there is not would be told to nobody."""
    known = config.launch_communications.templates
    for plan in config.launch_plans.values():
        for number, step in enumerate(plan.steps):
            if step.template not in known:
                where = f"launch_plans/{plan.id}.yaml: steps.{number}.template"
                raise BadConfigError(f"{where}: {nearest(step.template, known, 'template')}")


def _check_codes(config: Config) -> None:
    """Codes against the code lists. Without the lists nothing can be written either, and that says so itself."""
    try:
        lists = CodeLists.load(config.publisher.code_lists)
    except CodeListsMissingError:
        return
    faults = {"publisher.yaml": faults_of_publisher(config.publisher, lists)}
    faults |= {f"{name}.yaml": faults_of(profile, config.publisher, lists) for name, profile in config.recipients.items()}
    faults |= {f"partners/{name}.yaml": faults_of_partner(each, config.recipients, lists) for name, each in config.partners.items()}
    faults |= {
        f"campaigns/{name}.yaml": faults_of_campaign(each, config.reader_campaigns, lists) for name, each in config.campaigns.items()
    }
    faults["reader_campaigns.yaml"] = faults_of_campaigns(config.reader_campaigns, lists)
    for file, found in faults.items():
        if found:
            raise BadConfigError(f"{file}: " + "; ".join(f"{key}: {what}" for key, what in found))


def _recipients(folder: Path) -> dict[str, Profile]:
    profiles = _named(Profile, folder, "recipients")
    if not profiles:
        raise BadConfigError(f"{folder / 'recipients'} holds no recipient: nothing could ever be sent")
    for profile in profiles.values():
        check_severities(profile)
    return profiles


def _named(model: type[Part], folder: Path, name: str) -> dict[str, Part]:
    """A folder of files, each called as the `id` in it says."""
    own, found = folder / name, dict[str, Part]()
    for file in sorted((own if own.is_dir() or name in OWN_FOLDERS else SHIPPED / name).glob("*.yaml")):
        part = _parse(model, file)
        key: str = part.id  # type: ignore[attr-defined]  # all these models have one
        if key != file.stem:
            raise BadConfigError(f"{file.name}: id is {key!r}, and the file's name says {file.stem!r}")
        found[key] = part
    return found


def _schemes(folder: Path) -> tuple[Scheme, ...]:
    own = folder / "schemes"
    files = sorted((own if own.is_dir() else SHIPPED / "schemes").glob("*.yaml"))
    schemes = []
    for file in files:
        schemes.append(_parse(Scheme, file))
        if faults := faults_of_scheme(schemes[-1]):
            raise BadConfigError(f"schemes/{file.name}: " + "; ".join(f"{key}: {what}" for key, what in faults))
    names = [criterion.id for scheme in schemes for criterion in scheme.criteria]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadConfigError(f"schemes: two criteria are called {', '.join(twice)}, and their figures would be added up")
    return tuple(schemes)


def _words(folder: Path) -> Words:
    """What ships, and over it the publisher's own by language. The fields of a kind are its use case's, and so no publisher's."""
    shipped = {file.stem: _read(file) for file in sorted((SHIPPED / "words").glob("*.yaml"))}
    terms = _build(Words, {"terms": _read(_find(folder, "terms.yaml"))}, _find(folder, "terms.yaml")).terms
    kinds: dict[str, Kind] = {}
    for name, content in shipped.items():
        file = _find(folder, f"words/{name}.yaml")
        own = _read(file) if file.parent != SHIPPED / "words" else {}
        languages = {**content["languages"], **(own.get("languages") or {})}
        kinds[name] = _build(Kind, {**content, **own, "example": content["example"], "languages": languages}, file)
        _check_words(kinds[name], terms, file)
    for file in sorted((folder / "words").glob("*.yaml")):
        if file.stem not in kinds:
            near = get_close_matches(file.stem, kinds, n=1, cutoff=0)
            raise BadConfigError(f"words/{file.name}: there is no such kind of notice; did you mean {near[0]}.yaml?")
    return Words(kinds=kinds, terms=terms)


def _check_words(kind: Kind, terms: Mapping[str, Mapping[str, str]], file: Path) -> None:
    """Each template of a kind is rendered, which is worth doing once for the same words."""
    words = repr((kind, terms))
    if words in _SOUND:
        return
    if fault := next(faults_of_words(kind, terms), None):
        raise BadConfigError(f"words/{file.name}: {fault}")
    _SOUND.add(words)


def _is_there(folder: Path, name: str) -> bool:
    """Whether a file is to be read: what the law wants said is no other publisher's to say."""
    return name not in OWN_FILES or (folder / name).exists()


def _find(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).exists() else SHIPPED / name


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Once)  # noqa: S506 - it is a safe one
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadConfigError(f"{file.name} cannot be read: {' '.join(str(problem).split())}") from problem
    if not isinstance(content, dict):
        raise BadConfigError(f"{file.name} must hold names and values at its top level")
    return content


class _Once(_SAFE):  # type: ignore[misc,valid-type]  # which of the two is known when it runs
    """Refuses a key that stands twice: one of its values would be dropped, and nobody would know."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - of the base class
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise yaml.constructor.ConstructorError(None, None, f"{', '.join(twice)} stands there twice", node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _parse(model: type[Part], file: Path) -> Part:
    return _build(model, _read(file), file)


def _build(model: type[Part], content: dict[str, Any], file: Path) -> Part:
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        faults = "; ".join(_in_words(error, model) for error in problem.errors(include_url=False, include_context=False))
        raise BadConfigError(f"{file.name}: {faults}") from problem


def _in_words(error: "ErrorDetails", model: type[BaseModel]) -> str:
    """Key, what is wrong with it, and what was most likely meant."""
    key, kind, given = ".".join(map(str, error["loc"])), error["type"], error["input"]
    if kind == "extra_forbidden" and (near := get_close_matches(str(error["loc"][-1]), _keys(model), n=1)):
        return f"{key}: {error['msg']}; did you mean {near[0]}?"
    if kind == "string_type" and isinstance(given, bool | int):
        return f"{key}: {error['msg']}, and YAML takes it for {given!r}: write it in quotes"
    return f"{key}: {error['msg']}"


def _keys(model: object) -> set[str]:
    """All keys that a file of this model may have, at any depth."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        own = model.model_fields
        return set(own).union(*(_keys(field.annotation) for field in own.values()))
    return set().union(*(_keys(part) for part in get_args(model)))
