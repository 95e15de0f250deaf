from __future__ import annotations

import pytest
from galleria.core.errors import Invalid
from galleria.core.stores import rules


@pytest.mark.parametrize("slug", ["ab", "tea-house", "7eleven", "a" * 60])
def test_a_slug_is_small_letters_digits_and_hyphens(slug):
    """Slugs are readable parts of an address."""
    assert rules.slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    [
        "", "a", "a" * 61, "Tea", "tea_house", "-tea", "tea-", "tea--house", "茶", "tea house", "tea\n",
        "0190a5f0-0000-7000-8000-000000000000", "0190a5f0000070008000000000000000",
    ],
)  # fmt: skip
def test_a_slug_is_never_an_id_or_unreadable(slug):
    """What could be taken for an id would hide the store with that id."""
    with pytest.raises(Invalid) as caught:
        rules.slug(slug)
    assert caught.value.code == "invalid_slug"


@pytest.mark.parametrize("code", ["cny", "CN", "CNYY", "", "C1Y"])
def test_a_currency_is_three_capital_letters(code):
    """ISO 4217 codes are three capital letters."""
    with pytest.raises(Invalid):
        rules.currency(code)


@pytest.mark.parametrize("texts", [{}, {"en": " "}, {"en": "Tea", "zh-CN": ""}, {"en": "x" * 121}])
def test_a_name_is_said_in_each_of_its_languages(texts):
    """A name is neither missing, blank nor too long."""
    with pytest.raises(Invalid) as caught:
        rules.name(texts)
    assert caught.value.errors[0]["path"] == "name"


def test_a_name_loses_the_blanks_around_it():
    """Blanks at the ends are not part of a name."""
    assert rules.name({"en": " Tea \n"}) == {"en": "Tea"}


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({f"x{a}{b}": "" for a in "abcde" for b in "abcde"}, "too_many_languages"),
        ({"en": "x" * 2001}, "text_too_long"),
    ],
)
def test_a_text_has_bounds(texts, code):
    """Nobody stores a thousand translations, or a novel in a list."""
    with pytest.raises(Invalid) as caught:
        rules.languages(texts, "description", 2000)
    assert caught.value.code == code
    assert rules.languages({"en": "x" * 2000}, "description", 2000)


@pytest.mark.parametrize("url", ["", "https://cdn.example.com/logo.png?v=2", "https://xn--fsq.example/a"])
def test_a_logo_is_an_https_address_or_none(url):
    """An empty text means no logo."""
    assert rules.https_url(url, "logo_url") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.png", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:image/svg+xml,<svg/>",
        "//example.com/a.png", "/a.png", "https:///a.png", "https://", "https://a b.example/", " https://a.example",
        "https://a.example/\"onload=x", "https://user:secret@a.example/", "https://a.example:99999/", "https://[::1",
        "https://a.example/" + "x" * 2000, "https://a.example/<script>", "java\nscript:alert(1)", "\x01https://a.example",
    ],
)  # fmt: skip
def test_a_logo_cannot_carry_a_script(url):
    """Nothing but a plain absolute https URL is accepted."""
    with pytest.raises(Invalid) as caught:
        rules.https_url(url, "logo_url")
    assert caught.value.errors[0]["path"] == "logo_url"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "UTC"])
def test_known_time_zones_pass(zone):
    """Zones are named as IANA does."""
    assert rules.time_zone(zone) == zone


@pytest.mark.parametrize("zone", ["", "Asia", "Mars/Olympus", "../../etc/passwd", "localtime", "asia/shanghai"])
def test_unknown_time_zones_are_refused(zone):
    """A key that the database does not know, or that means the server's own zone, is refused."""
    with pytest.raises(Invalid):
        rules.time_zone(zone)


@pytest.mark.parametrize("pair", [(1.0, None), (None, 1.0), (90.1, 0.0), (0.0, -180.1), (float("nan"), 0.0)])
def test_coordinates_come_in_pairs_on_the_globe(pair):
    """Half a pair, and what lies nowhere, is refused."""
    with pytest.raises(Invalid):
        rules.coordinates(*pair)


def test_a_place_may_be_without_coordinates():
    """Neither is fine, and so are the globe's ends."""
    rules.coordinates(None, None)
    rules.coordinates(-90, 180)


@pytest.mark.parametrize(
    ("rule", "value"),
    [(rules.shipping_fee, -1), (rules.tax_rate, -1), (rules.tax_rate, 1_000_001), (rules.locale, "xx")],
)
def test_numbers_and_languages_have_bounds(rule, value):
    """Fees are not negative, rates lie within a million parts, languages are those that ship."""
    with pytest.raises(Invalid):
        rule(value)
