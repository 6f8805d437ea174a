"""What other systems say is shown in the order in which it stands, wherever people look."""

import logging
import warnings

import pytest
from markupsafe import Markup
from rich.table import Table

from colophon.errors import InvalidError
from colophon.systems.opentext_push.push_file import shown
from colophon.systems.opentext_push.records import Message, Target
from colophon.systems.xconnector.file_drop import _name
from colophon_airflow.cli.screen import console
from colophon_airflow.operators.task_log import summary

TURNED = "\u202egnp.exe"
SHOWN = "\ufffdgnp.exe"


def test_on_the_desk() -> None:
    """On every page, in every place; what is escaped stays escaped, and what is markup stays markup."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Airflow's own imports
        from colophon_airflow.desk.screen import _templates

    page = _templates().from_string("{{ title }} {{ title | upper }} {{ ready }} {{ count }}")
    told = page.render(title=f"<b>{TURNED}", ready=Markup("<i>{}</i>").format(TURNED), count=3)
    assert told == f"&lt;b&gt;{SHOWN} &lt;B&gt;{SHOWN.upper()} <i>{SHOWN}</i> 3"


def test_in_an_export() -> None:
    """Also in what is nested."""
    from colophon_airflow.desk.export import _text

    assert _text(TURNED) == SHOWN
    assert _text({"a": TURNED}) == f'{{"a":"{SHOWN}"}}'


def test_on_the_command_line() -> None:
    """In a line and in a table's cell."""
    table = Table("title")
    table.add_row(TURNED)
    with console.capture() as seen:
        console.print(TURNED)
        console.print(table)
    assert seen.get().count(SHOWN) == 2
    assert "\u202e" not in seen.get()


def test_in_an_alert() -> None:
    """A phone shows it as well."""
    message = Message("r", Target("topic", "t"), TURNED, TURNED)
    assert shown(message)["notification"] == {"title": SHOWN, "body": SHOWN, "image": None}


def test_in_a_tasks_log(caplog: pytest.LogCaptureFixture) -> None:
    """The block at its end, and an error."""
    with caplog.at_level(logging.INFO):
        summary(TURNED, {"read": TURNED}, [TURNED])
    assert "\u202e" not in caplog.text
    assert SHOWN in str(InvalidError(TURNED, evidence=TURNED))


@pytest.mark.parametrize("name", [TURNED, "a\nb", "a\u2066b", "../a", ".a", ""])
def test_in_a_files_name(name: str) -> None:
    """No file is written under a name that is shown as another one."""
    with pytest.raises(InvalidError):
        _name(name)
