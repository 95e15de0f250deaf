"""Sessions: refreshing, revoking, and that both take effect at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from galleria.core.accounts import service, sessions, tokens
from galleria.core.errors import Forbidden
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem


def bearer(api, answer):
    return api.having(Authorization=f"Bearer {answer['access_token']}")


def refresh(api, token):
    return api.post("/api/sessions/refresh", {"refresh_token": token}, key="")


async def test_refreshing_gives_new_tokens_and_ends_the_old(api, enter):
    """The new access token works, the old one no longer."""
    person = await enter()
    fresh = ok(await refresh(api, person.tokens["refresh_token"]))
    assert ok(await bearer(api, fresh).get("/api/me"))["id"] == str(person.id)
    problem(await person.api.get("/api/me"), 401, "token_invalid")


async def test_a_refresh_token_that_comes_again_ends_the_session(api, enter):
    """Whoever of the two used it first, both are signed out."""
    person = await enter()
    old = person.tokens["refresh_token"]
    fresh = ok(await refresh(api, old))
    problem(await refresh(api, old), 401, "refresh_token_reused")
    problem(await bearer(api, fresh).get("/api/me"), 401, "token_invalid")
    problem(await refresh(api, fresh["refresh_token"]), 401, "token_invalid")
    problem(await refresh(api, old), 401, "token_invalid")


async def test_a_token_of_generations_ago_ends_the_session_too(api, enter):
    """A copy is recognised however often the session was refreshed since."""
    person = await enter()
    fresh = person.tokens
    for _ in range(4):
        fresh = ok(await refresh(api, fresh["refresh_token"]))
    problem(await refresh(api, person.tokens["refresh_token"]), 401, "refresh_token_reused")
    problem(await bearer(api, fresh).get("/api/me"), 401, "token_invalid")


async def test_other_sessions_outlive_a_copied_token(api, enter, sign_in):
    """Only the session whose token was copied ends."""
    person = await enter()
    other = ok(await sign_in(person.email), 201)
    ok(await refresh(api, person.tokens["refresh_token"]))
    problem(await refresh(api, person.tokens["refresh_token"]), 401, "refresh_token_reused")
    ok(await bearer(api, other).get("/api/me"))


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "\x00", "é"])
async def test_a_token_that_was_never_given_out_is_refused(api, token):
    """Nonsense is 401 and reveals nothing."""
    problem(await refresh(api, token), 401, "token_invalid")


async def test_a_signed_token_of_no_session_is_refused(api, mall):
    """A session that was purged is as good as none."""
    problem(await refresh(api, tokens.new_refresh_token(mall, new_id())), 401, "token_invalid")


@pytest.mark.parametrize(
    "body", [{}, {"refresh_token": 7}, {"refresh_token": "x" * 201}, {"refresh_token": "x", "id": 1}]
)
async def test_a_malformed_refresh_is_refused(api, body):
    """Missing, mistyped, over-long and unknown fields are 422."""
    problem(await api.post("/api/sessions/refresh", body), 422, "invalid")


async def test_an_access_token_is_no_refresh_token(api, enter):
    """Neither stands in for the other."""
    person = await enter()
    problem(await refresh(api, person.tokens["access_token"]), 401, "token_invalid")
    wrong = api.having(Authorization=f"Bearer {person.tokens['refresh_token']}")
    problem(await wrong.get("/api/me"), 401, "token_invalid")


async def test_access_ends_after_its_lifetime_and_refreshing_restores_it(api, clock, enter):
    """An expired access token says so; the refresh token still works."""
    person = await enter()
    clock.move(timedelta(seconds=3600))
    problem(await person.api.get("/api/me"), 401, "token_expired")
    ok(await bearer(api, ok(await refresh(api, person.tokens["refresh_token"]))).get("/api/me"))


async def test_a_refresh_token_ends_after_its_lifetime(api, clock, enter):
    """Thirty days without a visit, and the person signs in again."""
    person = await enter()
    clock.move(timedelta(days=30))
    problem(await refresh(api, person.tokens["refresh_token"]), 401, "token_expired")
    assert ok(await person.api.get("/api/me"), 401)["code"] == "token_expired"


async def _refresh_at_once(api, token) -> list[int]:
    return [answer.status_code for answer in await asyncio.gather(*(refresh(api, token) for _ in range(12)))]


async def test_of_parallel_refreshes_exactly_one_is_served(api, enter):
    """The others present a token that was just used, so the session ends, as for any copy."""
    person = await enter()
    answers = await _refresh_at_once(api, person.tokens["refresh_token"])
    assert (answers.count(200), answers.count(401)) == (1, 11)
    assert ok(await bearer(api, person.tokens).get("/api/me"), 401)["code"] == "token_invalid"


async def test_control_without_the_comparison_every_refresh_is_served(api, enter, monkeypatch):
    """The same calls without comparing the stored hash all get tokens."""
    unguarded = sessions._ROTATE.replace("s.refresh_hash = $2", "$2::bytea IS NOT NULL")
    monkeypatch.setattr(sessions, "_ROTATE", unguarded)
    person = await enter()
    assert (await _refresh_at_once(api, person.tokens["refresh_token"])).count(200) > 1


async def test_signing_out_ends_both_tokens(api, enter):
    """After signing out neither the access token nor the refresh token is good."""
    person = await enter()
    ok(await person.api.delete("/api/sessions/current"), 204)
    problem(await person.api.get("/api/me"), 401, "token_invalid")
    problem(await refresh(api, person.tokens["refresh_token"]), 401, "token_invalid")


async def test_sessions_are_listed_newest_first_in_pages(api, enter, sign_in):
    """The list says which one asks and from what it was opened; hashes and other people's are not in it."""
    person = await enter()
    for name in ("phone", "tablet"):
        ok(await sign_in(person.email, by=api.having(User_Agent=name)), 201)
    first = ok(await person.api.get("/api/sessions", params={"limit": 2}))
    second = ok(await person.api.get("/api/sessions", params={"limit": 2, "cursor": first["next_cursor"]}))
    assert [item["user_agent"] for item in first["items"]] == ["tablet", "phone"]
    assert [item["current"] for item in first["items"] + second["items"]] == [False, False, True]
    assert second["next_cursor"] is None
    assert set(first["items"][0]) == {"id", "user_agent", "created_at", "refresh_expires_at", "current"}


