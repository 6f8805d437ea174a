"""Reads the configuration folder: publisher.yaml, owners.yaml, routes.yaml, limits.yaml, rights_alerts.yaml, milestone_alerts.yaml, rights_notices.yaml,
embargoes.yaml and recipients/*.yaml.

The folder is the one named by the caller or by the environment variable COLOPHON_CONFIG; files that it lacks are
taken from the defaults that ship with the package.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from colophon.config.model import Config, Embargoes, Limits, MilestoneAlerts, Owners, Publisher, RightsAlerts, RightsNotices, Route
from colophon.errors import BadConfigError
from colophon.onix.profile import Profile

SHIPPED = Path(__file__).parent
Part = TypeVar("Part", bound=BaseModel)
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is there, is ten times as fast


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
    routes = _read(_find(folder, "routes.yaml"))
    return Config(
        publisher=_parse(Publisher, _find(folder, "publisher.yaml")),
        owners=_parse(Owners, _find(folder, "owners.yaml")),
        limits=_parse(Limits, _find(folder, "limits.yaml")),
        rights_alerts=_parse(RightsAlerts, _find(folder, "rights_alerts.yaml")),
        milestone_alerts=_parse(MilestoneAlerts, _find(folder, "milestone_alerts.yaml")),
        rights_notices=_parse(RightsNotices, _find(folder, "rights_notices.yaml")),
        embargoes=_parse(Embargoes, _find(folder, "embargoes.yaml")),
        routes=tuple(_build(Route, entry, _find(folder, "routes.yaml")) for entry in routes.get("routes", [])),
        recipients=_recipients(folder),
    )


def _recipients(folder: Path) -> dict[str, Profile]:
    own = folder / "recipients"
    files = sorted((own if own.is_dir() else SHIPPED / "recipients").glob("*.yaml"))
    profiles: dict[str, Profile] = {}
    for file in files:
        profile = _parse(Profile, file)
        if profile.id != file.stem:
            raise BadConfigError(f"{file.name}: id is {profile.id!r}, and the file's name says {file.stem!r}")
        profiles[profile.id] = profile
    if not profiles:
        raise BadConfigError(f"{own} holds no recipient: nothing could ever be sent")
    return profiles


def _find(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).exists() else SHIPPED / name


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_SAFE)  # noqa: S506 - it is a safe one
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadConfigError(f"{file.name} cannot be read: {' '.join(str(problem).split())}") from problem
    if not isinstance(content, dict):
        raise BadConfigError(f"{file.name} must hold names and values at its top level")
    return content


def _parse(model: type[Part], file: Path) -> Part:
    return _build(model, _read(file), file)


def _build(model: type[Part], content: dict[str, Any], file: Path) -> Part:
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors(include_url=False, include_input=False))
        raise BadConfigError(f"{file.name}: {faults}") from problem
