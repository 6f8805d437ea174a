"""The desk's pages, one module each."""

from colophon_airflow.desk.pages import audit, deliveries, exceptions, plans, quality, rights, statements, titles, today, tray

ROUTERS = tuple(page.router for page in (today, titles, deliveries, exceptions, plans, rights, statements, tray, quality, audit))
