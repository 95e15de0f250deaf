"""Signing in: what is told, to whom, and how guessing is slowed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from galleria.core.accounts import passwords, queries, service, throttle
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

WRONG = "wrong horse battery"


class CountingHasher(PasswordHasher):
    """The genuine hasher, which also notes what it was asked to do and with which cost."""

    def __init__(self) -> None:
        hasher = passwords.HASHER
        super().__init__(time_cost=hasher.time_cost, memory_cost=hasher.memory_cost, parallelism=hasher.parallelism)
        self.work: list[tuple[str, str]] = []

    def hash(self, password, *, salt=None):
        self.work.append(("hash", ""))
        return super().hash(password, salt=salt)

    def verify(self, hash, password):  # noqa: A002  the name in the interface
        self.work.append(("verify", str(hash).rsplit("$", 2)[0]))
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch):
    counting = CountingHasher()
    monkeypatch.setattr(passwords, "HASHER", counting)
    return counting


async def test_signing_in_gives_tokens_that_work(api, enter):
    """The access token is the caller's; the lifetime is told in seconds."""
    person = await enter()
    assert person.tokens["token_type"] == "Bearer"
    assert person.tokens["expires_in"] == 3600
    assert ok(await person.api.get("/api/me"))["id"] == str(person.id)


async def test_an_identifier_is_accepted_however_it_is_written(register, sign_in):
    """Case and blanks of an e-mail address do not matter."""
    person = await register()
    ok(await sign_in(f" {person.email.upper()} "), 201)


async def test_a_wrong_password_and_an_unknown_person_are_answered_alike(email, register, sign_in):
    """Status, code, detail and headers are the same, whoever exists."""
    person = await register()
    answers = [
        await sign_in(name, WRONG) for name in (person.email, email, "nonsense", "13900139000", "a\x00@b.cn", "")
    ]
    for answer in answers:
        assert problem(answer, 401, "invalid_credentials") == answers[0].json()
        assert set(answer.headers) == set(answers[0].headers)


async def test_an_unknown_person_costs_the_work_of_a_known_one(email, hasher, register, sign_in):
    """One verification with the same parameters is done for a known, an unknown and a malformed identifier."""
    person = await register()
    work = []
    for identifier in (person.email, email, "nonsense"):
        hasher.work.clear()
        problem(await sign_in(identifier, WRONG), 401, "invalid_credentials")
        work.append(list(hasher.work))
    assert work[0] == work[1] == work[2] == [("verify", "$argon2id$v=19$m=19456,t=2,p=1")]


async def test_someone_without_a_password_costs_the_work_of_others(hasher, make_person, sign_in):
    """An account that was made without a password is refused as any other, after the same work."""
    person = await make_person()
    problem(await sign_in(person.email, "!"), 401, "invalid_credentials")
    assert [kind for kind, _ in hasher.work] == ["verify"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"identifier": "a@example.com"},
        {"identifier": 7, "password": "12345678"},
        {"identifier": "a@example.com", "password": ["12345678"]},
        {"identifier": "a" * 255, "password": "12345678"},
        {"identifier": "a@example.com", "password": "x" * 129},
        {"identifier": "a@example.com", "password": "12345678", "account_id": "1"},
    ],
)
async def test_a_malformed_sign_in_is_refused(api, body):
    """Missing, unknown, mistyped and over-long fields are 422, and no attempt."""
    problem(await api.post("/api/sessions", body), 422, "invalid")


async def test_a_disabled_account_is_told_so_only_to_its_owner(mall, register, sign_in):
    """With the right password the answer is 403 `account_disabled`, with a wrong one as for anybody."""
    person = await register()
    await service.disable(mall, person.id)
    problem(await sign_in(person.email, WRONG), 401, "invalid_credentials")
    problem(await sign_in(person.email), 403, "account_disabled")


async def test_a_hash_with_other_parameters_is_made_anew(register, sign_in):
    """Signing in renews the hash without touching the password or its version; the next sign-in works."""
    person = await register()
    weaker = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(person.password)
    await db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", person.id, weaker)
    ok(await sign_in(person.email), 201)
    renewed = await queries.credentials_of(person.id)
    assert renewed.password_version == 1
    assert not passwords.outdated(renewed.password_hash)
    ok(await sign_in(person.email), 201)


