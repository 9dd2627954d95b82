"""Open items in a table of a database: `url: postgresql://…`, `table: open_invoices`."""
from __future__ import annotations

from typing import Literal, Self

from pydantic import SecretStr, model_validator

from ..ports import Items
from ..settings.spec import Env
from .fields import Fields, MappedSpec


class SqlItemsSpec(MappedSpec):
    """Database

    Items are asked for about a thousand payments at a time, by reference, and by amount or account where there is
    none. Paid items are looked up too: a query should not leave them out, or late payments for them are unknown.
    """

    type: Literal["sql"] = "sql"
    url: SecretStr
    """Which database, as postgresql://user:password@host/name or sqlite:///file.db; it is kept as a secret."""
    table: str = ""
    """The table or view, perhaps with its schema before it, as in sales.invoices."""
    query: str = ""
    """Or a SELECT that gives the items."""
    normalised: bool = False
    """Whether references and accounts stand in the table as they are looked up: in capitals, without blanks,
    separators and leading zeros. Then its indexes are used. Else the database takes all of them apart for each
    question, unless it has an index on that; this is known of PostgreSQL and SQLite."""
    load: bool = False
    """Read all items once into memory instead of asking: quicker for up to about a million of them."""
    live: bool = True
    """Whether what is open falls in the table once payments were told. If not, what payments take off items is taken
    off here."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("give a table or a query, one of both")
        if self.query.strip().rstrip(";").count(";"):
            raise ValueError("query: one SELECT, not several")
        return self

    def build(self, env: Env) -> Items:
        from .sql_items import Source, SqlItems, loaded
        from .sql_place import SqlPlace
        place = SqlPlace(env.secret(self.url), env.home)
        source = Source(self.table, self.query, self.normalised, self.live)
        return (loaded if self.load else SqlItems)(source, place, Fields(self))
