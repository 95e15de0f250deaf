"""Addresses of a shopper."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from galleria.core.accounts import addresses, queries
from galleria.core.testing.client import ok, problem

PATH = "/api/me/addresses"
HOME = {"recipient": "韩梅梅", "phone": "13800138000", "province": "浙江省", "city": "杭州市", "street": "文三路 90 号"}


async def test_an_address_is_kept_in_its_normal_form(enter):
    """The country is China unless named, the phone E.164, and the first address the default."""
    person = await enter()
    kept = ok(await person.api.post(PATH, HOME | {"street": "  文三路 90 号 "}), 201)
    assert {name: kept[name] for name in HOME} == HOME | {"phone": "+8613800138000"}
    assert (kept["country"], kept["district"], kept["is_default"]) == ("CN", "", True)
    assert ok(await person.api.get(f"{PATH}/{kept['id']}")) == kept


async def test_a_phone_number_is_read_as_in_the_country(enter):
    """A number without a country code belongs to the address's country."""
    person = await enter()
    abroad = HOME | {"country": "US", "phone": "(415) 555-2671"}
    assert ok(await person.api.post(PATH, abroad), 201)["phone"] == "+14155552671"


async def test_the_default_moves(enter):
    """Asking for a new default takes it from the old one, when adding and when changing; it can be given up."""
    person = await enter()
    first, second, third = [
        ok(await person.api.post(PATH, HOME | {"is_default": default}), 201) for default in (False, False, True)
    ]
    assert [item["is_default"] for item in (first, second, third)] == [True, False, True]
    ok(await person.api.patch(f"{PATH}/{second['id']}", {"is_default": True}))
    listed = ok(await person.api.get(PATH))["items"]
    assert [item["id"] for item in listed] == [second["id"], third["id"], first["id"]]
    assert [item["is_default"] for item in listed] == [True, False, False]
    ok(await person.api.patch(f"{PATH}/{second['id']}", {"is_default": False}))
    assert not any(item["is_default"] for item in ok(await person.api.get(PATH))["items"])


async def test_what_is_left_out_of_a_change_stays(enter):
    """A change of the street leaves everything else."""
    person = await enter()
    kept = ok(await person.api.post(PATH, HOME), 201)
    changed = ok(await person.api.patch(f"{PATH}/{kept['id']}", {"street": "文一路 1 号"}))
    assert changed == kept | {"street": "文一路 1 号"}


async def test_an_address_is_forgotten(enter):
    """After deleting it is not there, for its owner either."""
    person = await enter()
    kept = ok(await person.api.post(PATH, HOME), 201)
    ok(await person.api.delete(f"{PATH}/{kept['id']}"), 204)
    problem(await person.api.delete(f"{PATH}/{kept['id']}"), 404, "address_not_found")
    assert ok(await person.api.get(PATH)) == {"items": [], "next_cursor": None}


async def test_another_persons_address_is_not_there(enter):
    """Reading, changing and deleting a foreign address is 404 without a byte of it, and changes nothing."""
    person, stranger = await enter(), await enter()
    kept = ok(await person.api.post(PATH, HOME), 201)
    for path in (f"{PATH}/{kept['id']}", f"{PATH}/{uuid4()}"):
        for answer in (
            await stranger.api.get(path),
            await stranger.api.patch(path, {"street": "x", "is_default": True}),
            await stranger.api.delete(path),
        ):
            problem(answer, 404, "address_not_found")
            assert HOME["street"] not in answer.text
    assert ok(await person.api.get(f"{PATH}/{kept['id']}")) == kept
    assert await queries.address(stranger.id, UUID(kept["id"])) is None
    assert (await queries.address(person.id, UUID(kept["id"]))).street == HOME["street"]


