"""Reports of what a recipient rejects, in its own forms: what they say, what is refused when the profile is loaded, and hostile files."""

import contextlib
import gzip
import io
import re
import zipfile
from base64 import b64encode
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from colophon.config.load import load_config
from colophon.errors import BadConfigError, BadRecordError
from colophon.onix import reject_reports
from colophon.onix.reject_reports import read
from colophon.onix.rejects import Rejects

ONE, TWO, THREE = "9781999000011", "9781999000028", "9781999000035"
TABLE = {
    "columns": {"record": ("ISBN", "EAN"), "status": "Status", "code": "Code", "words": "Reason"},
    "accepted": ("OK",),
    "rejected": ("Rejected",),
}
CSV = Rejects(format="csv", **TABLE)
XLSX = Rejects(format="xlsx", **TABLE)
HTML = Rejects(format="html", **TABLE)
LETTER = Rejects(format="text", lines=("{record} [{code}] {words}", "{record} ({words})"), whole=("batch was refused: {words}",))
ROWS = [("ISBN", "Status", "Code", "Reason"), (ONE, "REJECTED", "P1", "Price missing"), ("978-1-999000-02-8", "ok", "", "")]


def workbook(rows: list[tuple[object, ...]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def page(rows: list[tuple[str, ...]]) -> bytes:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><body><table>{lines}</table></body></html>".encode()


def said(content: bytes, rejects: Rejects, name: str = "") -> list[tuple[str, str, str, str]]:
    """ISBN, status, code and words of each record of a report about one message."""
    [report] = read(content, rejects, name)
    return [
        (
            record.isbn or record.record_reference,
            record.status,
            *((record.details[0].code, record.details[0].text) if record.details else ("", "")),
        )
        for record in report.records
    ]


EXPECTED = [(ONE, "03", "P1", "Price missing"), (TWO, "00", "", "")]


@pytest.mark.parametrize(
    ("content", "rejects"),
    [
        ("\n".join(";".join(row) for row in ROWS).encode(), CSV),
        ("\n".join("\t".join(row) for row in ROWS).encode("utf-16"), CSV),
        (b"\xef\xbb\xbf" + "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS).encode(), CSV),
        (("Rejects of the week\n\n" + "\n".join("|".join(row) for row in ROWS)).encode("cp1252"), CSV),
        (workbook(ROWS), XLSX),
        (workbook([ROWS[0], (int(ONE), *ROWS[1][1:]), (float(TWO), "OK", None, None)]), XLSX),
        (page(ROWS), HTML),
        (page([("Welcome",)])[:-14] + page(ROWS)[12:], HTML),
        (b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + page(ROWS), HTML),
    ],
    ids=[
        "semicolons",
        "utf-16 tabs",
        "quoted with a mark",
        "rows above",
        "workbook",
        "numbers in cells",
        "page",
        "two tables",
        "in a mail",
    ],
)
def test_a_table_says_which_are_rejected_and_why(content: bytes, rejects: Rejects) -> None:
    """Whatever its form, it is the same."""
    assert said(content, rejects) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_the_words_of_any_encoding_are_whole(encoding: str) -> None:
    """Recognised by their bytes."""
    assert (
        said(f"ISBN;Status;Code;Reason\n{ONE};Rejected;;Preis für Österreich fehlt".encode(encoding), CSV)[0][3]
        == "Preis für Österreich fehlt"
    )


def test_a_table_without_headings_and_status_lists_rejects() -> None:
    """Columns by number; a heading that is there all the same is none of its records."""
    rejects = Rejects(format="html", columns={"record": 1, "words": 2})
    assert said(page([(ONE, "Price missing")]), rejects) == [(ONE, "03", "", "Price missing")]
    assert said(page([("ISBN", "Why"), (ONE, "Price missing")]), rejects) == [(ONE, "03", "", "Price missing")]


@pytest.mark.parametrize(
    "text",
    [
        f"Dear publisher, the following ISBNs were rejected: {ONE} (no USD price), 978-1-999000-02-8 (no cover).",
        f"Rejects:\n\n  {ONE} (no USD price)\n> 978-1-999000-02-8   (no cover)\n\nKind regards",
    ],
)
def test_a_letter_in_plain_words(text: str) -> None:
    """As people write them."""
    assert said(text.encode(), LETTER) == [(ONE, "03", "", "no USD price"), (TWO, "03", "", "no cover")]


SPANS = f"""<table><tr><th colspan="2">ISBN</th><th>Reason</th></tr><tr><td rowspan="2">{ONE}</td><td>A title</td><td>no price</td></tr>
<tr><td>A title</td><td>no date</td></tr></table><p>More:</p><table><tr><th>ISBN</th><th>Reason</th></tr><tr><td>{TWO}</td><td>no cover</td></tr></table>"""
REASONS = {"columns": {"record": "ISBN", "words": "Reason"}}
MERGED = [("ISBN", "Reason"), (ONE, "no price"), (None, "no date"), ("ISBN", "Reason"), (TWO, "no cover")]
POST = b"X-Spam-Status: No\nDKIM-Signature: v=1;\n b=x\nFrom: shop@shop.example\nMIME-Version: 1.0\nContent-Type: "


LINES = f"ISBN;Reason\n{ONE};no price\n;no date\n{TWO};no cover".encode()


def zipped(name: str, content: bytes) -> bytes:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return to.getvalue()


def attached(name: str, content: bytes) -> bytes:
    """An e-mail that brings a file."""
    start = b"multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nSee the file.\n--x\nContent-Type: application/octet-stream\n"
    file = b"Content-Disposition: attachment; filename=" + name.encode() + b"\nContent-Transfer-Encoding: base64\n\n"
    return POST + start + file + b64encode(content) + b"\n--x--\n"


@pytest.mark.parametrize(
    ("content", "rejects"),
    [
        (SPANS.encode(), Rejects(format="html", **REASONS)),
        (SPANS.replace("<table>", '<meta charset="iso-8859-1"><table>', 1).encode(), Rejects(format="html", **REASONS)),
        (workbook(MERGED), Rejects(format="xlsx", **REASONS)),
        (attached("Rejects.XLSX", workbook(MERGED)), Rejects(format="xlsx", **REASONS)),
        (attached("rejects.csv", LINES), Rejects(format="csv", **REASONS)),
        (zipped("rejects.xlsx", workbook(MERGED)), Rejects(format="xlsx", **REASONS)),
        (attached("rejects.csv.zip", zipped("rejects.csv", LINES)), Rejects(format="csv", **REASONS)),
        (attached("week.gz", gzip.compress(LINES)), Rejects(format="csv", **REASONS)),
        (f'ISBN;Reason\n="{ONE}";no price\n\'{ONE};no date\n{TWO}.0;no cover'.encode(), Rejects(format="csv", **REASONS)),
        (
            POST
            + f"text/html\n\n<p>{ONE} (no price)</p><p>{ONE} (no date)</p><p>978\u20131\u2013999000\u201302\u20118 (no cover)".encode(),
            LETTER,
        ),
    ],
    ids=[
        "spans and two tables",
        "a wrong charset",
        "merged cells and headings again",
        "a workbook by post",
        "CSV by post",
        "a zipped workbook",
        "zipped CSV by post",
        "packed CSV by post",
        "as Excel writes",
        "HTML letter",
    ],
)
def test_no_reason_is_lost_in_the_form(content: bytes, rejects: Rejects) -> None:
    """Cells that span others, several tables, headings of each page, numbers as word processors and spreadsheets set them, attached files."""
    assert said(content, rejects) == [(ONE, "03", "", "no price"), (ONE, "03", "", "no date"), (TWO, "03", "", "no cover")]
    assert read(content, rejects)[0].unclear == ()


def test_a_letter_as_it_comes_from_the_post() -> None:
    """Its headers are no text, its body is unpacked; a word above the lines holds for them, and one of their own before that."""
    body = f"Accepted:\n{TWO}\nNot accepted:\n{ONE} - no accepted price in €\n{THREE}\n"
    letter = b"From: shop@shop.example\nSubject: Your batch 12\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
    letter += b"Content-Transfer-Encoding: base64\n\n" + b64encode(body.encode())
    words = {"accepted": ("accepted",), "rejected": ("not accepted",)}
    rejects = Rejects(format="text", lines=("{record} - {words}", "{record}"), message="your batch {message}", **words)
    assert said(letter, rejects) == [(TWO, "00", "", ""), (ONE, "03", "", "no accepted price in €"), (THREE, "03", "", "")]
    assert read(letter, rejects)[0].message_number == 12


def test_of_several_attached_files_none_is_read() -> None:
    """Which one is meant nobody knows, and the others would be lost; another kind of file beside it is no matter."""
    one, text = attached("one.csv", LINES), attached("read me.txt", b"Regards")
    part, of_text = one.partition(b"--x\nContent-Type: application")[2], text.partition(b"--x\nContent-Type: application")[2]
    both, beside = (one.removesuffix(b"--x--\n") + b"--x\nContent-Type: application" + more for more in (part, of_text))
    with pytest.raises(BadRecordError, match="2 files, and one is read"):
        read(both, Rejects(format="csv", **REASONS))
    assert read(beside, Rejects(format="csv", **REASONS)) == read(one, Rejects(format="csv", **REASONS))
    assert read(b"From shop@shop.example Mon Jan  5\n" + one, Rejects(format="csv", **REASONS)) == read(
        one, Rejects(format="csv", **REASONS)
    )


def test_a_whole_message_is_rejected() -> None:
    """In a table by a row without a record, in a letter by its sentence."""
    for content, rejects in (
        (b"ISBN;Status;Code;Reason\n;REJECTED;E17;Unknown sender", CSV),
        (b"Your batch was refused: Unknown sender", LETTER),
    ):
        [report] = read(content, rejects)
        assert (report.status, [detail.text for detail in report.details], report.records) == ("01", ["Unknown sender"], ())


def test_which_message_is_meant() -> None:
    """By a column, for several messages at once; by the file's name; by a line above the table."""
    by_column = Rejects(format="csv", columns={"record": "ISBN", "message": "Batch"}, message="column")
    reports = read(f"ISBN;Batch\n{ONE};7\n{TWO};8\n{THREE};7".encode(), by_column)
    assert {report.message_number: [record.isbn for record in report.records] for report in reports} == {7: [ONE, THREE], 8: [TWO]}
    by_text = Rejects(format="csv", columns={"record": "ISBN"}, message="batch {message}")
    assert read(f"Errors in BATCH  0012\nISBN\n{ONE}".encode(), by_text)[0].message_number == 12
    assert (
        read(f"ISBN\n{ONE}".encode(), Rejects(format="csv", columns={"record": "ISBN"}, message="rejects_{message}.csv"), "rejects_9.csv")[
            0
        ].message_number
        == 9
    )


def test_records_under_our_reference() -> None:
    """Where the recipient keeps it."""
    rejects = Rejects(format="csv", columns={"record": "Ref"}, named_by="reference")
    assert [record.record_reference for record in read(b"Ref\ncom.example.7\n", rejects)[0].records] == ["com.example.7"]


@pytest.mark.parametrize(
    ("row", "entry"),
    [
        (f"{ONE};Pending;;", f"{ONE}; Pending"),
        (f"{ONE};;;Price", f"{ONE}; Price"),
        ("9781999000012;Rejected;P1;Price", "9781999000012; Rejected; P1; Price"),
        (";OK;;", "OK"),
    ],
    ids=["a new word", "no word", "no ISBN", "no record"],
)
def test_what_nobody_can_understand_is_told(row: str, entry: str) -> None:
    """And is neither a rejection nor an acceptance; the other rows are read."""
    [report] = read(f"ISBN;Status;Code;Reason\n{TWO};OK;;\n{row}\n".encode(), CSV)
    assert ([record.isbn for record in report.records], report.unclear) == ([TWO], (entry,))


def test_a_number_that_no_line_explains_is_told() -> None:
    """A letter whose words changed loses no title."""
    [report] = read(f"{ONE} (no price)\n{TWO}: we cannot take this".encode(), LETTER)
    assert ([record.isbn for record in report.records], report.unclear) == ([ONE], (f"{TWO}: we cannot take this",))


def test_an_empty_list_rejects_nothing_and_a_letter_without_records_is_refused() -> None:
    """A table's headings say that it was understood."""
    assert said(b"ISBN;Status;Code;Reason\n", CSV) == []
    with pytest.raises(BadRecordError, match="names no record"):
        read(b"Everything is fine.", LETTER)


def deep(number: int) -> bytes:
    return b"<div>" * number + page(ROWS)


HOSTILE = {
    "nothing": (b"", CSV),
    "no headings": (b"a;b\n1;2\n" * 100, CSV),
    "a page for a table": (page(ROWS), CSV),
    "no workbook": (b"PK\x03\x04 no zip", XLSX),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, XLSX),
    "no table": (b"<html><body><p>Log in</p></body></html>", HTML),
    "deep": (deep(5000), HTML),
    "wide": (b"ISBN;Status;Code;Reason\n" + b";" * 5000, CSV),
    "a long cell": (b"ISBN;Status;Code;Reason\n" + b"x" * 200_000, CSV),
    "an endless quote": (b'ISBN;Status;Code;Reason\n"' + b"x;\n" * 100_000, CSV),
    "packed and cut": (b"\x1f\x8b\x08\x00\x00", CSV),
    "a long letter": (b"x" * (reject_reports.MAX_TEXT + 1), LETTER),
    "a broken letter": (b"From: x\nContent-Type: multipart/mixed; boundary=\n\n--\n", LETTER),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_report_is_refused(name: str) -> None:
    """With an error that says why."""
    with pytest.raises(BadRecordError):
        read(*HOSTILE[name])


def test_a_page_cannot_run_or_fetch_anything() -> None:
    """Scripts and styles are no words; entities and links stay what they are."""
    rows = [ROWS[0], (ONE, "Rejected", "", "Price <script>alert(1)</script><style>p</style><b>missing</b> &amp; more<img src='http://x/'>")]
    assert said(page(rows), HTML)[0][3] == "Price missing & more"


def test_a_formula_is_no_value() -> None:
    """A workbook cannot compute a verdict."""
    [report] = read(workbook([ROWS[0], (ONE, '="OK"', "", "")]), XLSX)
    assert (report.records, len(report.unclear)) == ((), 1)


@pytest.mark.parametrize("rejects", [CSV, XLSX, HTML, LETTER], ids=["csv", "xlsx", "html", "text"])
@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"ISBN;Status\n{ONE};{text}\n<table>".encode(errors="ignore"))
)
def test_any_bytes(rejects: Rejects, content: bytes) -> None:
    """They are read or refused, and nothing else is raised."""
    with contextlib.suppress(BadRecordError):
        read(content, rejects)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from([ONE, TWO, THREE]), st.booleans(), st.text("abcdefgh ÄÖß", min_size=1, max_size=30).map(str.strip)),
        max_size=20,
    )
)
def test_every_form_says_the_same(verdicts: list[tuple[str, bool, str]]) -> None:
    """One list of verdicts as CSV, workbook and page; Ä€ in Windows' bytes would be another letter of UTF-8, and nobody could tell."""
    rows = [ROWS[0], *((isbn, "Rejected" if is_rejected else "OK", "", words) for isbn, is_rejected, words in verdicts)]
    right = [(isbn, "03" if bad else "00", "", " ".join(words.split()) if bad else "") for isbn, bad, words in verdicts]
    assert said("\n".join(";".join(row) for row in rows).encode("cp1252"), CSV) == right
    assert said(workbook(rows), XLSX) == right
    assert said(page(rows), HTML) == right


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{format: pdf, columns: {record: ISBN}}", "'csv', 'xlsx', 'html' or 'text'"),
        ("{format: csv}", "needs `columns` with `record`"),
        ("{format: text, columns: {record: ISBN}}", "needs `lines`"),
        ("{format: csv, columns: {recrd: ISBN}}", "'record', 'status', 'code', 'words' or 'message'"),
        ("{format: csv, columns: {record: ISBN, words: ' isbn'}}", "the same one"),
        ("{format: csv, columns: {record: 1, words: Reason}}", "either headings or numbers"),
        ("{format: csv, columns: {record: 0}}", "from 1"),
        ("{format: csv, columns: {record: ISBN, status: S}}", "needs words for `rejected`"),
        ("{format: csv, columns: {record: I, status: S}, accepted: [Ok], rejected: ['ok ']}", "ok: both"),
        ("{format: csv, columns: {record: I}, rejected: [bad]}", "no column has that"),
        ("{format: csv, columns: {record: I, status: S}, accepted: [Yes], rejected: [No]}", "put it in quotes"),
        ("{format: csv, columns: {record: yes}}", "rejects.columns.record"),
        ("{format: csv, columns: {record: I}, message: newst}", "not 'newst'"),
        ("{format: csv, columns: {record: I}, message: 'batch {nr}'}", "a sentence with {message}"),
        ("{format: csv, columns: {record: I}, message: column}", "go together"),
        ("{format: csv, columns: {record: I}, named_by: reference, message: newest}", "named by their ISBN"),
        ("{format: text, lines: ['{isbn} ({words})']}", "no field {isbn}"),
        ("{format: text, lines: ['{record']}", "expected '}'"),
        ("{format: text, lines: ['{words}']}", "has a {record}"),
        ("{format: xlsx, columns: {record: I}, delimiter: ';'}", "`delimiter` is for format csv"),
        ("{format: csv, columns: {record: I}, colums: 3}", "rejects.colums"),
    ],
)
def test_a_description_that_cannot_work_is_refused_when_it_is_loaded(tmp_path: Path, written: str, told: str) -> None:
    """It names the file, the part and what would be right."""
    folder = tmp_path / "recipients"
    folder.mkdir()
    profile = f"id: shop-x\nname: Shop\nsource: a test\nas_of: 2026-10-01\nrejects: {written}\n"
    (folder / "shop-x.yaml").write_text(dedent(profile))
    with pytest.raises(BadConfigError) as problem:
        load_config(tmp_path)
    assert "shop-x.yaml: rejects" in str(problem.value)
    assert told in str(problem.value)


def test_the_examples_of_the_docs_can_be_loaded() -> None:
    """As they stand there."""
    page_text = (Path(__file__).parents[2] / "docs" / "contributing.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(rejects:.*?)```", page_text, re.DOTALL)]
    assert [Rejects.model_validate(example["rejects"]).format for example in examples] == ["csv", "text"]
