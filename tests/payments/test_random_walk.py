from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from galleria.core.accounts.sessions import open_session
from galleria.core.errors import Conflict
from galleria.core.ids import new_id
from galleria.core.payments import service
from galleria.core.payments.invariants import INVARIANTS
from galleria.core.payments.service import Share
from galleria.core.payments.sweeps import SWEEPS
from galleria.core.providers import RefundState
from galleria.core.storage import db
from galleria.core.storage.invariants import violations

from .faulty_bank import FaultyBank

STEPS = 120
SOAKED = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12)]


@dataclass
class Deal:
    """A payment as the walk remembers it: what it acknowledged is what must be there in the end."""

    id: UUID
    amount: int
    closed: bool = False
    shares: list[Share] = field(default_factory=list)
    refunds: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)

    def left(self, order_id: UUID) -> int:
        spent = sum(amount for order, amount in self.refunds.values() if order == order_id)
        return next(share.amount for share in self.shares if share.order_id == order_id) - spent


class Walk:
    """Random steps of shoppers, staff, the bank and the sweeps, in one task or at once."""

    def __init__(self, mall, clock, api, shopper, bank: FaultyBank, random: Random) -> None:
        self.mall, self.clock, self.bank, self.random = mall, clock, bank, random
        self.api, self.shopper = api, api.acting_as(shopper)
        self.account = shopper.id
        self.deals: dict[UUID, Deal] = {}
        self.focus: Deal | None = None

    async def step(self) -> None:
        names = ["open"] * 4 + ["attempt"] * 6 + ["pay"] * 8 + ["notify"] * 4 + ["close"] * 3 + ["settle"] * 2
        names += ["refund"] * 4 + ["again"] + ["sweep"] * 5 + ["refresh"] * 2 + ["slow_refunds"] + ["crowd"] * 6
        await getattr(self, self.random.choice(names) if self.deals else "open")()

    def any_deal(self) -> Deal:
        return self.focus or self.random.choice(list(self.deals.values())[-4:])

    async def open(self) -> None:
        now, amount = self.mall.now(), self.random.randint(1, 5000)
        payment_id = await service.open_payment(
            checkout_id=new_id(), account_id=self.account, currency="CNY", amount=amount,
            expires_at=now + timedelta(minutes=30), now=now,
        )  # fmt: skip
        self.deals[payment_id] = Deal(payment_id, amount)

    async def attempt(self) -> None:
        answer = await self.shopper.post(f"/api/payments/{self.any_deal().id}/attempts", {"provider": self.bank.code})
        assert answer.status_code in (201, 409, 429), answer.text

    async def pay(self) -> None:
        if payable := self.bank.payable():
            attempt = self.random.choice(payable)
            due = self.bank.attempts[attempt].amount
            self.bank.pay(attempt, due if self.random.random() < 0.6 else self.random.randint(1, due))

    async def notify(self) -> None:
        if self.bank.post:
            letter = self.random.randrange(len(self.bank.post))
            body = self.bank.post[letter] if self.random.random() < 0.4 else self.bank.post.pop(letter)
            await self.hand_in(body)

    async def hand_in(self, body: bytes) -> None:
        path = f"/api/payments/notifications/{self.bank.code}"
        answer = await self.api.post(path, content=body, headers={"X-Bank": "signed"}, key="")
        assert answer.status_code == 200, answer.text

    async def close(self) -> None:
        deal = self.any_deal()
        if await db.atomic(service.close_payment)(deal.id, now=self.mall.now()):
            assert not deal.shares, "a payment that was told to be paid was closed"
            deal.closed = True

    async def settle(self) -> None:
        """What checkout does when it hears `payment.paid`."""
        told = await db.fetch(
            "SELECT subject_id, count(*) AS times FROM outbox_event "
            "WHERE kind = 'payment.paid' AND subject_id = ANY ($1::uuid[]) GROUP BY subject_id",
            list(self.deals),
        )
        for row in told:
            deal = self.deals[row["subject_id"]]
            assert row["times"] == 1
            assert not deal.closed
            if not deal.shares:
                await self.apply(deal)

    async def apply(self, deal: Deal) -> None:
        first = self.random.randint(1, deal.amount)
        amounts = [amount for amount in (first, deal.amount - first) if amount]
        shares = [Share(order_id=new_id(), store_id=new_id(), amount=amount) for amount in amounts]
        await db.atomic(service.apply)(deal.id, shares, now=self.mall.now())
        deal.shares = shares

    async def refund(self) -> None:
        """Two refunds of one payment at once: what is accepted never exceeds what the order has."""
        settled = [deal for deal in self.deals.values() if deal.shares]
        if settled:
            deal = self.random.choice(settled)
            await asyncio.gather(self.refund_once(deal), self.refund_once(deal))

    async def refund_once(self, deal: Deal) -> None:
        share = self.random.choice(deal.shares)
        amount, request = self.random.randint(1, share.amount), new_id()
        try:
            await self.ask(deal, share, request, amount)
        except Conflict:
            return
        deal.refunds[request] = (share.order_id, amount)

    async def ask(self, deal: Deal, share: Share, request: UUID, amount: int) -> None:
        await db.atomic(service.refund)(
            payment_id=deal.id, request_id=request, order_id=share.order_id, store_id=share.store_id,
            amount=amount, reason="returned", now=self.mall.now(),
        )  # fmt: skip

    async def again(self) -> None:
        """A refund that was accepted is asked for once more: nothing comes of it."""
        asked = [(deal, request) for deal in self.deals.values() for request in deal.refunds]
        if asked:
            deal, request = self.random.choice(asked)
            order, amount = deal.refunds[request]
            share = next(share for share in deal.shares if share.order_id == order)
            await self.ask(deal, share, request, amount)

    async def sign_in(self) -> None:
        tokens = await open_session(self.mall, self.account)
        self.shopper.headers["Authorization"] = f"Bearer {tokens.access_token}"

    async def sweep(self) -> None:
        self.clock.move(timedelta(seconds=self.random.choice([1, 5, 20, 300])))
        await self.sign_in()
        for sweep in SWEEPS:
            await sweep.run(self.mall)

    async def refresh(self) -> None:
        answer = await self.shopper.post(f"/api/payments/{self.any_deal().id}/refresh", key="")
        assert answer.status_code in (200, 201, 503), answer.text

    async def slow_refunds(self) -> None:
        self.bank.finish_refunds()

    async def crowd(self) -> None:
        """Everything at once, about one payment."""
        self.focus = self.any_deal()
        names = ["attempt", "attempt", "notify", "notify", "notify", "give_up", "sweep", "refresh", "refund", "again"]
        await asyncio.gather(*(getattr(self, name)() for name in self.random.sample(names, 5)))
        self.focus = None

    async def give_up(self) -> None:
        """A cancellation while others are under way."""
        await asyncio.sleep(self.random.random() * 0.02)
        await self.close()
        await self.sweep()

    async def come_to_rest(self) -> None:
        self.bank.faulty = False
        for _ in range(60):
            self.bank.finish_refunds()
            while self.bank.post:
                await self.hand_in(self.bank.post.pop())
            self.clock.move(timedelta(hours=1))
            await self.sweep()
            await self.settle()
            if not await self.unsettled():
                return
        raise AssertionError("never comes to rest")

    async def unsettled(self) -> int:
        sql = (
            "SELECT (SELECT count(*) FROM payment_attempt WHERE payment_id = ANY ($1::uuid[]) AND next_at IS NOT NULL)"
            " + (SELECT count(*) FROM payment_refund WHERE payment_id = ANY ($1::uuid[]) AND next_at IS NOT NULL)"
        )
        return int(await db.fetch_value(sql, list(self.deals)))


