"""Which database stands under the tables."""

from pathlib import Path

from tools.database.tables import Database, Tables
from tools.errors import InvalidSetting


def open_tables(tables: Tables, home: Path, database_url: str | None) -> Database:
    """Postgres when its URL is set, else a SQLite file in `home`. Nothing is opened before the first use."""
    if not database_url:
        from tools.database.sqlite import SqliteDatabase

        return SqliteDatabase(home / f"{tables.name}.sqlite", tables)
    try:
        from tools.database.postgres import PostgresDatabase
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool"}:
            raise
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL: Postgres needs optional packages; install them with pip install 'hopline[postgres]'."
        ) from error
    return PostgresDatabase(database_url, tables)
