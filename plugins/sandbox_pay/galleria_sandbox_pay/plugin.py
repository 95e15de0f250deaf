"""The hooks of the plugin `sandbox_pay`. In production it offers nothing: play money must buy nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

from galleria.core.plugin_api import PaymentProvider, PluginInfo, Routes, StartupContext, hookimpl

from .provider import SandboxProvider
from .routes import ROUTES
from .rules import refunds_later

PLUGIN = PluginInfo(
    label={"zh-CN": "沙盒支付", "en": "Sandbox payments"},
    requires={"startup": 1},
    scopes=frozenset({"mall"}),
    on_in_development=True,
)


@hookimpl
def register_routes(ctx: StartupContext) -> Routes:
    return Routes() if ctx.settings.production else Routes(mall=ROUTES)


@hookimpl
def register_tables(ctx: StartupContext) -> str:  # noqa: ARG001  the rows stay readable in every mode
    return "galleria_sandbox_pay.piccolo_app"


@hookimpl
def register_payment_providers(ctx: StartupContext) -> Sequence[PaymentProvider]:
    if ctx.settings.production:
        return []
    later = refunds_later(os.environ.get("GALLERIA_SANDBOX_PAY_REFUNDS", ""))
    return [SandboxProvider(ctx, refunds_later=later)]
