from __future__ import annotations

import asyncpg
import pytest
from galleria.core.ids import new_id
from galleria.core.payments import ledger
from galleria.core.payments.invariants import INVARIANTS
from galleria.core.payments.ledger import Entry, Posting
from galleria.core.storage import db
from galleria.core.storage.invariants import violations


def posting(*amounts, source_id=None):
    entries = [Entry(f"account-{index}", amount) for index, amount in enumerate(amounts)]
    source = source_id or new_id()
    return Posting(kind="capture", source_id=source, payment_id=new_id(), currency="CNY", entries=entries)


@pytest.mark.parametrize("amounts", [(), (100,), (100, -99)])
async def test_a_posting_that_does_not_balance_is_refused(mall, amounts):
    """Nothing is written unless debits equal credits."""
    with pytest.raises(ValueError, match="balance"):
        await ledger.post(posting(*amounts), now=mall.now())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount = amount + 1 WHERE payment_id = $1",
        "DELETE FROM ledger_entry WHERE payment_id = $1",
    ],
)
async def test_the_database_refuses_to_change_the_ledger(desk, statement):
    """An entry can be neither changed nor deleted, whoever asks."""
    payment_id = await desk.open()
    await desk.captured(payment_id, 2000)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute(statement, payment_id)


async def test_the_database_refuses_to_empty_the_ledger(mall):
    """TRUNCATE is refused too."""
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("TRUNCATE ledger_entry")


async def test_a_source_is_posted_once(desk, mall):
    """The database refuses a second posting of one kind for one source."""
    payment_id = await desk.open()
    await desk.captured(payment_id, 2000)
    [capture] = await desk.of(payment_id, "payment_capture")
    again = Posting(
        kind="capture",
        source_id=capture["id"],
        payment_id=payment_id,
        currency="CNY",
        entries=[Entry(ledger.provider(desk.provider.code), 2000), Entry(ledger.CLEARING, -2000)],
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.post(again, now=mall.now())


class Undo(Exception):
    """Ends a transaction whose rows must not stay."""


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("UPDATE payment SET captured = captured + 1 WHERE id = $1", "captured and refunded sums are those"),
        ("UPDATE payment SET state = 'closed' WHERE id = $1", "open, partially paid or closed"),
        ("UPDATE payment SET applied_at = now() WHERE id = $1", "clearing holds what no store has yet"),
        ("UPDATE payment SET state = 'closed', applied_at = now() WHERE id = $1", "only a paid payment is applied"),
        ("UPDATE payment_capture SET refunded = 1 WHERE payment_id = $1", "a capture's refunded sum"),
        ("UPDATE payment_capture SET provider = 'x' WHERE payment_id = $1", "a provider's account holds"),
        ("UPDATE payment_capture SET currency = 'USD' WHERE payment_id = $1", "of their payment's currency"),
        ("UPDATE payment_attempt SET next_at = now() WHERE payment_id = $1", "due at some time"),
        (
            "UPDATE payment_attempt SET state = 'unknown' WHERE payment_id = $1",
            "attempts that nobody has asked to close",
        ),
    ],
)
async def test_an_invariant_sees_what_breaks_it(desk, mall, broken, rule):
    """Each rule over the whole database is broken by a row that it is about."""
    payment_id = await desk.open()
    await desk.captured(payment_id, 2000)
    with pytest.raises(Undo):
        async with db.transaction():
            await db.execute(broken, payment_id)
            found = [invariant.name for invariant in INVARIANTS if await db.fetch(invariant.sql)]
            assert any(rule in name for name in found), found
            raise Undo
    assert await violations(INVARIANTS, mall.now()) == []


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        ([("store", 5)], "each ledger posting balances"),
        ([("store", 5), ("clearing", -5)], "a store's account of an order"),
        ([("refund_payable", 5), ("clearing", -5)], "refund_payable is what"),
    ],
)
async def test_an_invariant_sees_an_entry_that_should_not_be(desk, mall, entries, rule):
    """Entries that no capture, application or refund explains are found."""
    payment_id = await desk.open()
    sql = (
        "INSERT INTO ledger_entry (id, posting_id, kind, source_id, account, store_id, order_id, payment_id, currency, "
        "amount, created_at) VALUES ($1, $2, 'x', $2, $3, $2, $2, $4, 'CNY', $5, now())"
    )
    with pytest.raises(Undo):
        async with db.transaction():
            posting_id = new_id()
            for account, amount in entries:
                await db.execute(sql, new_id(), posting_id, account, payment_id, amount)
            found = [invariant.name for invariant in INVARIANTS if await db.fetch(invariant.sql)]
            assert any(rule in name for name in found), found
            raise Undo
