"""Changing a password."""

from __future__ import annotations

import asyncio

import pytest
from galleria.core.accounts import passwords, queries, signing_in
from galleria.core.testing.client import ok, problem

NEW = "new horse battery"


def change(api, current, new=NEW):
    return api.post("/api/me/password", {"current_password": current, "new_password": new}, key="")


def bearer(api, answer):
    return api.having(Authorization=f"Bearer {answer['access_token']}")


async def test_a_new_password_ends_every_session_but_the_answers(api, enter, sign_in):
    """Old tokens of all devices are void, the new ones work, and only the new password signs in."""
    person = await enter()
    other = ok(await sign_in(person.email), 201)
    fresh = ok(await change(person.api, person.password))
    ok(await bearer(api, fresh).get("/api/me"))
    for old in (person.tokens, other):
        problem(await bearer(api, old).get("/api/me"), 401, "token_invalid")
        refreshed = await api.post("/api/sessions/refresh", {"refresh_token": old["refresh_token"]}, key="")
        problem(refreshed, 401, "token_invalid")
    problem(await sign_in(person.email), 401, "invalid_credentials")
    ok(await sign_in(person.email, NEW), 201)


async def test_the_current_password_is_needed(enter, sign_in):
    """A copied access token does not take the account over."""
    person = await enter()
    problem(await change(person.api, "wrong horse battery"), 403, "wrong_password")
    ok(await sign_in(person.email), 201)


@pytest.mark.parametrize(
    ("new", "code"),
    [("1234567", "invalid"), ("x" * 129, "invalid"), ("12345678\x00", "password_unprintable"), (7, "invalid")],
)
async def test_the_new_password_keeps_the_rules(enter, new, code):
    """Too short, too long, unprintable and mistyped ones are 422, whatever the current one is."""
    person = await enter()
    answer = problem(await change(person.api, "wrong horse battery", new), 422, code)
    assert answer["errors"][0]["path"] == "new_password"


async def test_guessing_the_current_password_is_slowed(clock, enter):
    """After five failures even the right one waits."""
    person = await enter()
    clock.hold()
    for _ in range(5):
        problem(await change(person.api, "wrong horse battery"), 403, "wrong_password")
    problem(await change(person.api, person.password), 429, "too_many_attempts")


async def test_it_is_for_who_is_signed_in(api):
    """Without a token it is 401, and unknown fields are 422."""
    problem(await change(api, "12345678"), 401, "unauthenticated")


async def test_of_parallel_changes_exactly_one_succeeds(enter, sign_in):
    """Both prove the current password; the second finds that it is no longer the current one."""
    person = await enter()
    answers = await asyncio.gather(*(change(person.api, person.password, f"{NEW} {turn}") for turn in range(4)))
    won = [turn for turn, answer in enumerate(answers) if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} <= {200, 401, 403, 409}
    ok(await sign_in(person.email, f"{NEW} {won[0]}"), 201)


async def _sign_in_around_a_change(monkeypatch, person, sign_in):
    """The password changes after a sign-in with the old one was verified, and before it opens a session."""
    genuine, changed = passwords.matches, []

    async def verify(stored, password):
        answer = await genuine(stored, password)
        if not changed:
            changed.append(True)
            ok(await change(person.api, person.password))
        return answer

    monkeypatch.setattr(passwords, "matches", verify)
    return await sign_in(person.email)


async def test_a_sign_in_with_the_old_password_does_not_slip_past_a_change(enter, monkeypatch, sign_in):
    """It is refused, so that after a change nobody is in by the old password."""
    person = await enter()
    answer = await _sign_in_around_a_change(monkeypatch, person, sign_in)
    problem(answer, 401, "invalid_credentials")


async def test_control_without_the_version_the_old_password_slips_past(enter, monkeypatch, sign_in):
    """The same without comparing the version opens a session."""
    unguarded = signing_in._STILL.replace("password_version = $2", "$2::integer IS NOT NULL")
    monkeypatch.setattr(signing_in, "_STILL", unguarded)
    person = await enter()
    ok(await _sign_in_around_a_change(monkeypatch, person, sign_in), 201)


async def test_the_version_goes_up(enter):
    """Each change counts one."""
    person = await enter()
    ok(await change(person.api, person.password))
    assert (await queries.credentials_of(person.id)).password_version == 2
