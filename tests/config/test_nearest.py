"""What is told of a name that there is not."""

from colophon.domain.nearest import near_to, nearest


def test_a_name_that_nothing_is_near_to_is_still_told() -> None:
    """A portal whose mapping names no kind of file at all: the sentence ends, and is no error of its own."""
    assert nearest("cuver", {"sample": "S", "cover": "C"}, "kind of file") == "there is no kind of file 'cuver'; did you mean cover?"
    assert near_to("cover", {}) == ""
