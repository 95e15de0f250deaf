"""Hashes of passwords."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from galleria.core.accounts import passwords


async def test_a_password_matches_its_own_hash_only():
    """The hash verifies the password, in half width or full, and no other."""
    stored = await passwords.hashed("12345678")
    assert await passwords.matches(stored, "12345678")
    assert await passwords.matches(stored, "１２３４５６７８")
    assert not await passwords.matches(stored, "12345679")


def test_the_decoy_costs_what_a_hash_costs():
    """The decoy is well formed, has today's parameters, and verifying against it does the whole work."""
    assert not passwords.outdated(passwords.decoy())
    with pytest.raises(VerifyMismatchError):
        passwords.HASHER.verify(passwords.decoy(), "anything")


@pytest.mark.parametrize("stored", [None, "", "!", "$argon2id$nonsense"])
async def test_nothing_matches_where_there_is_no_hash(stored):
    """An absent, empty, disabled or damaged hash matches no password, and raises nothing."""
    assert not await passwords.matches(stored, "12345678")


def test_a_hash_with_other_parameters_is_outdated():
    """A hash made with less memory is to be made anew."""
    weaker = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("12345678")
    assert passwords.outdated(weaker)
