"""Members of an answer, read by the contract's shape."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from colophon.errors import BadShapeError

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Shapes:
    """Reads what a system answers; `system` is its name in errors, which name members and never values."""

    system: str

    def read(self, shape: type[R], body: object) -> R:
        """An answer, or a member of one, as a record.

        :raises BadShapeError: a required member is missing or of another type.
        """
        try:
            return shape.model_validate(body)
        except ValidationError as problem:
            places = sorted({"/".join(str(part) for part in error["loc"]) for error in problem.errors(include_input=False)})
        # Raised out here, so that no traceback carries the values that failed.
        sentence = f"the answer has no {shape.__name__.lstrip('_')} of the contract's shape"
        raise BadShapeError(sentence, system=self.system, evidence=", ".join(places[:10]))

    def member(self, body: object, name: str) -> Any:
        """A required member of a JSON object.

        :raises BadShapeError: there is none.
        """
        if not isinstance(body, dict) or name not in body:
            raise BadShapeError(f"the answer lacks {name}", system=self.system)
        return body[name]

    def named(self, body: object, name: str) -> str:
        """A required member that is a text, such as an id or a state. Raises as `member`."""
        found = self.member(body, name)
        if not isinstance(found, str) or not found:
            raise BadShapeError(f"{name} of the answer is no text", system=self.system)
        return found

    def rows(self, body: object, name: str = "items") -> list[Any]:
        """A required list. Raises as `member`."""
        found = self.member(body, name)
        if not isinstance(found, list):
            raise BadShapeError(f"{name} of the answer is no list", system=self.system)
        return found
