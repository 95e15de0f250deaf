from __future__ import annotations

from typing import Any, cast

import httpx
import pytest
from galleria.core.testing.client import Api
from galleria.examples.replay.calls import Caller, Unexpected
from galleria.examples.replay.households import join, network_address
from galleria.examples.replay.shelves import store_body
from galleria.examples.replay.timings import Timings


@pytest.fixture
def timings() -> Timings:
    return Timings()


@pytest.fixture
def visitor(api: Api, timings: Timings) -> Caller:
    return Caller(api.http, timings)


async def test_expected_answer_is_returned_and_timed(visitor: Caller, timings: Timings) -> None:
    """The kind names the call among the timings."""
    assert (await visitor.get("look", "/api/health"))["status"] == "ok"
    assert [(summary.kind, summary.count) for summary in timings.summaries()] == [("look", 1)]


async def test_other_answer_is_told_whole(visitor: Caller) -> None:
    """The message has the method, the path, both statuses and the body, so that nobody has to run it again."""
    with pytest.raises(Unexpected, match=r'^GET /api/me: 401 instead of 200: .*"code":"unauthenticated"'):
        await visitor.get("look", "/api/me")


async def test_lost_server_is_told_with_the_call() -> None:
    """A connection that fails is an unexpected answer too."""
    async with httpx.AsyncClient(base_url="http://127.0.0.1:1", trust_env=False) as http:
        with pytest.raises(Unexpected, match=r"^POST /api/cart/lines: ConnectError"):
            await Caller(http, Timings()).post("add", "/api/cart/lines", {})


async def test_headers_add_up(visitor: Caller) -> None:
    """A caller with further headers is another one: the first stays as it was."""
    further = visitor.having(X_Forwarded_For="10.0.0.1").having(Authorization="Bearer nothing")
    with pytest.raises(Unexpected, match="token_invalid"):
        await further.get("look", "/api/me")
    with pytest.raises(Unexpected, match="unauthenticated"):
        await visitor.get("look", "/api/me")


async def test_change_is_put_with_its_headers(visitor: Caller, make_shop: Any) -> None:
    """A plugin is switched by its revision; without one the answer is told."""
    shop = await make_shop()
    owner = visitor.having(Authorization=f"Bearer {shop.owner.token}")
    place = f"{shop.path}/staff/plugins/nothing"
    with pytest.raises(Unexpected, match=r"^PUT .*: 404 instead of 200: .*plugin_not_found"):
        await owner.having(If_Match='"v0"').put("switch", place, {"state": "on"})


async def test_household_joins_with_an_address(visitor: Caller) -> None:
    """It is signed in, and its address is kept."""
    household = await join(visitor, 2337)
    me = await household.shopper.get("look", "/api/me")
    kept = await household.shopper.get("look", "/api/me/addresses")
    assert me["email"] == "household-2337@replay.example"
    assert [address["id"] for address in kept["items"]] == [household.address_id]


def test_households_have_network_addresses_of_their_own() -> None:
    """Below 10.0.0.0/8, and no two numbers share one."""
    assert [network_address(number) for number in (1, 256, 2500, 70_000)] == [
        "10.0.0.1",
        "10.0.1.0",
        "10.0.9.196",
        "10.1.17.112",
    ]


async def test_store_adds_nothing_to_its_prices(visitor: Caller, api: Api, make_person: Any) -> None:
    """A store of the data has no shipping fee and no tax, and its name is its number."""
    operator = await make_person(operator=True)
    caller = visitor.having(Authorization=f"Bearer {operator.token}")
    made = cast("dict[str, Any]", await caller.post("make", "/api/mall/stores", store_body(367, str(operator.id))))
    assert (made["slug"], made["name"]["en"]) == ("store-367", "Store 367")
    assert (made["shipping_fee"], made["tax_rate_ppm"]) == ({"amount": 0, "currency": "USD"}, 0)
