"""What all domain records have in common."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen record; an unknown member is an error, so that a mapping cannot lose one by a typo."""

    model_config = ConfigDict(frozen=True, extra="forbid")
