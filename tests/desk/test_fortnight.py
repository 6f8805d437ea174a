"""The desk after a fortnight that was played, faults included: what it says is what happened, and its pages agree with one another."""

import html
import re
from pathlib import Path

import pytest
from fortnight import NIGHTS, at_its_time, play
from station import open_station

ROW = '<td data-of="Outcome">'


def last_night(text: str) -> dict[str, dict[str, tuple[int, str]]]:
    """By recipient and column the number and the address of its rows; what is not known is absent."""
    shown = html.unescape(text.partition('id="h-night"')[2].partition("</section>")[0])
    found = {}
    for row in shown.split("<tr>")[2:]:
        cells = re.findall(r'data-of="([^"]+)">(?:<a[^>]*href="([^"]*)">|<span[^>]*>)(\d+)', row)
        found[re.findall(r">([^<]+)</a>", row)[0]] = {name: (int(number), to) for name, to, number in cells}
    return found


@pytest.mark.nightly
def test_what_the_desk_says_is_what_happened(tmp_path: Path, open_desk) -> None:
    """Last night as its run reported it; behind each number so many rows; exceptions are as many on every page; a story has its refusal."""
    with open_station(tmp_path) as house, open_desk(at_its_time) as desk:
        nights = play(house)
        viewer = desk.client("viewer")
        assert [night.number for night in nights if night.state == "failed"] == [3, 9]
        today, report = viewer.get("/").text, nights[-1].report
        told = last_night(today)
        assert set(report["destinations"]) <= set(told)
        refused = [name for name, counts in told.items() if counts["Rejected"][0]]
        assert len(refused) == 2
        for name, found in report["destinations"].items():
            assert (told[name]["Unchanged"][0], told[name]["Kept back"][0]) == (found["plan"]["unchanged"], found["plan"]["refused"]), name
            for column in ("Sent", "Rejected"):
                number, rows = told[name][column]
                assert not number or viewer.get(rows).text.count(ROW) == number, (name, column)

        queue = viewer.get("/exceptions").text
        number = int(re.findall(r"Exceptions <small>(\d+) open", queue)[0])
        assert sum(map(int, re.findall(r'data-of="How many">(\d+)', queue))) == number
        assert sum(map(int, re.findall(r": (\d+) open exceptions?<", today))) == number
        assert f"<b>{number}</b> open exceptions" in today
        days = re.findall(
            r'<tr><th scope="row"><a[^>]*since=([0-9-]+)[^>]*>[^<]*</a></th>((?:\s*<td[^>]*>.*?</td>)+)</tr>', today, re.DOTALL
        )
        assert len(days) == NIGHTS

        to_it = viewer.get(told[refused[0]]["Rejected"][1]).text
        title = re.findall(r'href="/titles/(\d{13})"', to_it)[0]
        story = viewer.get(f"/titles/{title}/story", params={"recipient": refused[0]}).text
        assert "answered: refused" in story or "refused" in story.partition("is-story")[2]
        assert "http_422" in story
