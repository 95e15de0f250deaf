from __future__ import annotations

import sys

import pytest
from galleria.core.settings import Settings
from galleria.examples.replay import mall
from galleria.examples.replay.mall import ServerFailed, served

NOWHERE = Settings(database_url="postgresql:///nothing", redis_url="unix:///nothing")


def test_server_that_ends_at_once_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for a server that has ended; what it said is shown."""
    monkeypatch.setattr(mall, "SERVE", (sys.executable, "-c", "import sys; print('no room'); sys.exit(3)"))
    with pytest.raises(ServerFailed, match="ended with 3"), served(NOWHERE, workers=1):
        raise AssertionError
    assert capsys.readouterr().err == "The server said:\nno room\n\n"


def test_broken_invariants_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """By what `galleria check` says last; what it says is shown."""
    said = "BROKEN: a rule: 3 rows\n77 invariants, 1 broken."
    monkeypatch.setattr(mall, "GALLERIA", (sys.executable, "-c", f"print({said!r})"))
    assert mall.check(NOWHERE) == 1
    assert capsys.readouterr().err == said + "\n"


def test_check_that_cannot_be_made_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that says nothing of invariants ends the run, with its last words."""
    monkeypatch.setattr(mall, "GALLERIA", (sys.executable, "-c", "import sys; sys.exit('no database')"))
    with pytest.raises(ServerFailed, match="ended with 1: no database"):
        mall.check(NOWHERE)


def test_server_is_told_its_engines_and_nothing_else_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever starts the run stay out of it; each caller's own network address is believed."""
    monkeypatch.setenv("GALLERIA_MODE", "production")
    found = mall.environment(NOWHERE)
    assert {name for name in found if name.startswith("GALLERIA_")} == {
        "GALLERIA_DATABASE_URL",
        "GALLERIA_REDIS_URL",
        "GALLERIA_TRUSTED_PROXIES",
        "GALLERIA_ACCESS_TOKEN_TTL",
        "GALLERIA_HOOK_DEADLINE",
        "GALLERIA_LOG_LEVEL",
    }
    assert found["GALLERIA_TRUSTED_PROXIES"] == "127.0.0.1"
