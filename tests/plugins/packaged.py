"""Plugins with tables and migrations, written to a folder as if a distribution had been installed."""

from __future__ import annotations

import sys

TABLES = """
from piccolo.columns import JSONB, UUID, BigInt, Timestamptz, Varchar
from piccolo.table import Table


class Note(Table, tablename="{name}_note"):
    id = UUID(primary_key=True)
    store_id = UUID()
    text = Varchar(length=80)


class Tag(Table, tablename="{name}_tag", tags=["mall"]):
    id = UUID(primary_key=True)
    note_id = UUID()
    data = JSONB()
    amount = BigInt()
    made_at = Timestamptz()
"""
APP = """
from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="{name}",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(["galleria_{name}.tables"]),
    migration_dependencies=[],
)
"""
FIRST = """
from galleria.core.storage.raw_sql import sql_migration
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import JSONB, UUID, BigInt, Timestamptz, Varchar

ID = "{name}_0001"
COLUMNS = {{
    "Note": {{"id": UUID, "store_id": UUID, "text": Varchar}},
    "Tag": {{"id": UUID, "note_id": UUID, "data": JSONB, "amount": BigInt, "made_at": Timestamptz}},
}}


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="{name}", description="")
    for table, columns in COLUMNS.items():
        manager.add_table(class_name=table, tablename=f"{name}_{{table.lower()}}", schema=None, columns=None)
        for column, kind in columns.items():
            manager.add_column(
                table_class_name=table, tablename=f"{name}_{{table.lower()}}", column_name=column,
                db_column_name=column, column_class_name=kind.__name__, column_class=kind,
                params={{"primary_key": column == "id"}}, schema=None,
            )
    return manager
"""
SECOND = """
from galleria.core.storage.raw_sql import sql_migration

ID = "{name}_0002"
STATEMENTS = (
    "CREATE UNIQUE INDEX {name}_note_text ON {name}_note (text)",
    "ALTER TABLE {name}_tag ADD CONSTRAINT {name}_tag_of FOREIGN KEY (note_id) REFERENCES {name}_note (id)",
    "CREATE FUNCTION {name}_no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE TRIGGER {name}_no BEFORE UPDATE ON {name}_tag FOR EACH ROW EXECUTE FUNCTION {name}_no()",
    {more!r},
)


async def forwards():
    return sql_migration(ID, "{name}", STATEMENTS)
"""


def package(folder, name, *, more="ANALYZE"):
    """Write the package `galleria_<name>` and make it importable; return the module path of its Piccolo app."""
    root = folder / f"galleria_{name}"
    (root / "piccolo_migrations").mkdir(parents=True)
    for path, text in {
        "__init__.py": "",
        "tables.py": TABLES,
        "piccolo_app.py": APP,
        "piccolo_migrations/__init__.py": "",
        f"piccolo_migrations/{name}_0001.py": FIRST,
        f"piccolo_migrations/{name}_0002.py": SECOND,
    }.items():
        (root / path).write_text(text.format(name=name, more=more))
    sys.path.insert(0, str(folder))
    return f"galleria_{name}.piccolo_app"
