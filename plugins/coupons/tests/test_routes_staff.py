"""Campaigns and full reductions as those run them who may: states, versions, what stays, who is let in."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from galleria.core.testing.client import ok, problem

from .shopping import ask, of

NOUNS = ("campaigns", "reductions")


def body_of(desk, noun, **more):
    return desk.body(**more) if noun == "campaigns" else desk.reduction_body(**more)


async def draft(desk, noun, **more):
    return ok(await desk.api.post(f"{desk.path}/{noun}", body_of(desk, noun, **more)), 201)


@pytest.mark.parametrize("noun", NOUNS)
async def test_who_may_manage(api, make_person, make_member, make_shop, shop, desk, noun):
    """Nobody, a shopper, staff without the permission and another store's owner may not; staff with it may."""
    made, one = f"{desk.path}/{noun}", await draft(desk, noun)
    callers = {
        401: None,
        403: await make_person(),
        "permission": await make_member(shop, "plugins.manage", "catalog.write"),
        "stranger": (await make_shop()).owner,
    }
    for expected, person in callers.items():
        client, status = api.acting_as(person), expected if expected == 401 else 403
        for answer in (
            await client.get(made),
            await client.get(f"{made}/{one['id']}"),
            await client.post(made, body_of(desk, noun)),
            await client.having(If_Match='"v1"').put(f"{made}/{one['id']}", body_of(desk, noun)),
            await client.having(If_Match='"v1"').post(f"{made}/{one['id']}/activate", key=""),
            await client.post(f"{made}/{one['id']}/end", key=""),
        ):
            assert answer.status_code == status, answer.text
    manager = api.acting_as(await make_member(shop, "coupons.manage"))
    assert [entry["id"] for entry in ok(await manager.get(made))["items"]] == [one["id"]]
    assert ok(await manager.get(f"{made}/{one['id']}"))["state"] == "draft"


@pytest.mark.parametrize("noun", NOUNS)
async def test_only_the_operator_manages_the_malls(api, shop, mall_desk, make_person, noun):
    """A store's owner and a shopper are refused, whatever they may do elsewhere."""
    one = await draft(mall_desk, noun)
    for person, status in ((None, 401), (await make_person(), 403), (shop.owner, 403)):
        client = api.acting_as(person)
        assert (await client.get(f"{mall_desk.path}/{noun}/{one['id']}")).status_code == status
        assert (await client.post(f"{mall_desk.path}/{noun}", body_of(mall_desk, noun))).status_code == status
        assert (await client.post(f"{mall_desk.path}/{noun}/{one['id']}/end", key="")).status_code == status


@pytest.mark.parametrize("noun", NOUNS)
async def test_a_store_cannot_make_the_platform_pay(desk, noun):
    """No field of a store's body says who bears the discount, nor in which currency it is."""
    for name, value in (("platform_share_ppm", 1), ("currency", "USD")):
        answer = await desk.api.post(f"{desk.path}/{noun}", body_of(desk, noun, **{name: value}))
        assert answer.status_code in (400, 422), answer.text


async def test_shoppers_routes_want_a_shopper(api, desk, shopper):
    """Everybody sees what can be claimed; claiming and looking at one's own need a session and a key."""
    campaign = await desk.campaign()
    [shown] = ok(await api.get(f"{desk.public}/campaigns"))["items"]
    assert (shown["id"], shown["available"], shown["amount"]["amount"]) == (campaign["id"], True, 500)
    problem(await api.post(f"{desk.public}/campaigns/{campaign['id']}/claims"), 401, "unauthenticated")
    problem(await api.get(f"{desk.public}/mine"), 401, "unauthenticated")
    problem(await shopper.try_claim(desk, campaign, key=""), 400, "idempotency_key_required")


async def test_a_claim_that_is_sent_again_gives_the_same_coupon(shopper, desk):
    """The key decides, and the coupon is one."""
    campaign, key = await desk.campaign(), uuid4().hex
    first, again = [ok(await shopper.try_claim(desk, campaign, key=key), 201) for _ in range(2)]
    assert first == again
    assert await desk.counts(campaign) == (1, 0, 0, 0)


@pytest.mark.parametrize("noun", NOUNS)
async def test_draft_active_ended_and_not_back(desk, noun):
    """Each step once, by version; ending again changes nothing."""
    one = await draft(desk, noun)
    problem(await desk.api.post(f"{desk.path}/{noun}/{one['id']}/activate", key=""), 428, "version_required")
    active = ok(await desk.step(noun, one, "activate"))
    assert (active["state"], active["version"]) == ("active", 2)
    problem(await desk.step(noun, one, "activate"), 412, "version_mismatch")
    problem(await desk.step(noun, active, "activate"), 409, "promotion_wrong_state")
    ended = ok(await desk.step(noun, active, "end"))
    assert ok(await desk.step(noun, active, "end")) == ended
    problem(await desk.step(noun, ended, "activate"), 409, "promotion_wrong_state")
    problem(await desk.edit(noun, ended, edit_of(desk, noun)), 409, "promotion_wrong_state")


