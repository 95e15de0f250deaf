"""A quote in sentences: why a price is what it is, for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..money import signed_major
from ..types import Adjustment, LineKind, Phase, PricedLine, Quote, Totals, TraceEntry
from .explain_texts import OUTCOMES, TEXTS

_NO_NAMES: Mapping[str, str] = {}
_WHOLE = 1_000_000


class Sentence(Struct, frozen=True, kw_only=True):
    """One fact of a price. `kind`: line, adjustment, refused, shipping, fee, tax, tender or total.

    `amount` is what the sentence is about, in minor units, signed as in the quote. The other fields refer to plugin,
    offer, rows and store where there are any.
    """

    kind: str
    text: str
    amount: int | None = None
    plugin: str = ""
    code: str = ""
    line_ids: tuple[str, ...] = ()
    store_id: UUID | None = None


def explain(quote: Quote, locale: str, names: Mapping[str, str] = _NO_NAMES) -> list[Sentence]:
    """Say why the price is what it is: rows, adjustments in their order, what was not applied and why, sums.

    Chinese for locales that begin with `zh`, else English. `names` are what goods rows are called, by row id; one
    without a name is called by its number.
    """
    teller = _Teller(quote, locale, names)
    return [
        *teller.rows(LineKind.GOODS, "line"),
        *teller.discounts(),
        *teller.refused(),
        *teller.rows(LineKind.SHIPPING, "shipping"),
        *teller.rows(LineKind.FEE, "fee"),
        *teller.taxes(),
        *teller.tenders(),
        *teller.totals(),
    ]


class _Teller:
    def __init__(self, quote: Quote, locale: str, names: Mapping[str, str]) -> None:
        self.quote = quote
        self.language = 0 if locale.lower().startswith("zh") else 1
        goods = [row for row in quote.lines if row.kind is LineKind.GOODS]
        numbered = {row.id: self.say("goods", n=n) for n, row in enumerate(goods, 1)}
        self.names = {**{row.id: row.label for row in quote.lines}, **numbered, **names}
        self.labels = {f"{a.plugin}:{a.code}": a.label for a in quote.adjustments}

    def say(self, text: str, **values: Any) -> str:
        return TEXTS[text][self.language].format(**values)

    def money(self, amount: int) -> str:
        return signed_major(amount, self.quote.currency)

    def rows(self, kind: LineKind, text: str) -> Iterator[Sentence]:
        for row in self.quote.lines:
            if row.kind is kind:
                changed = "" if row.balances[0] == row.total else "_changed"
                values = {"row": self.names[row.id], "label": row.label, "quantity": row.quantity}
                said = self.say(text + changed, **values, list=self.money(row.balances[0]), now=self.money(row.total))
                yield _of_row(row, text, said)

    def discounts(self) -> Iterator[Sentence]:
        for made in self.quote.adjustments:
            if made.phase not in (Phase.TAX, Phase.TENDER):
                shares = [
                    self.say("share", row=self.names[part.line_id], amount=self.money(-part.amount))
                    for part in made.allocations
                ]
                listed, funder = self.say("and").join(shares), self._funder(made.platform_share_ppm)
                said = self.say(
                    "adjustment", label=made.label, amount=self.money(-made.amount), shares=listed, funder=funder
                )
                yield _of_adjustment(made, "adjustment", said)

    def refused(self) -> Iterator[Sentence]:
        for entry in self.quote.trace:
            if entry.outcome != "applied":
                text = OUTCOMES.get(entry.outcome, OUTCOMES[""])[self.language].format_map(self._reasons(entry))
                # A faulty offer may hold anything in these fields.
                store_id = entry.store_id if isinstance(entry.store_id, UUID) else None
                plugin, code = str(entry.plugin), str(entry.code)
                yield Sentence(kind="refused", text=text, plugin=plugin, code=code, store_id=store_id)

    def taxes(self) -> Iterator[Sentence]:
        included = [row for row in self.quote.lines if row.included_tax]
        if included:
            amount = sum(row.included_tax for row in included)
            said = self.say("tax_included", amount=self.money(amount))
            yield Sentence(kind="tax", text=said, amount=amount, line_ids=tuple(row.id for row in included))
        for made in self.quote.adjustments:
            if made.phase is Phase.TAX:
                rate, basis = _percent(made.definition.get("rate_ppm", 0)), self.money(made.basis)
                said = self.say("tax_added", label=made.label, rate=rate, basis=basis, amount=self.money(made.amount))
                yield _of_adjustment(made, "tax", said)

    def tenders(self) -> Iterator[Sentence]:
        for made in self.quote.adjustments:
            if made.phase is Phase.TENDER:
                said = self.say("tender", label=made.label, amount=self.money(-made.amount))
                yield _of_adjustment(made, "tender", said)

    def totals(self) -> Iterator[Sentence]:
        quote = self.quote
        for store in quote.stores if len(quote.stores) > 1 else ():
            said = self.say("total_store", **self._figures(store))
            yield Sentence(kind="total", text=said, amount=store.total, store_id=store.store_id)
        figures = self._figures(quote.totals)
        yield Sentence(kind="total", text=self.say("total", **figures), amount=quote.totals.total)
        yield Sentence(kind="total", text=self.say("due", **figures), amount=quote.totals.due)

    def _figures(self, totals: Totals) -> dict[str, str]:
        return {name: self.money(getattr(totals, name)) for name in Totals.__struct_fields__}

    def _funder(self, share: int) -> str:
        if share in (0, _WHOLE):
            return self.say("by_platform" if share else "by_store")
        return self.say("by_both", share=_percent(share))

    def _reasons(self, entry: TraceEntry) -> dict[str, Any]:
        detail = entry.detail
        others = [self.labels.get(name, name) for name in detail.get("with", ())]
        return {
            "label": detail.get("label") or entry.plugin,
            "outcome": entry.outcome,
            "copies": detail.get("copies"),
            "fault": detail.get("fault"),
            "others": self.say("and").join(f"“{other}”" for other in others),
            "needs": self.say("also").join(self._needs(detail)),
        }

    def _needs(self, detail: Mapping[str, Any]) -> Iterator[str]:
        """Say what is short of a threshold, or of the lowest tier."""
        needs = detail.get("needs", {})
        if "tiers" in needs:
            needs = {needs["by"]: min(tier["at"] for tier in needs["tiers"])}
        for measure, shown in (("amount", self.money), ("count", str)):
            need, have = needs.get(measure, 0), detail.get(measure, 0)
            if have < need:
                yield self.say(f"needs_{measure}", need=shown(need), have=shown(have), more=shown(need - have))


def _of_row(row: PricedLine, kind: str, text: str) -> Sentence:
    return Sentence(
        kind=kind,
        text=text,
        amount=row.total,
        plugin=row.plugin,
        code=row.code,
        line_ids=(row.id,),
        store_id=row.store_id,
    )


def _of_adjustment(made: Adjustment, kind: str, text: str) -> Sentence:
    return Sentence(
        kind=kind,
        text=text,
        amount=made.amount,
        plugin=made.plugin,
        code=made.code,
        line_ids=tuple(part.line_id for part in made.allocations),
        store_id=made.store_id,
    )


def _percent(rate_ppm: int) -> str:
    return f"{rate_ppm / 10_000:g} %"
