"""The desk's pages, one module each."""

from colophon_airflow.desk.pages import (
    audit,
    deliveries,
    exceptions,
    notices,
    plans,
    quality,
    recipients,
    rights,
    run_pages,
    statements,
    titles,
    today,
    tray,
)

ROUTERS = tuple(
    page.router
    for page in (today, titles, deliveries, exceptions, notices, plans, recipients, rights, run_pages, statements, tray, quality, audit)
)
