"""What staff may be allowed to do in a store, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from ..errors import Invalid
from ..http.access import Access
from ..mall import Mall

LABELS: Mapping[str, Mapping[str, str]] = {
    "catalog.write": {"zh-CN": "管理商品", "en": "Manage products"},
    "members.manage": {"zh-CN": "管理成员", "en": "Manage members"},
    "orders.fulfil": {"zh-CN": "处理发货", "en": "Fulfil orders"},
    "orders.read": {"zh-CN": "查看订单", "en": "Read orders"},
    "orders.refund": {"zh-CN": "退款", "en": "Refund orders"},
    "payments.read": {"zh-CN": "查看收款", "en": "Read payments"},
    "plugins.manage": {"zh-CN": "管理插件", "en": "Manage plugins"},
    "prices.write": {"zh-CN": "修改价格", "en": "Change prices"},
    "stock.write": {"zh-CN": "管理库存", "en": "Manage stock"},
    "store.edit": {"zh-CN": "编辑店铺", "en": "Edit the store"},
}
CORE = frozenset(LABELS)
"""The names that core's own routes ask for."""

MEMBER = Access("staff")
"""Anyone who works for the store in the path, with whatever permissions; operators too."""


def known(mall: Mall) -> frozenset[str]:
    """Core's names, and those that installed plugins have registered, wherever they are on."""
    return CORE.union(permission.code for own in mall.plugins.permissions.values() for permission in own)


async def offered(mall: Mall, store_id: UUID) -> dict[str, Mapping[str, str]]:
    """The labels of what members of a store can be given now: core's, and those of the plugins that are on there."""
    on = await mall.plugins.states.current()
    registered = mall.plugins.permissions.items()
    theirs = [own for name, own in registered if on.is_on(mall.plugins.states.plugin(name), store_id)]
    return {**LABELS, **{permission.code: permission.label for own in theirs for permission in own}}


def require_known(names: Iterable[str], registered: Iterable[str]) -> list[str]:
    """The names, sorted and each once. Raises Invalid (`unknown_permission`), naming each that nothing asks for."""
    wanted = sorted(set(names))
    unknown = [name for name in wanted if name not in registered]
    if unknown:
        errors = [{"path": "permissions", "code": "unknown_permission", "detail": name} for name in unknown]
        raise Invalid("There is no such permission.", code="unknown_permission", errors=errors)
    return wanted
