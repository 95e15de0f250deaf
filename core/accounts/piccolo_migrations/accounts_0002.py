"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "accounts_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX account_email ON account (lower(email)) WHERE email IS NOT NULL",
    "CREATE UNIQUE INDEX account_phone ON account (phone) WHERE phone IS NOT NULL",
    "ALTER TABLE account ADD CONSTRAINT account_reachable CHECK (email IS NOT NULL OR phone IS NOT NULL)",
    "CREATE UNIQUE INDEX mall_role_once ON mall_role (account_id, role)",
    "CREATE UNIQUE INDEX session_access ON session (access_hash)",
    "CREATE UNIQUE INDEX session_refresh ON session (refresh_hash)",
    "CREATE INDEX session_account ON session (account_id) WHERE revoked_at IS NULL",
    "CREATE INDEX session_revoked ON session (revoked_at) WHERE revoked_at IS NOT NULL",
    "CREATE INDEX session_end ON session (refresh_expires_at)",
    "CREATE INDEX sign_in_throttle_age ON sign_in_throttle (updated_at)",
    "ALTER TABLE sign_in_throttle ADD CONSTRAINT sign_in_throttle_failures CHECK (failures >= 0)",
    "CREATE INDEX address_account ON address (account_id)",
    "CREATE UNIQUE INDEX address_default ON address (account_id) WHERE is_default",
    "ALTER TABLE mall_role ADD CONSTRAINT mall_role_of FOREIGN KEY (account_id) REFERENCES account (id)",
    "ALTER TABLE session ADD CONSTRAINT session_of FOREIGN KEY (account_id) REFERENCES account (id)",
    "ALTER TABLE address ADD CONSTRAINT address_of FOREIGN KEY (account_id) REFERENCES account (id)",
)


async def forwards():
    return sql_migration(ID, "accounts", STATEMENTS)
