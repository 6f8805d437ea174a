"""What Colophon adds to Airflow's own pages."""

from airflow.plugins_manager import AirflowPlugin

from colophon_airflow.desk.lazy import PREFIX, desk
from colophon_airflow.links import MessageLink


class ColophonPlugin(AirflowPlugin):
    """Entry point `airflow.plugins`; registered once, by the package alone."""

    name = "colophon"
    operator_extra_links = [MessageLink()]  # noqa: RUF012 - the attribute's type is Airflow's
    fastapi_apps = [{"app": desk, "url_prefix": PREFIX, "name": "Colophon desk"}]  # noqa: RUF012 - as above
    external_views = [  # noqa: RUF012 - as above
        {"name": "Colophon", "href": f"{PREFIX}/", "destination": "nav", "url_route": "colophon", "nav_top_level": True},
    ]