@pytest.mark.parametrize("seed", [1, *SOAKED])
async def test_no_money_is_lost_whatever_breaks(mall, clock, api, make_person, seed):
    """After any mix of lost answers, replays and races, the bank, the mall and the buyers agree to the minor unit."""
    random = Random(seed)
    bank = FaultyBank(random, mall.now)
    mall.plugins.providers[bank.code] = bank
    walk = Walk(mall, clock, api, await make_person(), bank, random)
    try:
        for number in range(STEPS):
            await walk.step()
            assert await violations(INVARIANTS, mall.now()) == [], (seed, number)
        await walk.come_to_rest()
    finally:
        del mall.plugins.providers[bank.code]
    assert bank.complaints == []
    assert await violations(INVARIANTS, mall.now()) == []
    for deal in walk.deals.values():
        await _agrees(deal, bank)


async def _agrees(deal: Deal, bank: FaultyBank) -> None:
    row = await db.fetch_row("SELECT * FROM payment WHERE id = $1", deal.id)
    of = {r["id"]: r for r in await db.fetch("SELECT * FROM payment_refund WHERE payment_id = $1", deal.id)}
    attempts = {r["id"] for r in await db.fetch("SELECT id FROM payment_attempt WHERE payment_id = $1", deal.id)}
    captured = {a: f for a, f in bank.captures.items() if a in attempts}
    assert row["captured"] == sum(fact.amount for fact in captured.values())
    assert (row["state"] == "closed") == deal.closed
    if row["state"] in ("closed", "paid"):
        assert not attempts & set(bank.payable()), "a settled payment can still be paid"
    if not deal.closed:
        assert (row["state"] == "paid") == (row["captured"] >= deal.amount)
    kept = deal.amount if row["state"] == "paid" else 0 if deal.closed else row["captured"]
    refunded = sum(amount for _, amount in deal.refunds.values())
    assert row["captured"] - row["refunded"] == kept - refunded
    for share in deal.shares:
        assert deal.left(share.order_id) >= 0
    for identity, r in of.items():
        assert bank.refunds[identity] is RefundState(r["state"])
        assert bank.asked[identity].amount == r["amount"]
    told = await db.fetch("SELECT kind, payload FROM outbox_event WHERE subject_id = $1", deal.id)
    succeeded = [t["payload"]["request_id"] for t in told if t["kind"] == "payment.refunded"]
    failed = {t["payload"]["request_id"] for t in told if t["kind"] == "payment.refund_failed"}
    by_request: dict[str, set[str]] = {}
    for r in of.values():
        by_request.setdefault(str(r["request_id"]), set()).add(r["state"])
    assert sorted(succeeded) == sorted(k for k, states in by_request.items() if states == {"succeeded"})
    assert failed == {k for k, states in by_request.items() if "failed" in states}
