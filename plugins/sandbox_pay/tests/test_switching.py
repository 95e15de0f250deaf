"""The operator switches the sandbox, and the mall's offer follows."""

from __future__ import annotations

from galleria.core.testing.client import ok, problem


async def offered(api) -> set[str]:
    return {provider["code"] for provider in ok(await api.get("/api/payments/providers"))}


async def test_a_sandbox_that_is_draining_is_not_offered_until_it_is_on_again(api, make_person, enable_plugin):
    """Draining takes the way to pay and the pages away at once; switching it on brings both back."""
    operator = api.acting_as(await make_person(operator=True))
    shown = {entry["name"]: entry for entry in ok(await operator.get("/api/mall/plugins"))}["sandbox_pay"]
    assert (shown["state"], await offered(api)) == ("on", {"sandbox_pay"})
    wish = operator.having(If_Match=f'"v{shown["revision"]}"')
    ok(await wish.put("/api/mall/plugins/sandbox_pay", {"state": "draining"}))
    try:
        assert await offered(api) == set()
        problem(await api.get("/api/plugins/sandbox_pay/pay/unknown"), 404, "plugin_disabled")
    finally:
        await enable_plugin("sandbox_pay")
    assert await offered(api) == {"sandbox_pay"}
