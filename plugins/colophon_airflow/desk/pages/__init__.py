"""The desk's pages, one module each."""

from colophon_airflow.desk.pages import audit, deliveries, exceptions, plans, quality, recipients, rights, statements, titles, today, tray

ROUTERS = tuple(
    page.router for page in (today, titles, deliveries, exceptions, plans, recipients, rights, statements, tray, quality, audit)
)
