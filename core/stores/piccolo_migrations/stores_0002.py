"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "stores_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX store_slug ON store (slug)",
    "CREATE INDEX store_listed ON store (position, id) WHERE state = 'open'",
    "ALTER TABLE store ADD CONSTRAINT store_state CHECK (state IN ('open', 'closed'))",
    "ALTER TABLE store ADD CONSTRAINT store_amounts CHECK (shipping_fee >= 0 AND tax_rate_ppm BETWEEN 0 AND 1000000)",
    "CREATE UNIQUE INDEX store_member_once ON store_member (store_id, account_id)",
    "CREATE INDEX store_member_account ON store_member (account_id) WHERE revoked_at IS NULL",
    "ALTER TABLE store_member ADD CONSTRAINT store_member_role CHECK (role IN ('owner', 'staff'))",
    "ALTER TABLE store_member ADD CONSTRAINT store_member_of FOREIGN KEY (store_id) REFERENCES store (id)",
    "CREATE UNIQUE INDEX location_store ON location (store_id, id)",
    "ALTER TABLE location ADD CONSTRAINT location_kind CHECK (kind IN ('warehouse', 'branch', 'pool'))",
    "ALTER TABLE location ADD CONSTRAINT location_on_the_globe CHECK ((latitude IS NULL) = (longitude IS NULL) AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
    "ALTER TABLE location ADD CONSTRAINT location_of FOREIGN KEY (store_id) REFERENCES store (id)",
)


async def forwards():
    return sql_migration(ID, "stores", STATEMENTS)
