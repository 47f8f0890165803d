"""INSERT as each of the two databases speaks it, with what is to be done where the row is there already."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`; the two dialects' share no type that
    does."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
