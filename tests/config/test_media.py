"""`media.yaml`: what cannot work is refused where it is read."""

import json
from pathlib import Path

import pytest

from colophon.config import load_config
from colophon.config.load import forget_config
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
