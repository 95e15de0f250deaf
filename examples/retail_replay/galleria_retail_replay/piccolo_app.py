"""Tables and migrations of this plugin, for Piccolo."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="retail_replay",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(["galleria_retail_replay.tables"]),
    migration_dependencies=[],
)
