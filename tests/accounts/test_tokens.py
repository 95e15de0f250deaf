"""Refresh tokens name their session and cannot be made up."""

from __future__ import annotations

import pytest
from galleria.core.accounts import tokens
from galleria.core.ids import new_id


def test_a_refresh_token_names_its_session(mall):
    """Two tokens of one session differ, and both lead to it."""
    session_id = new_id()
    first, second = (tokens.new_refresh_token(mall, session_id) for _ in range(2))
    assert first != second
    assert tokens.session_of(mall, first) == tokens.session_of(mall, second) == session_id


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "\x00", "x" * 200])
def test_nonsense_names_no_session(mall, text):
    """What this mall has not signed leads nowhere and raises nothing."""
    assert tokens.session_of(mall, text) is None


def test_a_changed_token_names_no_session(mall):
    """Exchanging any one character makes the token void."""
    token = tokens.new_refresh_token(mall, new_id())
    changed = {token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token) - 1)}
    assert {tokens.session_of(mall, text) for text in changed} == {None}