BAD = [
    ({"recipient": ""}, "recipient", "wrong_length"),
    ({"recipient": "   "}, "recipient", "wrong_length"),
    ({"recipient": "x" * 81}, "recipient", "wrong_length"),
    ({"recipient": "a\x00b"}, "recipient", "unprintable"),
    ({"recipient": None}, "recipient", "invalid_value"),
    ({"phone": "12"}, "phone", "invalid_phone"),
    ({"phone": 13800138000}, "phone", "invalid_value"),
    ({"street": ""}, "street", "wrong_length"),
    ({"street": "x" * 201}, "street", "invalid_value"),
    ({"street": "a\nb"}, "street", "unprintable"),
    ({"province": "x" * 61}, "province", "wrong_length"),
    ({"city": "x" * 61}, "city", "wrong_length"),
    ({"district": "x" * 61}, "district", "wrong_length"),
    ({"postal_code": "x" * 21}, "postal_code", "wrong_length"),
    ({"country": "cn"}, "country", "invalid_value"),
    ({"country": "QQ"}, "country", "unknown_country"),
    ({"country": "CHN"}, "country", "invalid_value"),
    ({"is_default": "perhaps"}, "is_default", "invalid_value"),
]


@pytest.mark.parametrize(("change", "path", "code"), BAD)
async def test_what_cannot_be_is_refused_by_field(enter, change, path, code):
    """Each bad value is a 422 that names its field, when adding and when changing."""
    person = await enter()
    kept = ok(await person.api.post(PATH, HOME), 201)
    for answer in (
        await person.api.post(PATH, HOME | change),
        await person.api.patch(f"{PATH}/{kept['id']}", change),
    ):
        assert answer.status_code == 422, answer.text
        assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [(path, code)]
    assert ok(await person.api.get(PATH))["items"] == [kept]


@pytest.mark.parametrize("field", ["id", "account_id", "created_at"])
async def test_a_field_that_is_not_declared_is_refused(enter, field):
    """An address cannot be put into another account."""
    person = await enter()
    problem(await person.api.post(PATH, HOME | {field: str(uuid4())}), 422, "invalid")


async def test_addresses_are_for_who_is_signed_in(api):
    """Without a token every operation is 401."""
    path = f"{PATH}/{uuid4()}"
    for answer in (
        await api.get(PATH),
        await api.post(PATH, HOME),
        await api.get(path),
        await api.patch(path, {}),
        await api.delete(path),
    ):
        problem(answer, 401, "unauthenticated")


async def test_a_repeated_request_keeps_one_address(enter):
    """The same Idempotency-Key gives the first answer; without one it is refused."""
    person = await enter()
    first = ok(await person.api.post(PATH, HOME, key="one"), 201)
    assert ok(await person.api.post(PATH, HOME, key="one"), 201) == first
    assert len(ok(await person.api.get(PATH))["items"]) == 1
    problem(await person.api.post(PATH, HOME, key=""), 400, "idempotency_key_required")


async def _fill_up(person, count: int) -> list[int]:
    answers = await asyncio.gather(*(person.api.post(PATH, HOME) for _ in range(count)))
    return [answer.status_code for answer in answers]


async def _keep(mall, person, count: int) -> None:
    for _ in range(count):
        await addresses.add(mall, person.id, addresses.Place(recipient="x", phone="13800138000", street="x"))


async def test_nobody_keeps_more_than_fifty(enter, mall):
    """Of eight parallel additions to forty-eight addresses two succeed."""
    person = await enter()
    await _keep(mall, person, 48)
    answers = await _fill_up(person, 8)
    assert (answers.count(201), answers.count(409)) == (2, 6)
    problem(await person.api.post(PATH, HOME), 409, "too_many_addresses")
    assert len(ok(await person.api.get(PATH))["items"]) == 50


async def test_control_without_the_lock_more_than_fifty_are_kept(enter, mall, monkeypatch):
    """The same additions without the account's lock are more than two."""
    monkeypatch.setattr(addresses, "_LOCK", "SELECT id FROM account WHERE id = $1")
    person = await enter()
    await _keep(mall, person, 48)
    assert (await _fill_up(person, 8)).count(201) > 2
    for item in await queries.addresses(person.id):
        await addresses.remove(person.id, item.id)


async def test_parallel_defaults_leave_one(enter):
    """Every one of eight parallel requests for the default is served, and one of them has it in the end."""
    person = await enter()
    kept = [ok(await person.api.post(PATH, HOME), 201) for _ in range(8)]
    answers = await asyncio.gather(*(person.api.patch(f"{PATH}/{item['id']}", {"is_default": True}) for item in kept))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert [item["is_default"] for item in ok(await person.api.get(PATH))["items"]].count(True) == 1
