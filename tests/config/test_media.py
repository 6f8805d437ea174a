"""`media.yaml`: what cannot work is refused where it is read."""

import json
from pathlib import Path

import pytest

from colophon.config.load import forget_config, load_config
from colophon.config.media import MediaTemplate
from colophon.errors import BadConfigError


def test_settings_that_cannot_work_name_the_nearest_that_can(tmp_path: Path) -> None:
    """An input, a stage and a kind that there are not; a sample of 59 seconds, which no retailer takes."""
    sound = {
        "kind": "TRAILER",
        "version": "1",
        "shapes": ["16x9"],
        "seconds": 60,
        "stage": "preorder",
        "asset": "cover",
        "inputs": ["title"],
    }
    for change, says in (
        ({"inputs": ["titel"]}, "did you mean title?"),
        ({"stage": "pre-order"}, "did you mean preorder?"),
        ({"kind": "TRAILR"}, "'TRAILER'"),
        ({"kind": "AUDIO_SAMPLE", "seconds": 59}, "60 to 300, and not 59"),
        ({"kind": "AUDIO_SAMPLE", "seconds": 301}, "60 to 300, and not 301"),
        ({"assett": "x"}, "did you mean asset?"),
    ):
        (tmp_path / "media.yaml").write_text(json.dumps({"videos": {"trailer": {**sound, **change}}}))
        forget_config()
        with pytest.raises(BadConfigError, match=says.replace("?", r"\?")):
            load_config(tmp_path)


@pytest.mark.parametrize(
    ("kind", "asset", "seconds", "lasts"), [("TRAILER", "cover", 60, "60"), ("AUDIO_SAMPLE", "audio_master", 240, "60-240"), ("EXCERPT", "audio_master", 90, "30-90")]
)  # fmt: skip
def test_a_recording_that_is_short_itself_gives_a_shorter_sample(kind: str, asset: str, seconds: int, lasts: str) -> None:
    """No shorter than its kind allows; a picture can be shown as long as is said."""
    told = {"kind": kind, "version": "1", "shapes": ["16x9"], "seconds": seconds, "stage": "announce", "asset": asset, "inputs": ["title"]}
    assert MediaTemplate.model_validate(told).lasts == lasts
