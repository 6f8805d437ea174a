"""One file of the configuration folder, by its model: where it is, what is in it, and what is wrong with it in words.

The folder is the one named by the caller or by the environment variable COLOPHON_CONFIG; files that it lacks are
taken from the defaults that ship with the package.
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from colophon.errors import BadConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SHIPPED = Path(__file__).parent
Part = TypeVar("Part", bound=BaseModel)
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is there, is ten times as fast


def load_part(model: type[Part], name: str, folder: str | Path | None = None) -> Part:
    """One more file of the folder, such as `milestones.yaml`, by its own model. Errors as `load_config`."""
    return parse(model, find_file(chosen_folder(folder), name))


def chosen_folder(folder: str | Path | None) -> Path:
    """The configuration folder.

    :raises BadConfigError: there is none.
    """
    chosen = Path(folder or os.environ.get("COLOPHON_CONFIG") or SHIPPED)
    if not chosen.is_dir():
        raise BadConfigError(f"the configuration folder {chosen} does not exist")
    return chosen


def find_file(folder: Path, name: str) -> Path:
    """A file of the folder, or what ships where the folder lacks it."""
    return folder / name if (folder / name).exists() else SHIPPED / name


def read_file(file: Path) -> dict[str, Any]:
    """Names and values of a file.

    :raises BadConfigError: it cannot be read, or holds something else.
    """
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Once)  # noqa: S506 - it is a safe one
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise BadConfigError(f"{file.name} cannot be read: {' '.join(str(problem).split())}") from problem
    if not isinstance(content, dict):
        raise BadConfigError(f"{file.name} must hold names and values at its top level")
    return content


_DAY = "tag:yaml.org,2002:timestamp"


class _Once(_SAFE):  # type: ignore[misc,valid-type]  # which of the two is known when it runs
    """Refuses a key that stands twice: one of its values would be dropped, and nobody would know; and names a day that there is not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - of the base class
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise yaml.constructor.ConstructorError(None, None, f"{', '.join(twice)} stands there twice", node.start_mark)
        for key, value in node.value:
            if value.tag == _DAY:
                try:
                    self.construct_object(value)
                except ValueError as problem:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key.value}: {value.value} is no day", value.start_mark
                    ) from problem
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def parse(model: type[Part], file: Path) -> Part:
    """A file by its model. Raises as `read_file` and `build`."""
    return build(model, read_file(file), file)


def build(model: type[Part], content: dict[str, Any], file: Path) -> Part:
    """A part from what stands in a file.

    :raises BadConfigError: naming the file, the key, what is wrong with it and what was most likely meant.
    """
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
