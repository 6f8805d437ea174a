"""Alembic's way in: the connection is handed over by `ledger.upgrade`."""

from alembic import context

from colophon.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