def edit_of(desk, noun, **more):
    return {key: value for key, value in body_of(desk, noun, **more).items() if key not in ("how", "code")}


@pytest.mark.parametrize("noun", NOUNS)
async def test_what_has_run_out_is_not_activated(clock, desk, noun):
    """A draft whose end has passed cannot be opened."""
    soon = (desk.mall.now() + timedelta(minutes=5)).isoformat()
    one = await draft(desk, noun, ends_at=soon)
    clock.move(timedelta(minutes=5))
    assert problem(await desk.step(noun, one, "activate"), 422, "past")["errors"][0]["path"] == "ends_at"


@pytest.mark.parametrize("noun", NOUNS)
async def test_edits_need_the_version_that_was_read(desk, noun):
    """Of two edits on one version the second is refused; without a version none is made."""
    one = await draft(desk, noun)
    new = edit_of(desk, noun, name={"en": "New"})
    changed = ok(await desk.edit(noun, one, new))
    assert (changed["name"], changed["version"]) == ({"en": "New"}, 2)
    problem(await desk.edit(noun, one, new), 412, "version_mismatch")
    problem(await desk.api.put(f"{desk.path}/{noun}/{one['id']}", new), 428, "version_required")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 501},
        {"threshold": 1},
        {"scope": {"sku_ids": [str(uuid4())]}},
        {"refund_policy": "never"},
        {"combines_with": []},
        {"kind": "percent_off", "amount": 0, "rate_ppm": 1},
    ],
)
async def test_terms_of_an_active_campaign_stay(desk, change):
    """What shoppers rely on is refused, and named."""
    said = edit_of(desk, "campaigns")
    one = await desk.campaign(**said)
    refused = problem(await desk.edit("campaigns", one, {**said, **change}), 409, "promotion_terms_frozen")
    assert set(refused["fields"]) == set(change)


async def test_name_end_and_limits_of_an_active_campaign_change(shopper, desk):
    """Raised, or lowered to what has been claimed, which stops further claims."""
    said = edit_of(desk, "campaigns", total_limit=5, shopper_limit=3)
    one = await desk.campaign(**said)
    for _ in range(2):
        await shopper.claim(desk, one)
    later = (desk.mall.now() + timedelta(days=60)).isoformat()
    new = {**said, "name": {"en": "Longer"}, "ends_at": later, "total_limit": 2, "shopper_limit": 2}
    changed = ok(await desk.edit("campaigns", one, new))
    assert (changed["total_limit"], changed["shopper_limit"], changed["name"]) == (2, 2, {"en": "Longer"})
    problem(await shopper.try_claim(desk, one), 409, "coupons_gone")
    changed = ok(await desk.edit("campaigns", changed, {**new, "total_limit": None, "shopper_limit": 3}))
    await shopper.claim(desk, one)
    problem(await shopper.try_claim(desk, one), 409, "coupon_limit_reached")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"total_limit": 1}, "below_claimed"), ({"shopper_limit": 1}, "below_claimed"), ({"earlier": 1}, "moved_earlier")],
)
async def test_limits_and_end_are_not_taken_back(shopper, desk, change, code):
    """Below what is claimed, or before the end that was told: refused with the field."""
    said = edit_of(desk, "campaigns", total_limit=5, shopper_limit=3)
    one = await desk.campaign(**said)
    for _ in range(2):
        await shopper.claim(desk, one)
    if "earlier" in change:
        change = {"ends_at": (desk.mall.now() + timedelta(days=1)).isoformat()}
    refused = problem(await desk.edit("campaigns", one, {**said, **change}), 422, code)
    assert [error["path"] for error in refused["errors"]] == list(change)


