"""Quality schemes as data: what was sent in time counts, gaps are named, and the least work comes first."""

from datetime import UTC, date, datetime, timedelta

import pytest
from clean_record import BOOK, CLEAN, PROFILE
from pydantic import ValidationError

from colophon.config.load import load_config
from colophon.errors import BadConfigError
from colophon.onix.fields import FIELDS
from colophon.onix.write import product_xml
from colophon.quality.figures import figures, lacking, lacking_in, moments
from colophon.quality.forecast import forecast
from colophon.quality.schemes import Criterion

ON = date(2026, 5, 1)
SCHEMES = load_config().schemes
WRITTEN = product_xml(CLEAN, PROFILE)
SHORT = product_xml(CLEAN, PROFILE.model_copy(update={"tags": "short"}))
SOON = BOOK.model_copy(update={"publication_on": ON + timedelta(weeks=10)})
DEADLINE = datetime(2026, 3, 21, tzinfo=UTC)  # the end of 20 March, 16 weeks before 10 July


def met(products, sent=None, figure="complete_16_weeks_before"):
    """(met, of) of a figure."""
    rows = [row for row in figures(products, ON, SCHEMES, sent or {}) if row.figure == figure]
    return [(row.met, row.of) for row in rows]


def test_complete_in_time_is_what_had_been_sent_by_then() -> None:
    """A record that is complete today was late all the same; one that went complete stays so, whatever became of it."""
    assert moments([SOON], ON, SCHEMES) == {(SOON.subject, DEADLINE)}
    bare = SOON.model_copy(update={"contributors": (), "prices": ()})
    assert met([SOON]) == [(0, 1)]
    assert met([bare], {(SOON.subject, DEADLINE): [WRITTEN]}) == [(1, 1)]
    assert met([SOON], {(SOON.subject, DEADLINE): [WRITTEN.replace(b"PriceAmount", b"PriceCoded")]}) == [(0, 1)]
    assert met([BOOK]) == []  # it is published


@pytest.mark.parametrize("content", [WRITTEN, SHORT], ids=["reference", "short"])
def test_a_complete_record_shows_each_field_in_either_kind_of_tags(content: bytes) -> None:
    """All but the text about the contributor, which the clean record has not; and no field is found in what has none."""
    assert lacking_in(content, FIELDS) == lacking(BOOK, FIELDS) == ["about"]
    assert lacking_in(b"<Product><RecordReference>x</RecordReference></Product>", FIELDS) == list(FIELDS)


def test_the_least_work_comes_first() -> None:
    """Two titles lack the cover alone and one a price and a text: with the covers the share is reached."""
    criterion = next(c for scheme in SCHEMES for c in scheme.criteria if c.id == "available_complete")
    titles = [BOOK, BOOK.model_copy(update={"prices": (), "texts": ()}), *[BOOK.model_copy(update={"resources": ()})] * 3]
    rows = figures(titles, ON, SCHEMES, {})
    way = forecast(criterion, {row.figure: (row.met, row.of) for row in rows})
    assert way.titles == 3  # of 5, where 80 % are wanted
    first, *others = way.steps
    assert (first.field, first.alone, first.lacking, first.share, first.is_enough) == ("approved cover", 3, 3, 80.0, True)
    assert {(step.field, step.alone) for step in others} == {("price", 0), ("description", 0)}
    assert forecast(criterion, {"available_complete": (8, 10)}).steps == ()


def test_a_scheme_that_is_over_is_not_measured() -> None:
    """Nor one that has not begun; where none holds there are no figures."""
    [mea] = [scheme for scheme in SCHEMES if scheme.id == "bic-metadata-excellence"]
    assert all(criterion.wanted is None and criterion.gap for criterion in mea.criteria)
    assert not mea.holds(date(2022, 6, 30))
    over = mea.model_copy(update={"valid_to": ON - timedelta(days=1)})
    assert figures([SOON], ON, [over], {}) == []


@pytest.mark.parametrize(("change", "word"), [({"wanted": None}, "gap"), ({"id": "x" * 27}, "id")])
def test_a_criterion_that_cannot_be_measured_is_refused(change: dict, word: str) -> None:
    """A share that nobody states without saying so, a name that the ledger could not keep."""
    good = {"id": "mine", "name": "Mine", "titles": "available", "fields": ("isbn",), "wanted": 50}
    assert Criterion(**good)
    with pytest.raises(ValidationError, match=word):
        Criterion(**{**good, **change})
    assert max(map(len, FIELDS)) <= 40 - 26 - 1


def test_two_criteria_of_one_name_are_refused(tmp_path) -> None:
    """Their figures would be added up."""
    (tmp_path / "schemes").mkdir()
    text = "\n".join(
        ["name: A", "source: s", "valid_from: 2020-01-01", "criteria:", "  - {id: aa, name: A, titles: new, fields: [isbn], wanted: 5}"]
    )
    for name in ("a", "b"):
        (tmp_path / "schemes" / f"{name}.yaml").write_text(f"id: {name}\n{text}\n", encoding="utf-8")
    with pytest.raises(BadConfigError, match="aa"):
        load_config(tmp_path)


def test_a_criterion_of_a_field_that_no_title_has_is_refused(tmp_path) -> None:
    """No title could ever meet it; the file, the place and the nearest field are named."""
    (tmp_path / "schemes").mkdir()
    criteria = "criteria: [{id: aa, name: A, titles: new, fields: [isbn, covers], wanted: 5}]"
    (tmp_path / "schemes" / "a.yaml").write_text(f"id: a\nname: A\nsource: s\nvalid_from: 2020-01-01\n{criteria}\n", encoding="utf-8")
    with pytest.raises(BadConfigError, match=r"schemes/a\.yaml: criteria\.0\.fields: there is no field 'covers'; did you mean cover\?"):
        load_config(tmp_path)
