"""A video as an asset of its titles: what was read of it, and what Consonance is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from colophon.domain.product import Product
from colophon.systems.bytenite.records import Placement, Video


class Asset(BaseModel):
    """A record as it was read; `refused` names its links that lead elsewhere than the connection allows, or that end."""

    model_config = ConfigDict(extra="ignore")

    video: Video
    placements: tuple[Placement, ...]
    refused: tuple[str, ...] = ()

    @property
    def isbn(self) -> str | None:
        """The first title's."""
        return next(iter(self.isbns), None)

    @property
    def isbns(self) -> Sequence[str]:
        """Those of all its titles."""
        return self.video.isbns or ()

    @property
    def subject(self) -> str:
        """How exceptions call the video."""
        return f"video:{self.video.external_id}"[:200]

    @property
    def at(self) -> datetime:
        """When it last changed, or one of its placements did."""
        return max([self.video.updated_at, *(p.updated_at for p in self.placements if p.updated_at)])

    @property
    def status(self) -> str:
        """In Consonance's words. Published is what is live somewhere, unpublished what was, or what is on hold."""
        if self.video.status != "READY":
            return {"ARCHIVED": "WITHDRAWN", "FAILED": "FAILED", "DRAFT": "DRAFT"}.get(self.video.status, "PROCESSING")
        states = {p.state for p in self.placements}
        is_down = self.video.on_hold or bool(states & {"REMOVED", "ON_HOLD"})
        return "PUBLISHED" if "LIVE" in states else "UNPUBLISHED" if is_down else "READY"

    def members(self, work: int, formats: Sequence[Product], url: str) -> dict[str, Any]:
        """What is told of it to one of its titles: of one format that format's, of several the work's."""
        video, content = self.video, dict(self.video.content or {})
        told: dict[str, Any] = {
            "workId": work,
            "productId": formats[0].id if len(formats) == 1 else None,
            "kind": "AUDIO" if str(content.get("mediaType", "")).startswith("audio/") else "VIDEO",
            "title": video.title,
            "url": url,
            "thumbnailUrl": video.thumbnail_url,
            "durationSeconds": content.get("durationSeconds"),
            "mediaType": content.get("mediaType"),
            "format": f"{content['width']}x{content['height']}" if content.get("width") and content.get("height") else None,
            "sha256": content.get("sha256"),
            "version": content.get("version"),
            "status": self.status,
            "source": "bytenite",
            "externalId": video.video_id,
            "campaign": video.campaign,
        }
        return {name: value for name, value in told.items() if value is not None}


def subject_of(video: str, number: int = 1) -> str:
    """How the ledger calls what one of a video's titles is told of it."""
    return f"video:{video}/asset" if number == 1 else f"video:{video}/asset/{number}"
