"""Accounts, for who runs the mall: finding, disabling, enabling."""

from __future__ import annotations

from uuid import uuid4

import pytest
import pytest_asyncio
from galleria.core.accounts import queries, service
from galleria.core.errors import NotFound
from galleria.core.ids import new_id
from galleria.core.testing.client import ok, problem

PATH = "/api/mall/accounts"


@pytest_asyncio.fixture(loop_scope="session")
async def operator(api, make_person):
    return api.acting_as(await make_person(operator=True))


async def test_a_disabled_account_is_out_at_once(api, enter, operator, sign_in):
    """Its access token, its refresh token and its password stop working with the answer."""
    person = await enter()
    answer = ok(await operator.post(f"{PATH}/{person.id}/disable"))
    assert answer["disabled_at"] is not None
    problem(await person.api.get("/api/me"), 401, "token_invalid")
    refreshed = await api.post("/api/sessions/refresh", {"refresh_token": person.tokens["refresh_token"]}, key="")
    problem(refreshed, 401, "token_invalid")
    problem(await sign_in(person.email), 403, "account_disabled")


async def test_enabling_lets_in_again_but_revives_no_session(enter, operator, sign_in):
    """Old tokens stay void; signing in works."""
    person = await enter()
    ok(await operator.post(f"{PATH}/{person.id}/disable"))
    assert ok(await operator.post(f"{PATH}/{person.id}/enable"))["disabled_at"] is None
    problem(await person.api.get("/api/me"), 401, "token_invalid")
    ok(await sign_in(person.email), 201)


async def test_disabling_and_enabling_twice_changes_nothing(enter, operator):
    """The first moment of disabling stays; an enabled account keeps its sessions when enabled again."""
    person = await enter()
    ok(await operator.post(f"{PATH}/{person.id}/enable"))
    ok(await person.api.get("/api/me"))
    first = ok(await operator.post(f"{PATH}/{person.id}/disable"))
    assert ok(await operator.post(f"{PATH}/{person.id}/disable")) == first


async def test_operators_do_not_lock_themselves_out(operator, mall):
    """Disabling one's own account is 409."""
    own = ok(await operator.get("/api/me"))["id"]
    problem(await operator.post(f"{PATH}/{own}/disable"), 409, "own_account")
    ok(await operator.get("/api/me"))


async def test_an_unknown_account_is_not_there(operator, mall):
    """Reading, disabling and enabling it are 404."""
    path = f"{PATH}/{uuid4()}"
    for answer in (
        await operator.get(path), await operator.post(f"{path}/disable"), await operator.post(f"{path}/enable"),
    ):  # fmt: skip
        problem(answer, 404, "account_not_found")
    with pytest.raises(NotFound):
        await service.disable(mall, new_id())


async def test_accounts_are_listed_newest_first_in_pages(operator, register):
    """Pages neither skip nor repeat an account."""
    people = [await register() for _ in range(3)]
    first = ok(await operator.get(PATH, params={"limit": 2}))
    second = ok(await operator.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]}))
    listed = [item["id"] for item in first["items"] + second["items"]]
    assert listed[:3] == [str(person.id) for person in reversed(people)]
    assert not {"password_hash", "password_version"} & set(first["items"][0])


async def test_accounts_are_found_by_identifier_and_standing(mall, operator, register):
    """The identifier in any spelling gives its account; the standing narrows the list."""
    person = await register()
    found = ok(await operator.get(PATH, params={"identifier": person.email.upper()}))
    assert [item["id"] for item in found["items"]] == [str(person.id)]
    by_standing = {"identifier": person.email, "disabled": "true"}
    assert ok(await operator.get(PATH, params=by_standing))["items"] == []
    await service.disable(mall, person.id)
    assert len(ok(await operator.get(PATH, params=by_standing))["items"]) == 1


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "cursor=nonsense", "disabled=perhaps", "identifier=nonsense", "identifier=%00"]
)
async def test_a_malformed_query_is_refused(operator, query):
    """Limits, cursors, truth values and identifiers are checked."""
    answer = await operator.get(f"{PATH}?{query}")
    assert answer.status_code == 422, answer.text


async def test_only_operators_see_accounts(api, enter, make_shop):
    """A shopper and the owner of a store get 403, an anonymous caller 401, and nothing changes."""
    person, shop = await enter(), await make_shop()
    for caller, status in ((api, 401), (person.api, 403), (api.acting_as(shop.owner), 403)):
        for answer in (
            await caller.get(PATH),
            await caller.get(f"{PATH}/{person.id}"),
            await caller.post(f"{PATH}/{person.id}/disable"),
            await caller.post(f"{PATH}/{person.id}/enable"),
        ):
            assert answer.status_code == status
            assert person.email not in answer.text
    assert (await queries.account(person.id)).disabled_at is None
