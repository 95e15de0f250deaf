"""Tables and migrations of this plugin, for Piccolo."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="purchase_rules",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(["galleria_purchase_rules.tables"]),
    migration_dependencies=[],
)
