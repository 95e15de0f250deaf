"""The page on which a buyer pays, and what its forms do."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from galleria.core.plugin_api import RefundState
from galleria.core.testing.client import ok
from galleria_sandbox_pay import queries

PREFIX = "/api/plugins/sandbox_pay"
HOSTILE = "<script>alert(1)</script>\"' onload=x {{ 7 * 7 }} &amp;"


class Page(HTMLParser):
    """The forms' targets, the links, the tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(named)
        if tag == "form":
            self.forms.append(named["action"])
        if tag == "a":
            self.links.append(named["href"])

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def page(api):
    async def fetch(transaction, language: str = "en") -> Page:
        answer = await api.get(f"{PREFIX}/pay/{transaction.token}", headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    return fetch


async def test_the_page_shows_what_is_due_with_its_buttons(opened, page):
    """Pay, pay a part, decline: three forms below the page's own path."""
    transaction = await opened(amount=123456789)
    found = await page(transaction)
    own = f"{PREFIX}/pay/{transaction.token}"
    assert found.forms == [f"{own}/pay", f"{own}/pay", f"{own}/decline"]
    assert "1,234,567.89 CNY" in found.text
    assert "Order 1" in found.text
    assert "Pay a part" in found.text


@pytest.mark.parametrize(
    ("language", "word"),
    [("zh-CN", "支付部分金额"), ("zh-TW;q=0.9, fr", "支付部分金额"), ("en-GB", "Pay a part"), ("", "支付部分金额")],
)
async def test_the_page_speaks_the_readers_language(opened, page, language, word):
    """Chinese or English, as Accept-Language says."""
    assert word in (await page(await opened(), language)).text


async def test_the_page_escapes_hostile_text(opened, page, paid, refund_of, provider):
    """Markup in a description or a reason is shown as text, and templates in it are not run."""
    transaction = await opened(description=HOSTILE)
    found = await page(transaction)
    assert HOSTILE in found.text
    capture = await paid()
    await provider.refund(refund_of(capture, 1, reason=HOSTILE))
    paid_page = await page(await queries.transaction_of(capture.attempt_id))
    assert HOSTILE in paid_page.text
    assert "script" not in found.tags | paid_page.tags
    assert "onload" not in found.attributes | paid_page.attributes


async def test_the_page_lets_nothing_in_and_its_address_not_out(api, opened):
    """No script, no frame, no cache, and no referrer that would carry the token."""
    headers = (await api.get(f"{PREFIX}/pay/{(await opened()).token}")).headers
    assert headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")


async def test_the_policy_admits_the_pages_own_style(api, opened):
    """The digest in the policy is that of the style in the page, else a browser would show it bare."""
    answer = await api.get(f"{PREFIX}/pay/{(await opened()).token}")
    style = answer.text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("how", ["pay", "decline", "close", "expire"])
async def test_a_page_whose_payment_is_over_has_no_pay_button(api, opened, page, provider, clock, how):
    """What cannot be paid is not offered."""
    transaction = await opened()
    if how == "close":
        await provider.close(transaction.attempt_id)
    elif how == "expire":
        clock.move(timedelta(hours=1))
    else:
        ok(await api.post(f"{PREFIX}/pay/{transaction.token}/{how}"))
    own = f"{PREFIX}/pay/{transaction.token}"
    found = await page(transaction)
    assert found.forms == ([f"{own}/resend"] if how == "pay" else [])
    word = {"pay": "Paid", "decline": "Declined", "close": "Closed", "expire": "Expired"}[how]
    assert word in found.text


async def test_the_page_settles_pending_refunds(api, paid, page, provider, refund_of):
    """A refund that waits has a form that ends it, and the form leads back to the page."""
    provider.refunds_later = True
    capture = await paid()
    asked = refund_of(capture, 5)
    await provider.refund(asked)
    transaction = await queries.transaction_of(capture.attempt_id)
    settle = (await page(transaction)).forms[-1]
    answer = await api.post(settle, data={"state": "succeeded"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/pay/{transaction.token}")
    found = await queries.refund(asked.refund_id)
    assert found is not None
    assert found.state == RefundState.SUCCEEDED
    assert not any("settle" in form for form in (await page(transaction)).forms)


@pytest.mark.parametrize("return_url", ["/pages/paid?order=1", "http://127.0.0.1:8000/pages/paid"])
async def test_a_form_leads_back_to_the_mall(api, opened, page, return_url):
    """A path, or an address below the mall's own, is where the buyer goes after paying; the page links it."""
    transaction = await opened(return_url=return_url)
    answer = await api.post(f"{PREFIX}/pay/{transaction.token}/pay", data={"amount": "15"})
    assert (answer.status_code, answer.headers["location"]) == (303, return_url)
    assert (await queries.transaction_of(transaction.attempt_id)).captured == 15
    assert (await page(transaction)).links == [return_url]


@pytest.mark.parametrize(
    "return_url",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil.example",
     "javascript:alert(1)", "http://127.0.0.1:8000@evil.example/", "http://127.0.0.1:8000.evil.example/", "data:,x",
     "/a\r\nSet-Cookie: a=b", " /a", "http://127.0.0.1:8000", ""],
)  # fmt: skip
async def test_a_form_leads_nowhere_else(api, opened, page, return_url):
    """Any other address is forgotten: the buyer sees the page again."""
    transaction = await opened(return_url=return_url)
    answer = await api.post(f"{PREFIX}/pay/{transaction.token}/pay", data={"amount": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/pay/{transaction.token}")
    assert (await page(transaction)).links == []


async def test_a_program_is_not_redirected(api, opened):
    """JSON is answered by JSON, whatever the return address."""
    transaction = await opened(return_url="/pages/paid")
    assert ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay", {}))["state"] == "succeeded"


@pytest.mark.parametrize(
    "form",
    [{"data": {"amount": "x"}}, {"data": {"amount": "0"}}, {"data": {"amount": "2001"}}, {"data": {"paid": "1"}},
     {"data": {"amount": ["1", "2"]}}, {"files": {"amount": ("a.txt", b"5")}},
     {"content": b"amount=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
     {"content": b"\xff=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
     {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
     {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data"}}],
)  # fmt: skip
async def test_a_form_that_makes_no_sense_is_refused(api, opened, form):
    """No form makes the server fail, or takes money that it does not name."""
    transaction = await opened(amount=2000)
    assert 400 <= (await api.post(f"{PREFIX}/pay/{transaction.token}/pay", **form)).status_code < 500
    assert await queries.transaction(transaction.attempt_id) == transaction


async def test_a_body_that_is_too_large_is_refused(api, opened):
    """The sandbox reads small bodies only."""
    transaction = await opened()
    answer = await api.post(f"{PREFIX}/pay/{transaction.token}/pay", content=b"x" * 20_000)
    assert answer.status_code == 413
