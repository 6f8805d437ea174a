"""Operations: how long write-backs may wait for a person."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class WriteBackTray(BaseModel):
    """Write-backs that a person loads: after `remind_days` in the tray, in a sheet, or loaded and not seen, somebody is reminded; again after as many.

    `sheet_folder`: where import sheets are written, one place for all workers; empty: they are fetched from the desk.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    remind_days: int = Field(default=3, gt=0)
    sheet_folder: str = ""

    @property
    def patience(self) -> timedelta:
        """As time."""
        return timedelta(days=self.remind_days)
