"""A publisher's folder with fewer recipients than ship: for what is the same at each."""

from pathlib import Path


def keep_recipients(config: Path, *names: str) -> None:
    """These get feeds, and the others are nobody's. The portal's shipped channels name one of those."""
    for profile in (config / "recipients").glob("*.yaml"):
        if profile.stem not in names:
            profile.unlink()
    (config / "portal_channels.yaml").write_text("channels: {web: []}\n", encoding="utf-8")
