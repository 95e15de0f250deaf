"""What the page tells, step by step."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx

from .names import Names
from .page import Page

PASSWORD = "a long password"  # noqa: S105  the mall is gone when the page is written
STORE = "/api/stores/corner-shop"
COLUMNS = (
    "product_code,name_zh,name_en,brand,category,sku_code,barcode,options,price,minimum_price,cost,weight_grams,stock,"
    "status,description_zh,description_en"
)
GOODS = f"{COLUMNS}\nTEA-1,红茶,Black tea,,,TEA-1,,,5.00,0.00,0.00,0,100,on_sale,,"

INTRODUCTION = """# From `pip install` to the first discounted order

A transcript: everything on this page was run, and a test runs it again and compares. Names in angle brackets stand
for what is different each time; long answers are shortened to what matters. The plugin is
[examples/retail_replay](../examples/retail_replay/README.md): a distribution like one of yours, which sells baskets
again at the prices of their receipts. Galleria is installed, and its database migrated.

`python -m galleria.examples.first_order --write` writes this page anew."""


def install(page: Page) -> None:
    """The distribution, its tables, and a store to try it in."""
    page.say(INTRODUCTION)
    page.say("## Install the plugin")
    page.say("The flags make it go without a network; `pip install ./examples/retail_replay` does the same with one.")
    page.run("pip install --no-deps --no-build-isolation ./examples/retail_replay", last=True)
    page.run("galleria migrate")
    page.run("galleria plugins list | grep retail_replay")
    page.say("It is installed, and off everywhere. Make an operator, and start the mall:")
    page.run(f"GALLERIA_OPERATOR_PASSWORD='{PASSWORD}' galleria operator create ann@corner.example")
    page.show("$ galleria serve", "console")


def open_store(page: Page, names: Names, operator: httpx.Client) -> None:
    """A store with one thing for sale."""
    page.say("## A store with something to sell")
    _sign_in(page, names, operator, "ann@corner.example", "operator's token")
    me = operator.get("/api/me").json()["id"]
    owner = names.name(me, "ann's account")
    body = {"slug": "corner-shop", "name": {"en": "Corner shop"}, "currency": "USD", "owner_id": owner, "locale": "en"}
    page.call(operator, "POST", "/api/mall/stores", body, headers=_key(names), keep=("slug", "currency", "state"))
    page.say("A catalog of one product, in a file:")
    page.show(f"$ cat goods.csv\n{GOODS}", "console")
    page.run("galleria import corner-shop goods.csv")


def switch_on(page: Page, names: Names, operator: httpx.Client) -> str:
    """The plugin, on in the store; return the SKU's id after telling the plugin a receipt."""
    page.say("## Switch the plugin on in the store")
    page.call(
        operator, "PUT", f"{STORE}/staff/plugins/retail_replay", {"state": "on"},
        headers={"If-Match": '"v0"'}, keep=("name", "distribution", "version", "state"),
    )  # fmt: skip
    time.sleep(1.5)
    page.say(
        "Within a second it is on in all processes, without a restart. Its staff route takes what a receipt says: two "
        "packets\nof tea at 4.50 instead of 5.00, less 0.90, 0.20 and 0.50."
    )
    found = operator.get(f"{STORE}/products").json()["items"][0]["id"]
    sku = str(operator.get(f"{STORE}/products/{found}").json()["skus"][0]["id"])
    row: dict[str, Any] = {"receipt": "r-17", "line": 0, "sku_id": names.name(sku, "sku"), "quantity": 2}
    row |= {"unit_price": 450, "retail_disc": 90, "coupon_match_disc": 20, "coupon_disc": 50}
    page.call(operator, "PUT", f"{STORE}/retail_replay/lines", {"lines": [row]})
    return sku


