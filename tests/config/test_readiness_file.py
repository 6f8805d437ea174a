"""readiness.yaml: what is wrong with it is named, with what was most likely meant."""

import pytest

from colophon.config.files import SHIPPED
from colophon.config.load import forget_config, load_config
from colophon.errors import BadConfigError

TEXT = (SHIPPED / "readiness.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "copyedit_complete: 20w",
            "copyedit_completed: 20w",
            "there is no milestone 'copyedit_completed'; did you mean copyedit_complete?",
        ),
        ("epub: 10bd}", "epub: 10bd, cover: 24w}", "assets.ebook: cover is of print"),
        ("  ebook: {ebook_cover", "  e-book: {ebook_cover", "there is no kind of format 'e-book'; there are print, ebook, audio"),
        (
            "copyedit_complete: 20w",
            "copyedit_complete: 20 weeks",
            "'20 weeks' is no time before publication; write 26w (weeks) or 10bd (working days)",
        ),
        ("  cover: designer", "  covers: designer", "owners: nothing is called 'covers'; did you mean cover?"),
        ("  editorial: editor\n", "", "owners: editorial has none"),
        ("TRAILER: 30bd", "TRAILER: soon", "'soon' is no time before publication"),
    ],
)
def test_what_cannot_be_is_named(tmp_path, old, new, says) -> None:
    """By its key, when the file is read."""
    assert old in TEXT
    (tmp_path / "readiness.yaml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    forget_config()
    with pytest.raises(BadConfigError) as problem:
        load_config(tmp_path)
    assert says in problem.value.sentence


def test_weeks_are_five_working_days() -> None:
    """As the file that ships has them."""
    rules = load_config().readiness
    assert (rules.metadata, rules.assets["ebook"]["epub"], rules.owner("epub", "production")) == (80, 10, "production")
