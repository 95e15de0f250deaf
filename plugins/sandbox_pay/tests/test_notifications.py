"""Notifications: signed, sent after the commit, sent again until the mall has acknowledged them."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from http import HTTPStatus

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from galleria.core.plugin_api import (
    InvalidNotification,
    NotificationRequest,
    ProviderError,
    Settings,
    StartupContext,
    db,
)
from galleria.core.testing.client import ok
from galleria_sandbox_pay import courier, queries, service
from galleria_sandbox_pay.courier import Courier
from galleria_sandbox_pay.provider import SandboxProvider
from galleria_sandbox_pay.signing import KeyPair

PREFIX = "/api/plugins/sandbox_pay"
NOTIFY_PATH = "/api/payments/notifications/sandbox_pay"


@pytest.fixture
async def sent(paid, mailbox) -> httpx.Request:
    """The notification of a payment of 2000."""
    await paid()
    return mailbox.requests[0]


async def test_a_payment_is_notified_once_after_its_commit(paid, mailbox, provider, read):
    """The mall is told the capture that a query tells, from outside any transaction."""
    capture = await paid(700)
    (request,) = mailbox.requests
    assert (request.method, str(request.url)) == ("POST", provider.base_url + NOTIFY_PATH)
    notification = await read(request)
    assert (notification.capture, notification.refund) == (capture, None)
    assert mailbox.inside == [False]
    assert (await queries.transaction_of(capture.attempt_id)).notified_at is not None


async def test_the_signature_is_ed25519_over_timestamp_nonce_and_body(sent, mall):
    """Anyone who has the public key can verify it with what the documentation says."""
    key = Ed25519PublicKey.from_public_bytes((await service.key_pair(now=mall.now()))._public.public_bytes_raw())
    timestamp, nonce = sent.headers["Sandbox-Timestamp"], sent.headers["Sandbox-Nonce"]
    signed = f"{timestamp}\n{nonce}\n".encode() + sent.content + b"\n"
    key.verify(base64.b64decode(sent.headers["Sandbox-Signature"]), signed)


@pytest.mark.parametrize("name", ["timestamp", "nonce", "serial", "signature"])
async def test_a_missing_header_is_refused(sent, read, name):
    """Each of the four headers is needed; a missing signature is no signature."""
    with pytest.raises(InvalidNotification):
        await read(sent, **{f"sandbox_{name}": None})
    with pytest.raises(InvalidNotification):
        await read(sent, **{f"sandbox_{name}": ""})


@pytest.mark.parametrize(
    "signature",
    [base64.b64encode(bytes(64)).decode(), "WECHATPAY/SIGNTEST/abc", "SANDBOX/SIGNTEST/abc", "é", "AAAA", "=", "null"],
)
async def test_a_wrong_signature_or_a_probe_is_refused(sent, read, signature):
    """What is no valid signature is refused, whatever it says that it is."""
    with pytest.raises(InvalidNotification):
        await read(sent, sandbox_signature=signature)


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_stale_timestamp_is_refused(paid, mailbox, read, clock, seconds):
    """More than 5 minutes off, in the past or in the future, is not acceptable."""
    clock.hold(clock.now().replace(microsecond=0))
    await paid()
    clock.move(timedelta(seconds=seconds))
    with pytest.raises(InvalidNotification):
        await read(mailbox.requests[0])


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_five_minutes_are_tolerated(paid, mailbox, read, clock, seconds):
    """Clocks may differ by 5 minutes, either way."""
    clock.hold(clock.now().replace(microsecond=0))
    capture = await paid()
    clock.move(timedelta(seconds=seconds))
    assert (await read(mailbox.requests[0])).capture == capture


@pytest.mark.parametrize("timestamp", ["1", "x", "-5", "1e9", " 1", "٣", "9" * 40])
async def test_a_changed_timestamp_is_refused(sent, read, timestamp):
    """A time stamp is digits, and is signed."""
    with pytest.raises(InvalidNotification):
        await read(sent, sandbox_timestamp=timestamp)


async def test_a_fresh_timestamp_needs_its_own_signature(sent, read, clock):
    """An old notification cannot be dressed up with a new time stamp."""
    clock.move(timedelta(minutes=10))
    with pytest.raises(InvalidNotification):
        await read(sent, sandbox_timestamp=str(int(clock.now().timestamp())))


async def test_a_changed_nonce_is_refused(sent, read):
    """The nonce is signed."""
    with pytest.raises(InvalidNotification):
        await read(sent, sandbox_nonce="another")


async def test_a_changed_body_is_refused(sent, provider, mall):
    """An amount that was changed on the way is not believed."""
    changed = sent.content.replace(b"2000", b"9000")
    assert changed != sent.content
    request = NotificationRequest(headers=dict(sent.headers), body=changed, received_at=mall.now())
    with pytest.raises(InvalidNotification):
        await provider.parse_notification(request)


async def test_another_installations_key_is_refused(sent, provider, mall):
    """A signature is good under this installation's key alone, also when it names this one's serial."""
    stranger, now = KeyPair.generate(), mall.now()
    headers = stranger.headers(sent.content, timestamp=int(now.timestamp()), nonce="n")
    for serial in (stranger.serial, sent.headers["Sandbox-Serial"]):
        named = {name.lower(): value for name, value in (headers | {"Sandbox-Serial": serial}).items()}
        with pytest.raises(InvalidNotification):
            await provider.parse_notification(NotificationRequest(headers=named, body=sent.content, received_at=now))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event":"x"}', b'{"event":"payment.captured"}', b"\xff"])
async def test_a_signed_body_that_is_no_notification_is_refused(provider, mall, body):
    """A right signature makes nonsense no notification."""
    now = mall.now()
    headers = (await service.key_pair(now=now)).headers(body, timestamp=int(now.timestamp()), nonce="n")
    named = {name.lower(): value for name, value in headers.items()}
    with pytest.raises(InvalidNotification):
        await provider.parse_notification(NotificationRequest(headers=named, body=body, received_at=now))


async def test_a_lost_notification_is_tried_three_times_at_once(paid, mailbox, read):
    """Twice the line or the mall fails, the third try arrives; each bears a nonce of its own."""
    mailbox.statuses = [0, 503]
    capture = await paid()
    assert len({request.headers["Sandbox-Nonce"] for request in mailbox.requests}) == 3
    assert {(await read(request)).capture for request in mailbox.requests} == {capture}
    assert (await queries.transaction_of(capture.attempt_id)).notified_at is not None


@pytest.mark.parametrize("status", [0, 302, 400, 500])
async def test_a_notification_that_never_arrives_stays_due(api, opened, mailbox, provider, status):
    """The buyer has paid all the same; the answer says that the mall does not know yet."""
    mailbox.statuses = [status] * 3
    transaction = await opened()
    answer = ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"))
    assert (answer["state"], answer["notified"]) == ("succeeded", False)
    assert len(mailbox.requests) == 3
    capture = (await provider.query(transaction.attempt_id)).capture
    assert capture is not None
    assert capture.amount == 2000


@pytest.mark.parametrize("occasion", ["page", "query", "resend", "pay"])
async def test_what_was_lost_is_sent_again(api, opened, mailbox, provider, read, occasion):
    """A look at the page, a query, `resend` and paying again send what the mall has not acknowledged."""
    mailbox.statuses = [500] * 3
    transaction = await opened()
    ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"))
    mailbox.requests.clear()
    if occasion == "query":
        await provider.query(transaction.attempt_id)
    elif occasion == "page":
        assert (await api.get(f"{PREFIX}/pay/{transaction.token}")).status_code == HTTPStatus.OK
    else:
        assert ok(await api.post(f"{PREFIX}/pay/{transaction.token}/{occasion}"))["notified"] is True
    (request,) = mailbox.requests
    assert (await read(request)).capture == (await queries.transaction_of(transaction.attempt_id)).capture


async def test_what_was_acknowledged_is_not_sent_again(api, paid, mailbox, provider):
    """Neither a query nor the page repeat what the mall knows."""
    capture = await paid()
    transaction = await queries.transaction_of(capture.attempt_id)
    await provider.query(capture.attempt_id)
    await api.get(f"{PREFIX}/pay/{transaction.token}")
    assert len(mailbox.requests) == 1


async def test_resend_repeats_what_was_acknowledged(api, paid, mailbox, read):
    """`resend` lets one try that a mall bears repetitions; the time of the first acknowledgement is kept."""
    capture = await paid()
    before = await queries.transaction_of(capture.attempt_id)
    ok(await api.post(f"{PREFIX}/pay/{before.token}/resend"))
    assert [(await read(request)).capture for request in mailbox.requests] == [capture, capture]
    assert await queries.transaction_of(capture.attempt_id) == before


async def test_nothing_is_sent_for_what_is_not_paid(api, opened, mailbox, provider):
    """An open attempt has nothing to tell."""
    transaction = await opened()
    await provider.query(transaction.attempt_id)
    ok(await api.post(f"{PREFIX}/pay/{transaction.token}/resend"))
    assert mailbox.requests == []


async def test_a_notification_is_never_sent_from_inside_a_transaction(paid, provider, mall):
    """Before the commit the mall could be told of a payment that is rolled back."""
    capture = await paid()
    with pytest.raises(RuntimeError, match="transaction"):
        async with db.transaction():
            await provider.courier.deliver(capture.attempt_id, mall.now)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:80000/api",
        "http://127.0.0.1:8000@evil.example/api",
        "http://127.0.0.1:8000.evil.example/",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/\r\nHost: evil",
        "http://127.0.0.1:8000/\\evil",
        "file:///etc/passwd",
        "/api/payments/notifications/sandbox_pay",
        "",
    ],
)
async def test_notifications_go_to_the_mall_alone(provider, attempt_of, paid, refund_of, url):
    """An address outside the mall's own is refused, for attempts and refunds: the sandbox calls no stranger."""
    assert provider.base_url == "http://127.0.0.1:8000"
    with pytest.raises(ProviderError):
        await provider.create(attempt_of(notify_url=url))
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(await paid(), 1, notify_url=url))


