"""Each invariant finds what breaks it."""

from __future__ import annotations

import pytest
from galleria.core.accounts.invariants import INVARIANTS
from galleria.core.storage import db

_ADDRESSES = (
    "INSERT INTO address (id, account_id, recipient, phone, country, province, city, district, street, postal_code, "
    "is_default, created_at) SELECT gen_random_uuid(), $1, 'x', 'x', 'CN', '', '', '', 'x', '', {default}, now() "
    "FROM generate_series(1, {count})"
)
BREAKS = {
    "an account has one default address at most": (
        "DROP INDEX address_default",
        _ADDRESSES.format(default="true", count=2),
    ),
    "an account keeps 50 addresses at most": (_ADDRESSES.format(default="false", count=51),),
    "a disabled account has no live session": ("UPDATE account SET disabled_at = now() WHERE id = $1",),
    "an access token does not outlive its refresh token": (
        "UPDATE session SET refresh_expires_at = access_expires_at - interval '1 s' WHERE account_id = $1",
    ),
    "identifiers are stored in their normal form": ("UPDATE account SET email = upper(email) WHERE id = $1",),
    "every account can sign in by something": (
        "ALTER TABLE account DROP CONSTRAINT account_reachable",
        "UPDATE account SET email = NULL, phone = NULL WHERE id = $1",
    ),
}


def test_every_invariant_is_tried():
    """The table of breaks names each invariant."""
    assert set(BREAKS) == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.name)
async def test_an_invariant_finds_what_breaks_it(enter, invariant):
    """Rows that break the rule, in a transaction that is undone, are found; before, there are none."""
    person = await enter()
    connection = db.engine().open_pool
    async with connection.acquire() as link:
        change = link.transaction()
        await change.start()
        try:
            assert await link.fetch(invariant.sql) == []
            for statement in BREAKS[invariant.name]:
                await link.execute(statement, *([person.id] if "$1" in statement else []))
            assert await link.fetch(invariant.sql)
        finally:
            await change.rollback()
