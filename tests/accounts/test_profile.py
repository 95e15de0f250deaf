"""What people say of themselves."""

from __future__ import annotations

import pytest
from galleria.core.testing.client import ok, problem


async def test_people_see_their_own_account(enter):
    """Nothing secret is in it."""
    person = await enter(name="Li Lei")
    answer = ok(await person.api.get("/api/me"))
    assert (answer["id"], answer["email"], answer["name"], answer["roles"]) == (
        str(person.id), person.email, "Li Lei", [],
    )  # fmt: skip
    assert not {"password_hash", "password_version"} & set(answer)


async def test_name_and_language_change_one_by_one(enter):
    """What is left out stays; an empty name is a name."""
    person = await enter(name="Li Lei", locale="zh-CN")
    assert ok(await person.api.patch("/api/me", {"locale": "en"}))["name"] == "Li Lei"
    changed = ok(await person.api.patch("/api/me", {"name": ""}))
    assert (changed["name"], changed["locale"]) == ("", "en")
    assert ok(await person.api.patch("/api/me", {})) == changed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "x" * 81}, "wrong_length"),
        ({"name": "x" * 201}, "invalid"),
        ({"name": "a\x00b"}, "unprintable"),
        ({"name": None}, "invalid"),
        ({"name": 7}, "invalid"),
        ({"locale": None}, "invalid_locale"),
        ({"locale": {}}, "invalid_locale"),
        ({"locale": "../.."}, "invalid_locale"),
        ({"email": "b@example.com"}, "invalid"),
        ({"roles": ["operator"]}, "invalid"),
    ],
)
async def test_what_cannot_be_is_refused(enter, change, code):
    """Bad values and fields that are not the person's to change are 422."""
    person = await enter()
    problem(await person.api.patch("/api/me", change), 422, code)


async def test_an_account_is_for_who_is_signed_in(api):
    """Without a token there is nobody to show."""
    problem(await api.get("/api/me"), 401, "unauthenticated")
    problem(await api.patch("/api/me", {"name": "x"}), 401, "unauthenticated")
