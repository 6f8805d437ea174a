"""What is said to and by 4ALLPORTAL, typed. Unknown members of an answer are tolerated, missing ones are not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from colophon.errors import BadShapeError
from colophon.http.response import Response
from colophon.http.shapes import Shapes

Cell = tuple[str, str]
"""Territory and channel, such as ("GB", "web")."""

Value = str | tuple[str, ...] | None
read = Shapes("fourallportal").read


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Entry(NamedTuple):
    """One entry of a field: text, texts, or None (which clears), valid for some dimensions; none: for all."""

    value: Value
    dimensions: tuple[tuple[str, str], ...] = ()


class ModuleField(_Wire):
    """A field of a module: its dimensions, and the modules that a link may lead to."""

    name: str
    type: str
    dimensions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


class Module(_Wire):
    """A module with its fields."""

    name: str
    label: str | None = None
    fields: tuple[ModuleField, ...]


class PortalObject(_Wire):
    """An object with the fields that were asked for, as they came: `mapping.entries` reads one, and may find a fault in it."""

    id: str = Field(min_length=1)
    module: str
    type: str | None = None
    mod_time: str
    fields: Mapping[str, Any] = Field(default_factory=dict, repr=False)


class Wanted(NamedTuple):
    """An object as it shall be: only the fields named, and of those only the dimensions named."""

    id: str
    fields: Mapping[str, Sequence[Entry]]


class Written(NamedTuple):
    """What became of one object: `confirmed` (read back equal, or it was so already), `sent`, `skipped`, `failed`."""

    id: str
    changed_fields: tuple[str, ...]
    outcome: str
    code: str = ""
    detail: str = ""


Upsert = Callable[[str, Sequence[Wanted]], list[Written]]
"""Writes objects of a module, and says what became of each, in order."""


class Adopted(NamedTuple):
    """Objects that were there before us: keys known already, keys taken over now, and keys that several objects have."""

    known: int
    new: Mapping[str, str]
    clashes: Mapping[str, tuple[str, ...]]


class File(NamedTuple):
    """A downloaded file: the name that the portal gave it, bytes, SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


class Uploaded(NamedTuple):
    """A file that the DAM has: where it lies on the folder, and the id of its object."""

    path: str
    id: str


class Event(_Wire):
    """One line of the legacy feed. `event_type`: 0 deleted, 1 updated, 2 created; `object_type`: 0 object, 1 derivate, 2 both."""

    id: int
    object_id: str
    event_type: int
    mod_time: str | None = None
    module_name: str
    object_type: int = 0
    field_name: str | None = None


class Events(NamedTuple):
    """Events after one id; `must_scan` when the connector's fields changed, so that older events tell too little."""

    events: tuple[Event, ...]
    last_id: int
    config_hash: str
    must_scan: bool


class Bean(_Wire):
    """An object as the legacy API shows it."""

    id: str | None = None
    properties: Mapping[str, Any] = Field(repr=False)


class Hint(NamedTuple):
    """What a web hook points at. The object is read again; the hook decides nothing."""

    module: str
    object_id: str


Record = TypeVar("Record", bound=BaseModel)
_ENVELOPE = {"id", "module", "type", "mod_time", "mod_time_img", "has_child"}


def portal_object(row: object, fields: Sequence[str]) -> PortalObject:
    """An object of an answer, with every field that was asked for. Raises BadShapeError, naming members.

    A field that is left out is not an empty one: taken for empty, a write would drop the entries of others.
    """
    if not isinstance(row, dict):
        raise BadShapeError("an object is expected", system="fourallportal")
    if left_out := [name for name in fields if name not in row]:
        raise BadShapeError("an object lacks fields that we asked for", system="fourallportal", evidence=", ".join(left_out)[:200])
    values = {name: value for name, value in row.items() if name not in _ENVELOPE}
    return read(PortalObject, {**{name: row[name] for name in _ENVELOPE & set(row)}, "fields": values})


def quiet(answer: Response) -> None:
    """A success whose body the contract does not state: nothing, or JSON. Raises UnexpectedAnswerError for a page of somebody else."""
    if answer.content and 200 <= answer.status < 300:
        answer.json()
