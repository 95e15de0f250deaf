"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.plugin_api import sql_migration

ID = "purchase_rules_0002"

_LIMIT = "ALTER TABLE purchase_rules_limit ADD CONSTRAINT purchase_rules_limit"
_COUNTER = "ALTER TABLE purchase_rules_counter ADD CONSTRAINT purchase_rules_counter"
_USE = "ALTER TABLE purchase_rules_use ADD CONSTRAINT purchase_rules_use"

STATEMENTS = (
    f"{_LIMIT}_target CHECK (num_nonnulls(sku_id, product_id) = 1)",
    f"{_LIMIT}_period CHECK (period IN ('order', 'day', 'week', 'month', 'ever'))",
    f"{_LIMIT}_quantity CHECK (quantity > 0)",
    f"{_LIMIT}_place UNIQUE (store_id, id)",
    "CREATE UNIQUE INDEX purchase_rules_limit_single "
    "ON purchase_rules_limit (store_id, COALESCE(sku_id, product_id), period) WHERE removed_at IS NULL",
    f"{_COUNTER}_key UNIQUE (limit_id, account_id, period_start)",
    f"{_COUNTER}_used CHECK (used BETWEEN 0 AND allowed)",
    f"{_COUNTER}_of FOREIGN KEY (store_id, limit_id) REFERENCES purchase_rules_limit (store_id, id)",
    f"{_USE}_line UNIQUE (line_id, limit_id)",
    f"{_USE}_units CHECK (quantity > 0 AND given_back BETWEEN 0 AND quantity)",
    f"{_USE}_of FOREIGN KEY (limit_id, account_id, period_start) "
    "REFERENCES purchase_rules_counter (limit_id, account_id, period_start)",
    "CREATE INDEX purchase_rules_use_order ON purchase_rules_use (order_id)",
    "CREATE UNIQUE INDEX purchase_rules_alert_open ON purchase_rules_alert (store_id, sku_id) WHERE closed_at IS NULL",
    "CREATE INDEX purchase_rules_review_waiting ON purchase_rules_review (store_id, order_id) "
    "WHERE released_at IS NULL AND cancelled_at IS NULL",
)


async def forwards():
    return sql_migration(ID, "purchase_rules", STATEMENTS)
