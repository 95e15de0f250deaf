from __future__ import annotations

from galleria.core.testing.client import ok, problem


async def test_ready_names_both_engines(api):
    """Readiness says that PostgreSQL and Redis are there."""
    assert ok(await api.get("/api/ready"))["engines"] == {"postgresql": "ok", "redis": "ok"}


async def test_unknown_route_is_a_problem_with_a_request_id(api):
    """A route that does not exist answers a problem document, and the request can be found in the log."""
    response = await api.get("/api/no-such-thing")
    problem(response, 404, "not_found")
    assert response.headers["x-request-id"]


async def test_an_unknown_token_is_refused_even_on_a_public_route(api):
    """A token that is sent but not valid is never treated as no token."""
    problem(await api.having(Authorization="Bearer nonsense").get("/api/health"), 401, "token_invalid")


async def test_factories_make_a_shop_with_goods(make_shop, make_goods):
    """The fixtures leave a store with a product of two SKUs."""
    goods = await make_goods(await make_shop(), prices=[100, 200])
    assert len(goods.skus) == 2
