"""The desk's pages, one module each."""

from colophon_airflow.desk.pages import (
    audit,
    deliveries,
    exceptions,
    flows,
    launches,
    media,
    notices,
    parties,
    plans,
    quality,
    recipients,
    rights,
    statements,
    titles,
    today,
    tray,
)

ROUTERS = tuple(
    page.router
    for page in (
        today,
        launches,
        titles,
        media,
        deliveries,
        exceptions,
        notices,
        plans,
        recipients,
        flows,
        parties,
        rights,
        statements,
        tray,
        quality,
        audit,
    )
)