async def test_parallel_sign_ins_with_an_old_hash_all_succeed(register, sign_in):
    """Renewing the hash by one sign-in does not refuse the others that verified the old one."""
    person = await register()
    weaker = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(person.password)
    await db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", person.id, weaker)
    answers = await asyncio.gather(*(sign_in(person.email) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4


async def test_five_failures_are_free_then_pauses_double(clock, register, sign_in):
    """After the fifth failure of one identifier it waits 1 s, then 2 s; even the right password waits."""
    person = await register()
    clock.hold()
    for _ in range(5):
        problem(await sign_in(person.email, WRONG), 401, "invalid_credentials")
    for pause in (1, 2, 4):
        refused = await sign_in(person.email)
        assert problem(refused, 429, "too_many_attempts")["retry_after"] == pause
        assert refused.headers["Retry-After"] == str(pause)
        clock.move(timedelta(seconds=pause))
        problem(await sign_in(person.email, WRONG), 401, "invalid_credentials")


async def test_an_unknown_person_is_slowed_like_a_known_one(clock, email, sign_in):
    """The pause does not tell who exists."""
    clock.hold()
    for _ in range(5):
        problem(await sign_in(email.upper(), WRONG), 401, "invalid_credentials")
    problem(await sign_in(email, WRONG), 429, "too_many_attempts")


async def test_a_success_clears_the_identifier(clock, register, sign_in):
    """Four failures and a success leave five free failures."""
    person = await register()
    clock.hold()
    for _ in range(2):
        for _ in range(4):
            problem(await sign_in(person.email, WRONG), 401, "invalid_credentials")
        ok(await sign_in(person.email), 201)


async def test_a_guesser_is_slowed_at_every_identifier(api_from, clock, register, sign_in):
    """Twenty failures from one address stop it, whatever the identifiers; others sign in as before."""
    person = await register()
    clock.hold()
    for turn in range(20):
        problem(await sign_in(f"guess{turn}-{person.email}", WRONG), 401, "invalid_credentials")
    problem(await sign_in(person.email), 429, "too_many_attempts")
    ok(await sign_in(person.email, by=api_from("2001:db8:7::1")), 201)


async def test_an_own_account_does_not_wash_an_address(clock, register, sign_in):
    """Successes in between do not take other attempts' failures from the address."""
    person = await register()
    clock.hold()
    for turn in range(20):
        problem(await sign_in(f"guess{turn}-{person.email}", WRONG), 401, "invalid_credentials")
        if turn < 19:
            ok(await sign_in(person.email), 201)
    problem(await sign_in(person.email), 429, "too_many_attempts")


async def test_failures_of_an_address_are_forgiven_one_a_minute(clock, register, sign_in):
    """Shoppers behind one address are not locked out by yesterday's typing errors."""
    person = await register()
    clock.hold()
    for turn in range(20):
        problem(await sign_in(f"guess{turn}-{person.email}", WRONG), 401, "invalid_credentials")
    clock.move(timedelta(minutes=10))
    for turn in range(10):
        problem(await sign_in(f"later{turn}-{person.email}", WRONG), 401, "invalid_credentials")
    problem(await sign_in(person.email), 429, "too_many_attempts")


async def _guess_at_once(sign_in, email: str) -> list[int]:
    answers = await asyncio.gather(*(sign_in(email, f"{WRONG} {turn}") for turn in range(15)))
    return [answer.status_code for answer in answers]


async def test_parallel_guesses_do_not_slip_through(clock, email, sign_in):
    """Of fifteen guesses at once five are looked at, as of fifteen in a row."""
    clock.hold()
    answers = await _guess_at_once(sign_in, email)
    assert (answers.count(401), answers.count(429)) == (5, 10)


async def test_control_without_the_lock_guesses_slip_through(clock, email, monkeypatch, sign_in):
    """The same guesses, counted without locking the rows, are looked at more than five times."""
    monkeypatch.setattr(throttle, "_LOCK", throttle._LOCK.replace(" FOR UPDATE", ""))
    clock.hold()
    problem(await sign_in(email, WRONG), 401, "invalid_credentials")
    assert (await _guess_at_once(sign_in, email)).count(401) > 4


async def test_the_table_does_not_tell_who_was_guessed(email, sign_in):
    """Rows of the throttle are keyed hashes: neither the identifier nor its plain digest is in them."""
    import hashlib

    problem(await sign_in(email, WRONG), 401, "invalid_credentials")
    ids = {row["id"] for row in await db.fetch("SELECT id FROM sign_in_throttle")}
    assert ids
    assert not ids & {email.encode(), hashlib.sha256(email.encode()).digest()}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer \xe9", "Bearer nonsense", "nonsense"])
async def test_a_token_that_is_not_valid_is_never_ignored(api, header):
    """A bad Authorization header is 401 even where anybody may call."""
    answer = await api.get("/api/me", headers={"Authorization": header.encode("latin-1")})
    problem(answer, 401, "token_invalid")
    problem(
        await api.post("/api/sessions", {}, headers={"Authorization": header.encode("latin-1")}), 401, "token_invalid"
    )
