"""Registering, by the API and from the command line."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from galleria.core.accounts import passwords, queries, registration, service
from galleria.core.errors import Invalid
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

PASSWORD = "correct horse battery"


def fresh_phone() -> str:
    return f"138{uuid4().int % 10**8:08}"


async def test_a_person_registers_with_an_email_address(api, email):
    """The answer shows the account in its normal form, without a token or anything of the password."""
    body = {"email": f" {email.upper()} ", "password": PASSWORD, "name": " Li Lei ", "locale": "en"}
    answer = ok(await api.post("/api/accounts", body), 201)
    assert (answer["email"], answer["phone"], answer["name"], answer["locale"]) == (email, None, "Li Lei", "en")
    assert set(answer) == {"id", "email", "phone", "name", "locale", "created_at", "disabled_at", "roles"}


async def test_a_person_registers_with_a_phone_number(api, sign_in):
    """The number is kept in E.164; signing in works with either way of writing it."""
    phone = fresh_phone()
    answer = ok(await api.post("/api/accounts", {"phone": phone, "password": PASSWORD}), 201)
    assert answer["phone"] == f"+86{phone}"
    ok(await sign_in(phone), 201)
    ok(await sign_in(f"+86 {phone}"), 201)


async def test_the_language_of_the_request_is_the_accounts_unless_one_is_named(api, email):
    """Accept-Language decides where the body says nothing."""
    english = api.having(Accept_Language="en-GB")
    assert ok(await english.post("/api/accounts", {"email": email, "password": PASSWORD}), 201)["locale"] == "en"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"email": "nonsense"}, "email", "invalid_email"),
        ({"email": "a\x00@example.com"}, "email", "invalid_email"),
        ({"email": "a" * 255}, "email", "invalid_value"),
        ({"email": 1}, "email", "invalid_value"),
        ({"email": None}, "email", "identifier_required"),
        ({"email": None, "phone": "123"}, "phone", "invalid_phone"),
        ({"email": None, "phone": "\x00"}, "phone", "invalid_phone"),
        ({"password": "1234567"}, "password", "invalid_value"),
        ({"password": "x" * 129}, "password", "invalid_value"),
        ({"password": "12345678\x00"}, "password", "password_unprintable"),
        ({"password": None}, "password", "invalid_value"),
        ({"name": "x" * 81}, "name", "wrong_length"),
        ({"name": "a\x00b"}, "name", "unprintable"),
        ({"name": ["a"]}, "name", "invalid_value"),
        ({"locale": "Klingon!"}, "locale", "invalid_locale"),
        ({"locale": "x" * 13}, "locale", "invalid_locale"),
        ({"locale": 7}, "locale", "invalid_locale"),
        ({"locale": ""}, "locale", "invalid_locale"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(api, email, change, path, code):
    """Each bad value is a 422 that names its field."""
    response = await api.post("/api/accounts", {"email": email, "password": PASSWORD} | change)
    assert response.status_code == 422, response.text
    assert [(error["path"], error["code"]) for error in response.json()["errors"]] == [(path, code)]


@pytest.mark.parametrize("field", ["id", "roles", "password_hash", "disabled_at", "is_operator"])
async def test_a_field_that_is_not_declared_is_refused(api, email, field):
    """Nobody gives themselves a role by naming one."""
    problem(await api.post("/api/accounts", {"email": email, "password": PASSWORD, field: "operator"}), 422, "invalid")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"email": "\\ud800@example.com", "password": "12345678"}']
)
async def test_a_body_that_is_no_object_is_refused(api, body):
    """Broken JSON, other types and lone surrogates are the client's mistake."""
    response = await api.post("/api/accounts", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}, response.text


async def test_an_identifier_is_taken_once(api, register):
    """A second registration with the same address in other letters is 409, and changes nothing."""
    person = await register()
    answer = await api.post("/api/accounts", {"email": person.email.title(), "password": "another password"})
    problem(answer, 409, "identifier_taken")


async def test_a_taken_phone_refuses_a_new_email(api, email):
    """An account with two identifiers needs both to be free."""
    phone = fresh_phone()
    ok(await api.post("/api/accounts", {"phone": phone, "password": PASSWORD}), 201)
    both = {"phone": phone, "email": email, "password": PASSWORD}
    problem(await api.post("/api/accounts", both), 409, "identifier_taken")
    assert await queries.account_by_identifier(email) is None


async def _race(api, email: str, count: int = 12) -> list[int]:
    spellings = [email, email.upper(), email.title(), f" {email}"]
    bodies = [{"email": spellings[turn % 4], "password": PASSWORD} for turn in range(count)]
    return [answer.status_code for answer in await asyncio.gather(*(api.post("/api/accounts", b) for b in bodies))]


async def test_of_parallel_registrations_exactly_one_succeeds(api, email):
    """One e-mail address in different letter case, twelve times at once: one 201, else 409."""
    assert sorted(await _race(api, email)) == [201] + [409] * 11


