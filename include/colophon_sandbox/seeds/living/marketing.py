"""What marketing wrote in the portal: keywords, features, segments and copy for one channel; and what went wrong by hand."""

from datetime import date

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.living.media import value
from colophon_sandbox.seeds.shelf import Row

KEYWORDS = ("reading group", "summer reading", "debut", "family secrets", "coast", "small town", "strong heroine", "book club")
SEGMENTS = ("Adults", "Students", "Teenagers", "Children")
LINKS = ("cover_file", "ebook_cover_file", "artwork_file")
FEATURES = ["With notes for <b>reading groups</b>", "Signed by the author", "Printed on recycled paper"]


def add(house: House, _today: date) -> None:
    """For every third product words; some too long, for nobody, or with a script. Most covers are approved; some e-books have the printed one."""
    portal: dict[str, list[Row]] = house.records["fourallportal"]
    isbn_of = {row["id"]: row["isbn"][0]["value"] for row in portal["file"] if row.get("isbn")}
    printed = next((row["cover_file"] for row in portal["product"] if row.get("cover_file")), None)
    linked = {entry["value"] for row in portal["product"] for name in LINKS for entry in row.get(name, [])}
    for place, row in enumerate(row for row in portal["file"] if row["id"] in linked):
        row["approval_status"] = value("in review" if place % 20 == 9 else "approved")
    for place, row in enumerate(portal["product"]):
        samples = [key for entry in row.get("sample_files", []) for key in entry["value"]]
        if any(isbn_of.get(key) != row["isbn"][0]["value"] for key in samples):
            row.pop("sample_files")
        if place % 3 == 0:
            _write(row, place)
        if place % 25 == 7 and printed and row.get("ebook_cover_file"):
            row["ebook_cover_file"] = printed


def _write(row: Row, place: int) -> None:
    words = [KEYWORDS[(place + step) % len(KEYWORDS)] for step in range(0, 10, 2)]
    row["keywords"] = [{"value": list(dict.fromkeys(words)), "dimensions": {"locale": "en_GB"}}]
    row["audience_segments"] = [{"value": ["Commuters" if place % 60 == 9 else SEGMENTS[place % len(SEGMENTS)]], "dimensions": None}]
    row["feature_bullets"] = [{"value": FEATURES[: 1 + place % 3], "dimensions": None}]
    if place % 12 == 0:
        script = "<script>track()</script>" if place % 24 == 0 else ""
        told = f"<p class='x'>The book of the season for {'everybody' if place % 2 else 'the holidays'}.{script}</p>"
        row["marketing_text"] = [*row.get("marketing_text", []), *value(told, locale="en_GB", channel="marketplace")]
    if place % 45 == 15:
        row["short_text"] = value("A novel of the sea and of those who stay ashore. " * 9, locale="en_GB")
