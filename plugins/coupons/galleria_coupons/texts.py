"""Why a coupon cannot be used, in the languages that ship."""

from __future__ import annotations

from collections.abc import Mapping

from galleria.core.plugin_api import Refusal, text_of

from .deciding import Word

WORDS: Mapping[Word, Mapping[str, str]] = {
    "already_used": {"zh-CN": "这张优惠券已被使用。", "en": "This coupon has been used already."},
    "expired": {"zh-CN": "这张优惠券不在有效期内。", "en": "This coupon is not valid at this time."},
    "not_yours": {"zh-CN": "这张优惠券不属于您。", "en": "This coupon is not yours."},
    "limit_reached": {
        "zh-CN": "这个优惠码的使用次数已达上限。",
        "en": "This code has been used as often as it may be.",
    },
    "ended": {"zh-CN": "这个优惠活动已经结束。", "en": "This campaign has ended."},
}


def refusal(word: Word, locale: str) -> Refusal:
    return Refusal(code=word, detail=text_of(WORDS[word], locale))
