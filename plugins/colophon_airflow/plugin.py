"""What Colophon adds to Airflow's own pages."""

from airflow.plugins_manager import AirflowPlugin

from colophon_airflow.links import MessageLink


class ColophonPlugin(AirflowPlugin):
    """Entry point `airflow.plugins`; registered once, by the package alone."""

    name = "colophon"
    operator_extra_links = [MessageLink()]  # noqa: RUF012 - the attribute's type is Airflow's
