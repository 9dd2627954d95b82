"""Alembic's entry: runs migrations in the transaction that the ledger has opened."""
from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=context.config.attributes["schema"],
    transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