WRONG = [
    ("campaigns", {"amount": 0}, "amount"),
    ("campaigns", {"rate_ppm": 1}, "amount"),
    ("campaigns", {"cap": 1}, "amount"),
    ("campaigns", {"kind": "percent_off", "amount": 0}, "rate_ppm"),
    ("campaigns", {"kind": "percent_off", "rate_ppm": 1}, "rate_ppm"),
    ("campaigns", {"how": "code"}, "code"),
    ("campaigns", {"code": "TEA-5"}, "code"),
    ("campaigns", {"ends_at": "2026-01-01T00:00:00Z", "starts_at": "2026-01-01T00:00:00Z"}, "ends_at"),
    ("campaigns", {"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
    ("reductions", {"ends_at": "9999-12-31T23:59:59-12:00"}, "ends_at"),
    ("reductions", {"tiers": [{"at": 5, "amount": 1}, {"at": 5, "amount": 2}]}, "tiers"),
    ("reductions", {"tiers": [{"at": 5, "amount": 1}, {"at": 6}]}, "tiers.1"),
    ("reductions", {"tiers": [{"at": 5, "amount": 1, "rate_ppm": 1}]}, "tiers.0"),
]


@pytest.mark.parametrize(("noun", "change", "path"), WRONG)
async def test_terms_that_cannot_be_are_refused_with_their_field(desk, noun, change, path):
    """Each by the path of what is wrong."""
    answer = await desk.api.post(f"{desk.path}/{noun}", body_of(desk, noun, **change))
    assert answer.status_code == 422, answer.text
    assert path in [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "change",
    [
        {"name": {}},
        {"name": {"en": " "}},
        {"starts_at": "2026-01-01T00:00:00"},
        {"amount": -1},
        {"rate_ppm": 1_000_001},
        {"total_limit": 0},
        {"code": "a b c d"},
        {"scope": {"brand_ids": []}},
    ],
)
async def test_fields_that_cannot_be_are_refused(desk, change):
    """Out of range, without a time zone, without a name in any language, or unknown."""
    answer = await desk.api.post(f"{desk.path}/campaigns", desk.body(**change))
    assert answer.status_code in (400, 422), answer.text


async def test_a_code_is_one_campaigns_until_that_has_ended(desk):
    """Also in other letters; afterwards it may be used anew."""
    code = f"Tea-{uuid4().hex[:8]}"
    first = await desk.campaign(how="code", code=code)
    assert first["code"] == code.upper()
    again = desk.body(how="code", code=code.lower())
    problem(await desk.api.post(f"{desk.path}/campaigns", again), 409, "coupon_code_taken")
    ok(await desk.step("campaigns", first, "end"))
    ok(await desk.api.post(f"{desk.path}/campaigns", again), 201)


async def test_lists_page_from_the_newest_and_filter_by_state(shopper, desk):
    """Staff see campaigns with their counts; nothing is skipped or repeated."""
    made = [(await desk.campaign() if at % 2 else await desk.draft())["id"] for at in range(5)]
    seen, cursor = [], None
    while cursor is not None or not seen:
        page = ok(
            await desk.api.get(f"{desk.path}/campaigns", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        )
        seen, cursor = seen + [one["id"] for one in page["items"]], page["next_cursor"]
    assert seen == made[::-1]
    drafts = ok(await desk.api.get(f"{desk.path}/campaigns", params={"state": "draft"}))["items"]
    assert [one["id"] for one in drafts] == [made[4], made[2], made[0]]


async def test_my_coupons_are_mine_by_state_and_by_page(clock, shopper, make_shopper, desk, goods):
    """One of each state; another shopper sees none of them."""
    short = {"ends_at": (desk.mall.now() + timedelta(minutes=5)).isoformat()}
    expired = await shopper.claim(desk, await desk.campaign(**short))
    kept, held, used = [await shopper.claim(desk, await desk.campaign()) for _ in range(3)]
    withdrawn = await desk.campaign()
    ended = await shopper.claim(desk, withdrawn)
    ok(await desk.step("campaigns", withdrawn, "end"))
    await shopper.place(of(goods), asks=[ask(held["id"], desk.shop)])
    await shopper.buy(of(goods), asks=[ask(used["id"], desk.shop)])
    clock.move(timedelta(minutes=5))
    by_state = {
        state: [one["id"] for one in await shopper.coupons(desk, state=state)]
        for state in ("claimed", "held", "used", "expired")
    }
    assert by_state == {
        "claimed": [kept["id"]],
        "held": [held["id"]],
        "used": [used["id"]],
        "expired": [ended["id"], expired["id"]],
    }
    first = ok(await shopper.api.get(f"{desk.public}/mine", params={"limit": 3}))
    rest = await shopper.coupons(desk, limit=3, cursor=first["next_cursor"])
    assert [one["id"] for one in first["items"] + rest] == [
        ended["id"],
        used["id"],
        held["id"],
        kept["id"],
        expired["id"],
    ]
    assert await (await make_shopper()).coupons(desk) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"starts_at": 5}, "coupon_not_started"),
        ({"ends_at": 0}, "coupon_ended"),
    ],
)
async def test_a_coupon_is_claimed_in_the_window_alone(clock, shopper, desk, change, code):
    """Too early, and too late by nothing."""
    [(name, minutes)] = change.items()
    edge = (clock.hold() + timedelta(minutes=minutes or 5)).isoformat()
    campaign = await desk.campaign(**{name: edge})
    clock.move(timedelta(minutes=0 if minutes else 5))
    problem(await shopper.try_claim(desk, campaign), 409, code)


async def test_drafts_codes_and_strangers_are_not_there_to_claim(shopper, desk):
    """404, whichever it is; an ended one says so."""
    drafted, coded = await desk.draft(), await desk.campaign(how="code", code=uuid4().hex[:10])
    for campaign in (drafted, coded, {"id": str(uuid4())}):
        problem(await shopper.try_claim(desk, campaign), 404, "coupon_campaign_not_found")
    ended = await desk.campaign()
    ok(await desk.step("campaigns", ended, "end"))
    problem(await shopper.try_claim(desk, ended), 409, "coupon_ended")
