"""What is said of a price, on quotes of the engine."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import msgspec
import pytest
from galleria.core.pricing import explain as module
from galleria.core.pricing.engine import price
from galleria.core.pricing.explain import Sentence, explain
from galleria.core.pricing.explain_texts import OUTCOMES, TEXTS
from galleria.core.types import (
    Amount,
    FixedPrice,
    Funder,
    Measure,
    Offer,
    Per,
    Percent,
    Phase,
    PriceLine,
    Quote,
    Threshold,
    Tier,
    Tiered,
    TraceEntry,
)
from hypothesis import given

from .build import line, offer, request, shipping, store, tax
from .test_faults import FAULTY
from .test_oracle import Case, cases, engine, few

UNIT, LINE, ORDER = Phase.UNIT_PRICE, Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT
TEA, CUP = line("tea", 4000, 2), line("cup", 2000)
OF_DISPATCH = {"failed", "slow", "suspended"}


def quote(*offers: Offer, lines: tuple[PriceLine, ...] = (TEA, CUP), **more: Any) -> Quote:
    return price(request(*lines), offers, **more)


def told(found: Quote, kind: str, locale: str = "en") -> list[str]:
    return [sentence.text for sentence in explain(found, locale) if sentence.kind == kind]


def refusal(code: str, *offers: Offer, locale: str = "en", **more: Any) -> str:
    (sentence,) = [s for s in explain(quote(*offers, **more), locale) if s.kind == "refused" and s.code == code]
    return sentence.text


def test_a_row_says_what_it_was_and_is():
    """A row is told with its list price, and with what it costs now where that differs."""
    cheaper = offer(LINE, Amount(1200, Per.LINE), benefit=("tea",))
    assert told(quote(cheaper), "line") == [
        "Line 1 × 2 costs 80.00 at list price, and 68.00 now.",
        "Line 2 × 1 costs 20.00, its list price.",
    ]
    assert told(quote(cheaper), "line", "zh-CN")[0] == "第1行 × 2：原价80.00，现价68.00。"


def test_rows_are_called_by_their_names():
    """A caller who knows what the goods are called passes the names."""
    (first, *_) = explain(quote(), "en", {"tea": "Longjing"})
    assert first == Sentence(
        kind="line",
        text="Longjing × 2 costs 80.00, its list price.",
        amount=8000,
        line_ids=("tea",),
        store_id=store(1),
    )


def test_an_adjustment_says_what_it_took_of_which_row_and_who_bears_it():
    """An applied offer is told by its label, with each row's part and its funder."""
    reduction = offer(ORDER, Amount(1500, Per.ONCE), label="100 - 15", reference="r/1")
    (sentence,) = [s for s in explain(quote(reduction), "en") if s.kind == "adjustment"]
    assert sentence.text == "“100 - 15” takes 15.00 off: 12.00 of Line 1, 3.00 of Line 2. The store bears it."
    assert (sentence.amount, sentence.plugin, sentence.code) == (-1500, "p", "1")
    assert sentence.line_ids == ("tea", "cup")
    assert told(quote(reduction), "adjustment", "zh-CN") == ["“100 - 15”减15.00：第1行 12.00、第2行 3.00。由店铺承担。"]


@pytest.mark.parametrize(
    ("terms", "funder"),
    [
        ({"funder": Funder.PLATFORM}, "The platform bears it."),
        ({"platform_share_ppm": 300_000}, "The platform bears 30 % of it, the store the rest."),
    ],
)
def test_a_funder_is_named(terms: dict[str, Any], funder: str):
    """The platform's discounts, and those that are shared, say so."""
    assert told(quote(offer(ORDER, Percent(100_000), **terms)), "adjustment")[0].endswith(funder)


def test_a_threshold_says_how_much_is_short():
    """What is needed, what is there and the difference are told, in money and in units."""
    far = offer(ORDER, Amount(1, Per.ONCE), threshold=Threshold(30000, 5))
    assert (
        refusal("1", far)
        == "“L” is not reached: needs 300.00, has 100.00, 200.00 more; and needs 5 units, has 3, 2 more."
    )
    assert refusal("1", far, locale="zh-CN") == (
        "“L”未达到条件：需满300.00，现有100.00，还差200.00；需满5件，现有3件，还差2件。"
    )


def test_the_lowest_tier_is_what_is_short():
    """Of tiers that are all out of reach, the lowest is told."""
    tiers = Tiered(Measure.COUNT, (Tier(9, Percent(2)), Tier(4, Percent(1))))
    assert refusal("1", offer(ORDER, tiers)) == "“L” is not reached: needs 4 units, has 3, 1 more."


def test_an_offer_that_may_not_be_combined_says_with_whom():
    """The applied offers that keep one away are told by their labels."""
    member = offer(UNIT, Percent(100_000), label="Member price", offer_class="member", combines_with=())
    coupon = offer(ORDER, Percent(100_000), code="c", label="Coupon", offer_class="coupon")
    assert refusal("c", member, coupon) == "“Coupon” cannot be combined with “Member price”."


def test_other_reasons_are_told():
    """Offers that are outbid, not best, beside the point, without effect or proposed twice say so."""
    dear, cheap = offer(UNIT, FixedPrice(1900), code="d"), offer(UNIT, FixedPrice(1000), code="e")
    assert refusal("d", dear, cheap) == "“L” is not used: another unit price is lower."
    small, large = (offer(ORDER, Amount(n, Per.ONCE), code=str(n), exclusive_group="g") for n in (1, 2))
    assert refusal("1", small, large) == "“L” is not used: what it excludes saves more."
    assert refusal("1", offer(ORDER, Percent(1), benefit=("pot",))) == "“L” is for nothing in this checkout."
    assert refusal("1", offer(UNIT, FixedPrice(9999))) == "“L” is not used: there is nothing for it to take."
    twice = told(quote(offer(ORDER, Percent(1)), offer(ORDER, Percent(2))), "refused")
    assert twice == ["“L” is not used: it was proposed 2 times under one code."] * 2


