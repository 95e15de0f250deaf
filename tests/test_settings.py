from __future__ import annotations

import pytest
from galleria.core.errors import StartupError
from galleria.core.settings import load

GOOD = {
    "GALLERIA_MODE": "production",
    "GALLERIA_SECRET": "x" * 40,
    "GALLERIA_PUBLIC_URL": "https://mall.example",
}


def test_defaults_are_for_development():
    """Without a variable, the mall runs in development on its own machine."""
    settings = load({})
    assert (settings.production, settings.base_url) == (False, "http://127.0.0.1:8000")


def test_production_with_everything_starts():
    """A secret and a public address are what production wants."""
    assert load(GOOD).production


@pytest.mark.parametrize("secret", [None, "short", "development-only-secret-change-me"])
def test_production_refuses_a_default_or_short_secret(secret):
    """The message names the variable."""
    environment = {key: value for key, value in GOOD.items() if key != "GALLERIA_SECRET"}
    if secret is not None:
        environment["GALLERIA_SECRET"] = secret
    with pytest.raises(StartupError, match="GALLERIA_SECRET"):
        load(environment)


def test_production_wants_its_public_address():
    """Payment providers could not send notifications."""
    environment = {key: value for key, value in GOOD.items() if key != "GALLERIA_PUBLIC_URL"}
    with pytest.raises(StartupError, match="GALLERIA_PUBLIC_URL"):
        load(environment)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("MODE", "staging"), ("JOBS", "elsewhere"), ("TRUSTED_PROXIES", "proxy")]
)
def test_a_value_that_does_not_fit_stops_the_start(name, value):
    """The message says that it is a setting, and what is wrong with it."""
    with pytest.raises(StartupError):
        load({f"GALLERIA_{name}": value})
