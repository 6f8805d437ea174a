"""The portal's files are checked when they are loaded, and the nearest right value is named."""

from pathlib import Path

import pytest

from colophon.config.load import forget_config, load_config
from colophon.errors import BadConfigError
from colophon_airflow.local import config_folder

FAULTS = {
    "portal_locales.yaml": ("locales: {eng: english}", "locales.eng: String should match pattern"),
    "portal_channels.yaml": (
        "channels: {web: [retailer-plane]}",
        "channels.web: there is no recipient 'retailer-plane'; did you mean retailer-plain?",
    ),
    "portal_categories.yaml": (
        'version: 1\nchannels: {"*": {F: Fiction}, wep: {F: Fiction}}',
        "there is no channel 'wep'; did you mean web?",
    ),
    "portal_titles.yaml": ("withdrawn: [wd]", "withdrawn.0: String should match pattern"),
    "portal_texts.yaml": ("longest: {shrt: 350}", "there is no kind of text 'shrt'; did you mean short?"),
    "asset_checks.yaml": (
        "kinds: {cover: {forms: [image/jpg]}}",
        "there is no media type 'image/jpg'; did you mean image/jpeg?",
    ),
    "portal_links.yaml": ("needs: {e-book: [ebook_cover]}", "there is no format 'e-book'; did you mean ebook?"),
}


@pytest.mark.parametrize("file", FAULTS)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, file: str) -> None:
    """By name, at load."""
    text, said = FAULTS[file]
    folder = config_folder(tmp_path)
    (folder / file).write_text(text + "\n", encoding="utf-8")
    forget_config()
    with pytest.raises(BadConfigError) as caught:
        load_config(folder)
    assert said in caught.value.sentence
    assert caught.value.sentence.startswith(file)


def test_a_cover_may_not_be_shared(tmp_path: Path) -> None:
    """Else the printed one would stand on the e-book."""
    folder = config_folder(tmp_path)
    (folder / "portal_links.yaml").write_text("needs: {print: [cover]}\nshared: [cover]\n", encoding="utf-8")
    forget_config()
    with pytest.raises(BadConfigError, match="cover is both needed by a format alone and shared"):
        load_config(folder)