async def test_an_over_long_user_agent_is_cut(api, register, sign_in):
    """A client's name of a thousand characters does not keep its owner out."""
    person = await register()
    answer = ok(await sign_in(person.email, by=api.having(User_Agent="x" * 1000)), 201)
    listed = ok(await bearer(api, answer).get("/api/sessions"))
    assert listed["items"][0]["user_agent"] == "x" * 200


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=bnVsbA", "cursor=%00"])
async def test_a_malformed_page_is_refused(enter, query):
    """Limits are 1 to 100, cursors those that were given out."""
    person = await enter()
    assert (await person.api.get(f"/api/sessions?{query}")).status_code == 422


async def test_one_session_is_revoked_from_another(api, enter, sign_in):
    """The lost phone is signed out at once; the session that did it lives on."""
    person = await enter()
    lost = ok(await sign_in(person.email), 201)
    session_id = ok(await person.api.get("/api/sessions"))["items"][0]["id"]
    ok(await person.api.delete(f"/api/sessions/{session_id}"), 204)
    problem(await bearer(api, lost).get("/api/me"), 401, "token_invalid")
    ok(await person.api.get("/api/me"))
    problem(await person.api.delete(f"/api/sessions/{session_id}"), 404, "session_not_found")


async def test_another_persons_session_is_not_there(enter):
    """Revoking a foreign or an unknown session is 404, and ends nothing."""
    person, stranger = await enter(), await enter()
    session_id = ok(await person.api.get("/api/sessions"))["items"][0]["id"]
    problem(await stranger.api.delete(f"/api/sessions/{session_id}"), 404, "session_not_found")
    problem(await stranger.api.delete(f"/api/sessions/{uuid4()}"), 404, "session_not_found")
    assert (await stranger.api.delete("/api/sessions/nonsense")).status_code == 404
    ok(await person.api.get("/api/me"))


async def test_all_other_sessions_are_revoked(api, enter, sign_in):
    """Everything but the session that asks ends; other people's go on."""
    person, stranger = await enter(), await enter()
    others = [ok(await sign_in(person.email), 201) for _ in range(2)]
    assert ok(await person.api.delete("/api/sessions/others")) == {"revoked": 2}
    for other in others:
        problem(await bearer(api, other).get("/api/me"), 401, "token_invalid")
    ok(await person.api.get("/api/me"))
    ok(await stranger.api.get("/api/me"))


async def test_sessions_are_for_who_is_signed_in(api):
    """Without a token listing and revoking are 401."""
    for answer in (
        await api.get("/api/sessions"),
        await api.delete("/api/sessions/current"),
        await api.delete("/api/sessions/others"),
        await api.delete(f"/api/sessions/{uuid4()}"),
    ):
        problem(answer, 401, "unauthenticated")


async def test_only_keyed_hashes_are_stored(enter):
    """No column of the row holds a token."""
    person = await enter()
    row = await db.fetch_row("SELECT session::text AS text FROM session WHERE account_id = $1", person.id)
    assert not any(person.tokens[name] in row["text"] for name in ("access_token", "refresh_token"))


async def _open_while_disabling(mall, account_id) -> asyncio.Task:
    """Start opening a session while a transaction that disables the account has not committed yet."""
    async with db.transaction():
        await service.disable(mall, account_id)
        opening = asyncio.get_running_loop().create_task(
            sessions.open_session(mall, account_id), context=_without_transaction()
        )
        await _waits_or_is_done(opening)
    await asyncio.wait([opening])
    return opening


def _without_transaction():
    import contextvars

    context = contextvars.copy_context()
    context.run(db.engine().current_transaction.set, None)
    return context


async def _waits_or_is_done(task) -> None:
    """Until the task has ended, or its statement waits for a lock."""
    while not task.done() and not await db.fetch_value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO session%'"
    ):
        await asyncio.sleep(0)


async def _live_sessions(account_id) -> int:
    return await db.fetch_value("SELECT count(*) FROM session WHERE account_id = $1 AND revoked_at IS NULL", account_id)


async def test_a_session_does_not_slip_past_disabling(mall, register):
    """A session that is opened while the account is being disabled waits, and is refused."""
    person = await register()
    opening = await _open_while_disabling(mall, person.id)
    assert isinstance(opening.exception(), Forbidden)
    assert await _live_sessions(person.id) == 0


async def test_control_without_the_share_lock_a_session_slips_past(mall, register, monkeypatch):
    """The same without the lock leaves a live session of a disabled account."""
    monkeypatch.setattr(sessions, "_OPEN", sessions._OPEN.replace(" FOR SHARE", ""))
    person = await register()
    opening = await _open_while_disabling(mall, person.id)
    assert opening.exception() is None
    assert await _live_sessions(person.id) == 1
    await sessions.revoke_all(mall, person.id)


async def test_a_session_of_nobody_is_refused(mall):
    """An account that does not exist has no session."""
    with pytest.raises(Forbidden):
        await sessions.open_session(mall, new_id())
