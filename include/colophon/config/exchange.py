"""Who takes part in the rights and royalty exchange, and who owns what: `exchange.yaml`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Exchange(BaseModel):
    """The kind of event of each recipient, who owns what, after how many days a payment is overdue. `version` rises with each change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(gt=0)
    recipients: dict[str, Literal["royalty.terms", "rights.terms", "royalty.statement"]]
    owners: dict[Literal["obligations", "payments", "availability"], Literal["ours", "theirs"]]
    overdue_days: int = Field(gt=0)
