"""What changes between the quote and the order is noticed: each refusal with its word, in both languages."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from galleria.core.checkout.placing import place
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem
from galleria_coupons import texts

from .shopping import ask, drafted, of, word_of


async def refused_word(mall, draft):
    [refused] = (await place(mall, [draft])).values()
    return word_of(refused)


async def test_a_campaign_that_ends_after_the_quote(mall, shopper, desk, goods):
    """Its coupons and its code are refused as ended, and nothing is held."""
    code = uuid4().hex[:10]
    claimed, coded = await desk.campaign(), await desk.campaign(how="code", code=code)
    coupon = await shopper.claim(desk, claimed)
    drafts = [await drafted(shopper, of(goods), asks=[ask(name, desk.shop)]) for name in (coupon["id"], code)]
    for campaign in (claimed, coded):
        ok(await desk.step("campaigns", campaign, "end"))
    assert [await refused_word(mall, draft) for draft in drafts] == ["ended", "ended"]
    assert (await desk.counts(claimed), await desk.counts(coded)) == ((1, 0, 0, 0), (0, 0, 0, 0))


async def test_a_coupon_that_expires_after_the_quote(mall, clock, shopper, desk, goods):
    """At the end of its window it is refused, and with the time back it would be held."""
    coupon = await shopper.claim(desk, await desk.campaign())
    draft = await drafted(shopper, of(goods), asks=[ask(coupon["id"], desk.shop)])
    clock.move(timedelta(days=30))
    assert await refused_word(mall, draft) == "expired"
    clock.move(-timedelta(days=30))
    assert await place(mall, [draft]) == {}


async def test_a_coupon_that_changes_hands_after_the_quote(mall, shopper, make_shopper, desk, goods):
    """Whoever owns it when the order is placed decides."""
    campaign = await desk.campaign()
    coupon, other = await shopper.claim(desk, campaign), await make_shopper()
    await other.claim(desk, campaign)
    draft = await drafted(shopper, of(goods), asks=[ask(coupon["id"], desk.shop)])
    swap = "UPDATE coupons_coupon SET account_id = $2 WHERE campaign_id = $1 AND account_id = $3"
    stand_in = uuid4()
    for new, old in ((stand_in, shopper.person.id), (shopper.person.id, other.person.id), (other.person.id, stand_in)):
        await db.execute(swap, campaign["id"], new, old)
    assert await refused_word(mall, draft) == "not_yours"


async def test_a_refusal_is_told_over_http_in_the_language_of_the_request(shopper, desk, goods, monkeypatch):
    """409 `claim_refused`, with the plugin's code and a sentence."""
    coupon = await shopper.claim(desk, await desk.campaign())
    asks = [ask(coupon["id"], desk.shop)]
    for language, sentence in texts.WORDS["expired"].items():
        monkeypatch.setattr("galleria_coupons.deciding._about_coupon", lambda *_: "expired")
        speaking = shopper.api.having(Accept_Language=language)
        refused = problem(
            await speaking.post("/api/checkouts", await shopper.body(of(goods), asks=asks)), 409, "claim_refused"
        )
        assert (refused["detail"], refused["plugin"]) == (sentence, "coupons")
        assert refused["errors"][0]["code"] == "coupons:expired"


@pytest.mark.parametrize("word", sorted(texts.WORDS))
def test_every_word_has_a_sentence_in_each_language(word):
    """Simplified Chinese and English."""
    assert texts.refusal(word, "zh-CN").detail != texts.refusal(word, "en").detail


async def test_full_reductions_are_claimed_by_nobody(mall, shopper, desk, goods, statements):
    """An order that carries only one costs no statement when it is placed."""
    await desk.reduction({"at": 1, "amount": 100})
    draft = await drafted(shopper, of(goods))
    statements.clear()
    assert await place(mall, [draft]) == {}
    assert statements == []
