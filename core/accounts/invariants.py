"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant
from .rules import MOST_ADDRESSES

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "an account has one default address at most",
        "SELECT account_id, count(*) FROM address WHERE is_default GROUP BY account_id HAVING count(*) > 1",
    ),
    Invariant(
        f"an account keeps {MOST_ADDRESSES} addresses at most",
        f"SELECT account_id FROM address GROUP BY account_id HAVING count(*) > {MOST_ADDRESSES}",  # noqa: S608  a number
    ),
    Invariant(
        "a disabled account has no live session",
        "SELECT s.id, s.account_id FROM session s JOIN account a ON a.id = s.account_id "
        "WHERE a.disabled_at IS NOT NULL AND s.revoked_at IS NULL",
    ),
    Invariant(
        "an access token does not outlive its refresh token",
        "SELECT id FROM session WHERE access_expires_at > refresh_expires_at",
    ),
    Invariant(
        "identifiers are stored in their normal form",
        "SELECT id, email, phone FROM account WHERE email <> lower(email) OR phone !~ '^[+][1-9][0-9]{6,14}$'",
    ),
    Invariant(
        "every account can sign in by something",
        "SELECT id FROM account WHERE email IS NULL AND phone IS NULL",
    ),
)
