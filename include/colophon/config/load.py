"""Reads the configuration folder: a file for each part of `Config`, `recipients/*.yaml`, `partners/*.yaml`, `launch_plans/*.yaml`, `campaigns/*.yaml` and `schemes/*.yaml`."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from colophon.config.campaigns import Campaign
from colophon.config.codes import (
    faults_of,
    faults_of_campaign,
    faults_of_campaigns,
    faults_of_partner,
    faults_of_publisher,
    faults_of_scheme,
)
from colophon.config.files import SHIPPED, Part, build, chosen_folder, find_file, parse, read_file
from colophon.config.launch_plans import LaunchPlan
from colophon.config.model import Config, Route
from colophon.config.partners import Partner
from colophon.config.portal import faults_of_portal
from colophon.config.wording import Kind, Words
from colophon.config.wording import faults_of as faults_of_words
from colophon.domain.nearest import nearest
from colophon.errors import BadConfigError, CodeListsMissingError
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.profile import Profile
from colophon.quality.judge import check_severities
from colophon.quality.schemes import Scheme

OWN_FILES, OWN_FOLDERS = ("letters.yaml", "reader_campaigns.yaml"), ("partners", "launch_plans", "campaigns")
"""What ships of these is for the sandbox alone: a publisher's folder that lacks them has no such text, rule, partner, plan or campaign, and so sends no letter by them."""

_SOUND: set[str] = set()
"""Kinds of notices, with the terms of their languages, whose templates this process found without fault."""


def load_config(folder: str | Path | None = None) -> Config:
    """The publisher's configuration.

    :raises BadConfigError: naming the file, the key and what is wrong with it.
    """
    return _load(chosen_folder(folder))


def forget_config() -> None:
    """Read the files anew at the next call: a process that outlives a change of them sees it."""
    _load.cache_clear()


@cache
def _load(folder: Path) -> Config:
    routes = find_file(folder, "routes.yaml")
    models = {name: field.annotation for name, field in Config.model_fields.items()}
    parts = {
        name: model for name, model in models.items() if isinstance(model, type) and issubclass(model, BaseModel) and model is not Words
    }
    config = Config(
        **{name: parse(model, find_file(folder, f"{name}.yaml")) for name, model in parts.items() if _is_there(folder, f"{name}.yaml")},
        routes=tuple(build(Route, entry, routes) for entry in read_file(routes).get("routes", [])),
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
        lists = load_code_lists(config.publisher.code_lists)
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
        part = parse(model, file)
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
        schemes.append(parse(Scheme, file))
        if faults := faults_of_scheme(schemes[-1]):
            raise BadConfigError(f"schemes/{file.name}: " + "; ".join(f"{key}: {what}" for key, what in faults))
    names = [criterion.id for scheme in schemes for criterion in scheme.criteria]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadConfigError(f"schemes: two criteria are called {', '.join(twice)}, and their figures would be added up")
    return tuple(schemes)


def _words(folder: Path) -> Words:
    """What ships, and over it the publisher's own by language. The fields of a kind are its use case's, and so no publisher's."""
    shipped = {file.stem: read_file(file) for file in sorted((SHIPPED / "words").glob("*.yaml"))}
    terms = build(Words, {"terms": read_file(find_file(folder, "terms.yaml"))}, find_file(folder, "terms.yaml")).terms
    kinds: dict[str, Kind] = {}
    for name, content in shipped.items():
        file = find_file(folder, f"words/{name}.yaml")
        own = read_file(file) if file.parent != SHIPPED / "words" else {}
        languages = {**content["languages"], **(own.get("languages") or {})}
        kinds[name] = build(Kind, {**content, **own, "example": content["example"], "languages": languages}, file)
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