def test_offers_beyond_the_twenty_largest_are_told():
    """Where too many offers exclude each other, those that did not compete say so."""
    rivals = [offer(ORDER, Amount(n + 1, Per.ONCE), code=f"{n:02}", exclusive_group="g") for n in range(21)]
    assert refusal("00", *rivals).startswith("“L” was not compared: too many offers")


@pytest.mark.parametrize("change", FAULTY, ids=str)
def test_a_faulty_offer_is_told_with_its_fault(change: dict[str, Any]):
    """Whatever a faulty offer holds, it is told in a sentence."""
    bad = msgspec.structs.replace(offer(ORDER, Percent(1)), **change)
    (sentence,) = [s for s in explain(quote(bad), "en") if s.kind == "refused"]
    assert "the offer is faulty" in sentence.text
    assert msgspec.convert(msgspec.to_builtins(sentence), Sentence) == sentence


@pytest.mark.parametrize("outcome", sorted(OF_DISPATCH))
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_plugin_that_was_not_heard_is_told(outcome: str, locale: str):
    """A plugin that failed, was slow or is suspended is told by its name."""
    entry = TraceEntry(plugin="coupons", code="", phase=UNIT, outcome=outcome)
    (text,) = told(msgspec.structs.replace(quote(), trace=(entry,)), "refused", locale)
    assert text == OUTCOMES[outcome][locale == "en"].format(label="coupons")


def test_an_outcome_without_a_text_is_told_all_the_same():
    """An outcome that nobody wrote a sentence for is told by its word."""
    entry = TraceEntry(plugin="coupons", code="c", phase=UNIT, outcome="eclipsed")
    assert told(msgspec.structs.replace(quote(), trace=(entry,)), "refused") == ["“coupons” is not used (eclipsed)."]


def test_shipping_fees_taxes_and_tenders_are_told():
    """What is added and how it is paid follow the goods, and the sums end it."""
    found = quote(
        offer(Phase.SHIPPING_DISCOUNT, Amount(300, Per.ONCE), code="s"),
        offer(Phase.FEE, Amount(200, Per.ONCE), code="f", label="Gift wrap"),
        offer(Phase.TENDER, Amount(5000, Per.ONCE), code="t", label="Points"),
        shipping=[shipping(800)],
        taxes=[tax("tea", 130_000, included=True), tax("cup", 60_000, included=False)],
    )
    assert told(found, "shipping") == ["“Flat” costs 8.00, and 5.00 now."]
    assert told(found, "fee") == ["“Gift wrap” adds 2.00."]
    assert told(found, "tax") == ["The prices include 9.20 of tax.", "“VAT” of 6 % on 20.00 adds 1.20."]
    assert told(found, "tender") == ["“Points” pays 50.00."]
    assert told(found, "total") == [
        "Goods 100.00, discounts 3.00, shipping 8.00, fees 2.00, added tax 1.20: 108.20 in all.",
        "50.00 is paid by other means; 58.20 is still to be paid.",
    ]


def test_each_store_has_its_total():
    """Where a checkout spans stores, each one's part is told before the sum."""
    found = quote(lines=(TEA, line("cup", 2000, store_id=store(2))))
    totals = [(s.store_id, s.amount) for s in explain(found, "en") if s.kind == "total"]
    assert totals == [(store(1), 8000), (store(2), 2000), (None, 10000), (None, 10000)]


def test_amounts_have_the_decimals_of_their_currency():
    """Yen have none, dinars three."""
    for currency, shown in (("JPY", "8000"), ("KWD", "8.000")):
        found = price(request(TEA, currency=currency))
        assert told(found, "line") == [f"Line 1 × 2 costs {shown}, its list price."]


@few
@given(cases())
def test_every_quote_is_told_in_both_languages(case: Case):
    """Each row, each adjustment and each offer that is not applied has a sentence, in either language."""
    found = engine(case)
    refused = sum(entry.outcome != "applied" for entry in found.trace)
    for locale in ("en", "zh-CN"):
        kinds = [sentence.kind for sentence in explain(found, locale)]
        assert kinds.count("refused") == refused
        assert kinds.count("line") + kinds.count("shipping") + kinds.count("fee") == len(found.lines)
        taxes = sum(row.included_tax > 0 for row in found.lines) > 0
        assert kinds.count("adjustment") + kinds.count("tax") + kinds.count("tender") == len(found.adjustments) + taxes


def noted() -> set[str]:
    """The outcomes in the engine's source: what `note` and `Rejection` are given, and what `_why_not` returns."""
    found: set[str] = set()
    for path in Path(module.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("note", "Rejection"):
                found |= texts_in(node.args[2 if node.func.id == "note" else 0])
            elif isinstance(node, ast.FunctionDef) and node.name == "_why_not":
                for part in ast.walk(node):
                    found |= texts_in(part.value) if isinstance(part, ast.Return) and part.value else set()
    return found


def texts_in(node: ast.expr) -> set[str]:
    if isinstance(node, ast.IfExp):
        return texts_in(node.body) | texts_in(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_outcome_has_its_sentence():
    """What the engine can note of an offer, and the dispatcher of a plugin, is told, and nothing else has a text."""
    assert noted() - {"applied"} | OF_DISPATCH == OUTCOMES.keys() - {""}


def test_every_text_is_in_two_languages():
    """Both texts of a sentence are there, differ, and take the same values."""
    for chinese, english in (*TEXTS.values(), *OUTCOMES.values()):
        assert fields(chinese) == fields(english)
        assert chinese != english


def fields(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}
