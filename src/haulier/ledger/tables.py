"""What all tables are made of: those of runs, files, processes, events, imports and accounts have a file each."""
from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text, text

Letters = Text().with_variant(Text(collation="C"), "postgresql")   # sorted by letter, so that beginnings are found
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite: the rowid itself
metadata = MetaData()


def only(condition: str) -> dict[str, dict[str, object]]:
    """Of an index: the rows that it has. As `info`, because an option would load that dialect here."""
    return {name: {"where": text(condition)} for name in ("sqlite", "postgresql")}


version = Table("alembic_version", MetaData(),  # Alembic's own, so in no migration
                Column("version_num", String(32), primary_key=True))
