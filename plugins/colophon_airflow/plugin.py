"""What Colophon adds to Airflow's own pages."""

from airflow.plugins_manager import AirflowPlugin

from colophon_airflow.lazy import LazyApp
from colophon_airflow.links import DeskLink, MessageLink, PlanLink, RunLink
from colophon_airflow.systems.secrets import hide_by_name


class ColophonPlugin(AirflowPlugin):
    """Entry point `airflow.plugins`; registered once, by the package alone."""

    name = "colophon"
    operator_extra_links = [DeskLink(), MessageLink(), PlanLink(), RunLink()]  # noqa: RUF012 - the attribute's type is Airflow's
    fastapi_apps = [  # noqa: RUF012 - as above
        # Before anything at `/colophon`: the first prefix that fits gets the request.
        {"name": "colophon-inbound", "url_prefix": "/colophon/hooks", "app": LazyApp("colophon_airflow.inbound.app:for_airflow")},
        {"name": "colophon-desk", "url_prefix": "/colophon/desk", "app": LazyApp("colophon_airflow.desk.app:make_app")},
    ]

    @classmethod
    def on_load(cls, *_args: object, **_kwargs: object) -> None:
        """Airflow calls it once in each process that loads plugins: the api-server, before it answers anybody."""
        hide_by_name()

    external_views = [  # noqa: RUF012 - as above
        {"name": "Colophon", "href": "/colophon/desk/", "destination": "nav", "url_route": "colophon", "nav_top_level": True},
    ]
