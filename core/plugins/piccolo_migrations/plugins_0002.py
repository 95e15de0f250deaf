"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "plugins_0002"

STATEMENTS = (
    "ALTER TABLE plugin_state ADD CONSTRAINT plugin_state_once UNIQUE NULLS NOT DISTINCT (store_id, plugin)",
    "ALTER TABLE plugin_state ADD CONSTRAINT plugin_state_known CHECK (state IN ('on', 'draining', 'off'))",
    "ALTER TABLE plugin_state ADD CONSTRAINT plugin_state_settings CHECK (jsonb_typeof(settings) = 'object')",
    "CREATE UNIQUE INDEX plugin_state_change_revision ON plugin_state_change (revision)",
    "CREATE INDEX plugin_state_change_plugin ON plugin_state_change (plugin, store_id, revision)",
    "ALTER TABLE plugin_revision ADD CONSTRAINT plugin_revision_single CHECK (id = 1 AND revision >= 0)",
    "INSERT INTO plugin_revision (id, revision) VALUES (1, 0)",
    "ALTER TABLE plugin_place ADD CONSTRAINT plugin_place_once UNIQUE NULLS NOT DISTINCT (store_id)",
    "ALTER TABLE plugin_rules ADD CONSTRAINT plugin_rules_once UNIQUE NULLS NOT DISTINCT (store_id, plugin)",
    "ALTER TABLE offer_class_order ADD CONSTRAINT offer_class_order_once UNIQUE NULLS NOT DISTINCT (store_id)",
    "ALTER TABLE offer_class_order ADD CONSTRAINT offer_class_order_list CHECK (jsonb_typeof(classes) = 'array')",
    "ALTER TABLE plugin_incident ADD CONSTRAINT plugin_incident_once"
    " UNIQUE NULLS NOT DISTINCT (store_id, plugin, hook, kind)",
    "CREATE INDEX plugin_incident_last ON plugin_incident (last_at)",
)


async def forwards():
    return sql_migration(ID, "plugins", STATEMENTS)