async def test_control_without_the_unique_index_many_succeed(api, email):
    """The same race without the index on e-mail addresses makes several accounts."""
    await db.execute("DROP INDEX account_email")
    try:
        assert (await _race(api, email)).count(201) > 1
    finally:
        await db.execute("DELETE FROM account WHERE email = $1", email)
        await db.execute("CREATE UNIQUE INDEX account_email ON account (lower(email)) WHERE email IS NOT NULL")


async def test_a_repeated_request_gets_the_first_answer(api, email):
    """The same Idempotency-Key and body make one account; another body is refused; no key is refused."""
    body, key = {"email": email, "password": PASSWORD}, uuid4().hex
    first = ok(await api.post("/api/accounts", body, key=key), 201)
    again = await api.post("/api/accounts", body, key=key)
    assert (ok(again, 201), again.headers["Idempotency-Replayed"]) == (first, "true")
    other = await api.post("/api/accounts", body | {"password": "something else"}, key=key)
    problem(other, 422, "idempotency_key_reused")
    problem(await api.post("/api/accounts", body, key=""), 400, "idempotency_key_required")


async def test_no_plain_digest_of_the_password_is_kept(api, email):
    """The body's digest in the idempotency record is keyed: a copy of the table allows no guessing."""
    import hashlib

    body, key = f'{{"email":"{email}","password":"{PASSWORD}"}}'.encode(), uuid4().hex
    ok(await api.post("/api/accounts", content=body, key=key, headers={"Content-Type": "application/json"}), 201)
    kept = await db.fetch_value("SELECT body_hash FROM idempotency_record WHERE key = $1", key)
    assert kept is not None
    assert kept != hashlib.sha256(body).digest()


async def test_asking_who_is_registered_is_slow(api, api_from, clock, register):
    """Twenty refusals from one network address are free; then it waits, while others do not."""
    person = await register()
    clock.hold()
    for _ in range(20):
        taken = await api.post("/api/accounts", {"email": person.email, "password": PASSWORD})
        problem(taken, 409, "identifier_taken")
    refused = await api.post("/api/accounts", {"email": person.email, "password": PASSWORD})
    assert problem(refused, 429, "too_many_attempts")["retry_after"] == int(refused.headers["Retry-After"]) == 1
    elsewhere = await api_from("2001:db8::7").post("/api/accounts", {"email": person.email, "password": PASSWORD})
    problem(elsewhere, 409, "identifier_taken")
    clock.move(timedelta(seconds=1))
    problem(await api.post("/api/accounts", {"email": person.email, "password": PASSWORD}), 409, "identifier_taken")


async def test_good_and_malformed_registrations_are_not_held_against_anyone(api, clock, register):
    """A classroom of thirty registers from one address, and typing errors count for nothing."""
    clock.hold()
    for _ in range(30):
        problem(await api.post("/api/accounts", {"email": "nonsense", "password": PASSWORD}), 422, "invalid_email")
        await register()


async def test_a_taken_identifier_costs_the_same_work(api, email, register, monkeypatch):
    """The password is hashed once whether the identifier is free or taken."""
    person, calls = await register(), []
    genuine = passwords.hashed

    async def counting(password: str) -> str:
        calls.append(password)
        return await genuine(password)

    monkeypatch.setattr(passwords, "hashed", counting)
    problem(await api.post("/api/accounts", {"email": person.email, "password": PASSWORD}), 409, "identifier_taken")
    taken, _ = len(calls), calls.clear()
    ok(await api.post("/api/accounts", {"email": email, "password": PASSWORD}), 201)
    assert taken == len(calls) == 1


async def test_other_code_registers_people(mall, email):
    """`register` returns the id of an account that speaks the mall's language; it is found however it is written."""
    account_id = await service.register(mall, email=email, password=PASSWORD)
    found = await queries.account_by_identifier(email.upper())
    assert (found.id, found.locale) == (account_id, mall.settings.locale)
    assert await queries.account(account_id) == found
    assert await queries.account_by_identifier("nonsense") is None
    with pytest.raises(registration.IdentifierTaken):
        await service.register(mall, email=email, password=PASSWORD)
    with pytest.raises(Invalid):
        await service.register(mall, password=PASSWORD)


async def test_an_operator_is_made_once(mall, email, sign_in):
    """Making an operator again gives the same account and leaves its password."""
    first = await service.make_operator(mall, email=email, password=PASSWORD)
    assert await service.make_operator(mall, email=email.upper(), password="something else") == first
    assert (await queries.account(first)).roles == ["operator"]
    ok(await sign_in(email), 201)


async def test_a_registered_person_becomes_an_operator(mall, register):
    """The role is granted to the account that has the address; no second account is made."""
    person = await register()
    assert await service.make_operator(mall, email=person.email, password="something else") == person.id
    assert (await queries.account(person.id)).roles == ["operator"]


async def test_an_operator_is_made_once_by_parallel_calls(mall, email):
    """Two nodes that start at the same time make one operator."""
    made = await asyncio.gather(*(service.make_operator(mall, email=email, password=PASSWORD) for _ in range(6)))
    assert len(set(made)) == 1