def buy(page: Page, names: Names, shopper: httpx.Client, sku: str) -> None:
    """A shopper, a quote, an order, a payment."""
    page.say("## Buy at the receipt's price")
    body = {"email": "bo@corner.example", "password": PASSWORD, "locale": "en"}
    page.call(shopper, "POST", "/api/accounts", body, headers=_key(names), keep=("email",))
    _sign_in(page, names, shopper, "bo@corner.example", "shopper's token")
    home = {"recipient": "Bo", "phone": "+12025550123", "country": "US", "province": "Ohio", "city": "Cincinnati"}
    home["street"] = "1 Main Street"
    kept = page.call(
        shopper, "POST", "/api/me/addresses", home, headers=_key(names), keep=("id", "recipient"),
        naming=lambda found: {found["id"]: "address"},
    )  # fmt: skip
    line = {"sku_id": sku, "quantity": 2, "extra": {"retail_replay": {"receipt": "r-17", "line": 0}}}
    page.say("A quote says what each offer takes: 10.00 at list price, 7.40 by the receipt.")
    total = _quote(page, shopper, line)
    page.say("The order is placed at the total that was shown, and paid.")
    wanted = {"lines": [line], "address_id": kept["id"], "expected_total": total}
    placed = page.call(
        shopper, "POST", "/api/checkouts", wanted, headers=_key(names),
        keep=("state", "total", "payment_id", "orders.id", "orders.state"),
        naming=lambda found: {found["payment_id"]: "payment", found["orders"][0]["id"]: "order"},
    )  # fmt: skip
    order = placed["orders"][0]["id"]
    _pay(page, names, shopper, placed["payment_id"])
    _await_paid(shopper, order)
    page.call(shopper, "GET", f"/api/orders/{order}", keep=("state", "goods", "discounts", "total", "due"))


def buy_again(page: Page, operator: httpx.Client, shopper: httpx.Client, sku: str) -> None:
    """The receipt is used up."""
    page.say("## Once")
    page.say("The order has used the receipt up, and the same line costs its list price now.")
    page.call(operator, "GET", f"{STORE}/retail_replay/receipts/r-17")
    line = {"sku_id": sku, "quantity": 2, "extra": {"retail_replay": {"receipt": "r-17", "line": 0}}}
    _quote(page, shopper, line)
    page.say("Were the order cancelled, the receipt would be free again.")


def _sign_in(page: Page, names: Names, http: httpx.Client, email: str, name: str) -> None:
    body = {"identifier": email, "password": PASSWORD}
    answer = http.post("/api/sessions", json=body)
    token = names.name(answer.json()["access_token"], name)
    page.say(f"`POST /api/sessions` with the e-mail address and the password answers `<{name}>` for {email}.")
    http.headers["Authorization"] = f"Bearer {token}"


def _quote(page: Page, shopper: httpx.Client, line: dict[str, Any]) -> Any:
    keep = ("adjustments.plugin", "adjustments.code", "adjustments.label", "adjustments.amount")
    quote = page.call(
        shopper, "POST", "/api/checkouts/preview", {"lines": [line]},
        keep=(*keep, "totals.goods", "totals.discounts", "totals.total"),
    )  # fmt: skip
    return quote["totals"]["total"]


def _pay(page: Page, names: Names, shopper: httpx.Client, payment: str) -> None:
    path, body = f"/api/payments/{payment}/attempts", {"provider": "sandbox_pay"}
    attempt = shopper.post(path, json=body, headers=_key(names)).json()
    pay = httpx.URL(attempt["client_data"]["pay_url"]).path
    names.name(pay.rsplit("/", 1)[-1], "token")
    page.say(
        f"`POST {names.replaced(path)}` with the provider `sandbox_pay` answers the provider's page; its button pays."
    )
    with httpx.Client(base_url=shopper.base_url, trust_env=False) as nobody:
        page.call(nobody, "POST", f"{pay}/pay", keep=("state", "notified"))


def _await_paid(shopper: httpx.Client, order: str) -> None:
    """The provider has told the mall; the order follows in a moment."""
    for _ in range(100):
        if shopper.get(f"/api/orders/{order}").json()["state"] == "paid":
            return
        time.sleep(0.1)


def _key(names: Names) -> dict[str, str]:
    return {"Idempotency-Key": names.name(uuid4().hex, "key")}
