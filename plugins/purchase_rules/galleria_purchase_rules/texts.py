"""Refusals, in the languages that ship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from galleria.core.plugin_api import Refusal, text_of

_MINIMUM = {"zh-CN": "{needs} 起订，现有 {has}。", "en": "The minimum order is {needs}; this is {has}."}
_CLOSED = {"zh-CN": "现在不在售卖时间。", "en": "Nothing is sold at this hour."}
_OPENS = {"zh-CN": "现在不在售卖时间，{time} 开售。", "en": "Nothing is sold at this hour; sales begin at {time}."}
_REVIEW = {"zh-CN": "订单需审核后才能发货。", "en": "The order must be released before it is sent."}
_LIMIT = {
    "order": {"zh-CN": "每单限购 {allowed} 件。", "en": "At most {allowed} an order."},
    "day": {"zh-CN": "每人每天限购 {allowed} 件，还可购买 {left} 件。", "en": "At most {allowed} a day; {left} left."},
    "week": {
        "zh-CN": "每人每周限购 {allowed} 件，还可购买 {left} 件。",
        "en": "At most {allowed} a week; {left} left.",
    },
    "month": {
        "zh-CN": "每人每月限购 {allowed} 件，还可购买 {left} 件。",
        "en": "At most {allowed} a month; {left} left.",
    },
    "ever": {"zh-CN": "每人限购 {allowed} 件，还可购买 {left} 件。", "en": "At most {allowed} each; {left} left."},
}


def minimum(locale: str, params: Mapping[str, Any], *, needs: str, has: str) -> Refusal:
    return Refusal(code="minimum_order", detail=text_of(_MINIMUM, locale).format(needs=needs, has=has), params=params)


def closed(locale: str, params: Mapping[str, Any], *, time: str) -> Refusal:
    detail = text_of(_OPENS if time else _CLOSED, locale).format(time=time)
    return Refusal(code="closed", detail=detail, params=params)


def limit(locale: str, period: str, params: Mapping[str, Any], line_ids: tuple[str, ...]) -> Refusal:
    detail = text_of(_LIMIT[period], locale).format(**params)
    return Refusal(code="limit", detail=detail, line_ids=line_ids, params=params)


def review(locale: str) -> Refusal:
    return Refusal(code="review", detail=text_of(_REVIEW, locale))
