"""The desk's pages, one module each."""

from colophon_airflow.desk.pages import (
    audit,
    deliveries,
    exceptions,
    flows,
    launches,
    letters,
    media,
    notices,
    parties,
    plans,
    quality,
    recipients,
    rights,
    run_pages,
    statements,
    stories,
    titles,
    today,
    tray,
    videos,
    what_if,
)

ROUTERS = tuple(
    page.router
    for page in (
        today,
        launches,
        titles,
        stories,
        what_if,
        media,
        deliveries,
        exceptions,
        notices,
        letters,
        plans,
        recipients,
        flows,
        parties,
        rights,
        run_pages,
        statements,
        tray,
        videos,
        quality,
        audit,
    )
)
