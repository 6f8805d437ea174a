"""From a task, and from the pages of the documentation, to the desk."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

from colophon_airflow.links import DeskLink


def test_a_task_leads_to_its_deliveries(desk, monkeypatch) -> None:
    """The button opens the page with the task's use case and destination, and that page is there."""
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com/team/")
    task = SimpleNamespace(use_case_id="xconnector__metadata_syndication", destination="to-refused")
    address = DeskLink().get_link(task, ti_key=None)
    prefix = "https://airflow.example.com/team/colophon/desk"
    assert address.startswith(prefix)
    text = desk.client("viewer").get(address.removeprefix(prefix)).text
    assert text.count("/deliveries/d-") == 1
    assert DeskLink().get_link(SimpleNamespace(use_case_id="push__x"), ti_key=None).endswith("?use_case=push__x")


def test_each_picture_in_the_pages_is_one_that_is_made_of_a_page_of_the_desk(desk) -> None:
    """`make pictures` makes all that are shown, of pages that are there; and the files are there."""
    root = Path(__file__).resolve().parents[2]
    spec = spec_from_file_location("pictures", root / "docs" / "pictures.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    shown = {
        name for page in root.glob("docs/*.md") for name in re.findall(r"images/(desk-[a-z-]+)\.png", page.read_text(encoding="utf-8"))
    }
    assert shown == set(module.PICTURES)
    for name, picture in module.PICTURES.items():
        assert (module.IMAGES / f"{name}.png").exists(), name
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/{picture.path.partition('?')[0]}".format(isbn="1"),
            "root_path": "",
            "headers": [],
        }
        assert any(route.matches(scope)[0].name == "FULL" for route in desk.app.routes), picture.path
