"""The sentences of `explain`, by what they say: (zh-CN, en)."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "goods": ("第{n}行", "Line {n}"),
    "and": ("、", ", "),
    "also": ("；", "; and "),
    "line": ("{row} × {quantity}：原价{list}。", "{row} × {quantity} costs {list}, its list price."),
    "line_changed": (
        "{row} × {quantity}：原价{list}，现价{now}。",
        "{row} × {quantity} costs {list} at list price, and {now} now.",
    ),
    "share": ("{row} {amount}", "{amount} of {row}"),
    "adjustment": ("“{label}”减{amount}：{shares}。{funder}", "“{label}” takes {amount} off: {shares}. {funder}"),
    "by_store": ("由店铺承担。", "The store bears it."),
    "by_platform": ("由平台承担。", "The platform bears it."),
    "by_both": ("平台承担{share}，其余由店铺承担。", "The platform bears {share} of it, the store the rest."),
    "shipping": ("“{label}”{list}。", "“{label}” costs {list}."),
    "shipping_changed": ("“{label}”{list}，现为{now}。", "“{label}” costs {list}, and {now} now."),
    "fee": ("“{label}”加收{list}。", "“{label}” adds {list}."),
    "fee_changed": ("“{label}”加收{list}，现为{now}。", "“{label}” adds {list}, and comes to {now} now."),
    "tax_included": ("价格已含税{amount}。", "The prices include {amount} of tax."),
    "tax_added": (
        "“{label}”按{basis}的{rate}计，加{amount}。",
        "“{label}” of {rate} on {basis} adds {amount}.",
    ),
    "tender": ("“{label}”支付{amount}。", "“{label}” pays {amount}."),
    "total_store": (
        "本店合计{total}，尚需支付{due}。",
        "This store's part is {total}; {due} of it is still to be paid.",
    ),
    "total": (
        "商品{goods}，优惠{discounts}，运费{shipping}，费用{fees}，加收税{tax}，合计{total}。",
        "Goods {goods}, discounts {discounts}, shipping {shipping}, fees {fees}, added tax {tax}: {total} in all.",
    ),
    "due": ("已抵付{tenders}，尚需支付{due}。", "{tenders} is paid by other means; {due} is still to be paid."),
    "needs_amount": ("需满{need}，现有{have}，还差{more}", "needs {need}, has {have}, {more} more"),
    "needs_count": ("需满{need}件，现有{have}件，还差{more}件", "needs {need} units, has {have}, {more} more"),
}

OUTCOMES: dict[str, tuple[str, str]] = {
    "threshold": ("“{label}”未达到条件：{needs}。", "“{label}” is not reached: {needs}."),
    "no_lines": ("“{label}”不适用于这些商品。", "“{label}” is for nothing in this checkout."),
    "not_combinable": (
        "“{label}”不能与{others}同时使用。",
        "“{label}” cannot be combined with {others}.",
    ),
    "outbid": ("“{label}”未使用：其他单价更低。", "“{label}” is not used: another unit price is lower."),
    "not_best": (
        "“{label}”未使用：与之互斥的其他优惠更划算。",
        "“{label}” is not used: what it excludes saves more.",
    ),
    "not_considered": (
        "“{label}”未参与比较：互斥的优惠过多，只比较了优惠最大的几项。",
        "“{label}” was not compared: too many offers exclude each other, and only the largest of them compete.",
    ),
    "takes_nothing": ("“{label}”未使用：已没有可减的金额。", "“{label}” is not used: there is nothing for it to take."),
    "duplicate": (
        "“{label}”未使用：同一优惠被提出了{copies}次。",
        "“{label}” is not used: it was proposed {copies} times under one code.",
    ),
    "invalid": ("“{label}”未使用：优惠有误（{fault}）。", "“{label}” is not used: the offer is faulty ({fault})."),
    "failed": ("“{label}”出错，未参与定价。", "“{label}” failed and had no part in this price."),
    "slow": ("“{label}”响应过慢，未参与定价。", "“{label}” took too long and had no part in this price."),
    "suspended": ("“{label}”已暂停，未参与定价。", "“{label}” is suspended and had no part in this price."),
    "": ("“{label}”未使用（{outcome}）。", "“{label}” is not used ({outcome})."),
}
"""What became of an offer that is not applied; under "" what is said of outcomes that are not listed."""