async def test_the_courier_refuses_addresses_that_were_stored_before(opened, mailbox, api):
    """When the mall has moved, old rows do not make it call its former address."""
    transaction = await opened()
    await db.execute(
        "UPDATE sandbox_pay_transaction SET notify_url = 'http://former.example/x' WHERE attempt_id = $1",
        transaction.attempt_id,
    )
    assert ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"))["notified"] is False
    assert mailbox.requests == []


async def test_the_default_transport_is_http_over_the_network(paid, provider, mall):
    """Without a transport of its own the courier speaks HTTP to a listening socket."""
    capture, heard = await paid(), []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        heard.append((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await db.execute(
        "UPDATE sandbox_pay_transaction SET notify_url = $2 WHERE attempt_id = $1", capture.attempt_id, f"{base}/n?a=1"
    )
    async with server:
        assert await Courier(base).deliver(capture.attempt_id, mall.now, again=True)
    ((head, body),) = heard
    assert head.startswith("post /n?a=1 http/1.1\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    assert msgspec.json.decode(body)["capture"]["amount"] == 2000
    assert headers["content-type"] == "application/json"
    assert headers["sandbox-timestamp"].isdigit()


async def test_a_refused_connection_is_a_lost_notification(paid, mall):
    """Nobody listens: the courier says that nothing arrived, and raises nothing."""
    capture = await paid()
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{closed.sockets[0].getsockname()[1]}"
    closed.close()
    await closed.wait_closed()
    await db.execute(
        "UPDATE sandbox_pay_transaction SET notify_url = $2 WHERE attempt_id = $1", capture.attempt_id, f"{base}/n"
    )
    assert not await Courier(base).deliver(capture.attempt_id, mall.now, again=True)


class Silence(httpx.AsyncBaseTransport):
    """A mall that never answers."""

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


async def test_a_silent_mall_does_not_hold_up_the_answer(api, opened, provider, monkeypatch):
    """A delivery has a deadline over all its tries, after which the notification is still due."""
    monkeypatch.setattr(courier, "_ALL", 0.2)
    provider.courier.transport = Silence()
    transaction = await opened()
    answer = ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"))
    assert (answer["state"], answer["notified"]) == ("succeeded", False)


async def test_all_processes_share_one_key(mall, provider):
    """Of several that make the first key at once, one wins and all use it."""
    await db.execute("DELETE FROM sandbox_pay_key")
    pairs = await asyncio.gather(*(service.key_pair(now=mall.now()) for _ in range(8)))
    assert len({pair.serial for pair in pairs}) == 1
    assert await db.fetch_value("SELECT count(*) FROM sandbox_pay_key") == 1


async def test_without_a_key_nothing_is_believed(provider, mall):
    """An installation that has never signed anything accepts nothing, and makes no key for it."""
    await db.execute("DELETE FROM sandbox_pay_key")
    now = mall.now()
    headers = KeyPair.generate().headers(b"{}", timestamp=int(now.timestamp()), nonce="n")
    request = NotificationRequest(
        headers={name.lower(): value for name, value in headers.items()}, body=b"{}", received_at=now
    )
    with pytest.raises(InvalidNotification):
        await provider.parse_notification(request)
    assert await db.fetch_value("SELECT count(*) FROM sandbox_pay_key") == 0


async def test_a_mall_below_a_path_has_its_pages_there(attempt_of):
    """The page's address is made of the mall's public one."""
    settings = Settings(public_url="https://mall.example/shop/")
    sandbox = SandboxProvider(StartupContext(settings=settings, plugin="sandbox_pay"))
    started = await sandbox.create(attempt_of(notify_url="https://mall.example/shop/api/payments/n"))
    prefix = "https://mall.example/shop/api/plugins/sandbox_pay/pay/"
    assert started.client_data["pay_url"] == prefix + started.provider_reference
