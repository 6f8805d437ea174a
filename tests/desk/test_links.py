"""From a task to the desk."""

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
