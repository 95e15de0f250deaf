"""What every plugin must keep to, as tests that a plugin's own suite takes over.

    from galleria.core.testing.conformance import Conformance

    class TestConformance(Conformance):
        plugin = "first_order"
        settings = {"percent": 5}

Override `prepare` when an order gets something from the plugin only after somebody has set it up, or only when the
shopper asks for it (see `Story`). A plugin that may be on in both a store and the mall has two classes, one with
`scope = "mall"`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ...mall import Mall
from ..client import Api
from ..processes import Process, Processes
from . import declared, effects, fenced, migrating
from .scene import Scene
from .stage import Stage
from .story import Story
from .verdict import NotConforming

CHECKS = {
    check.__name__: check
    for check in (
        declared.labels,
        declared.settings_schema,
        declared.coroutines,
        effects.story,
        fenced.isolation,
        fenced.loading_order,
        fenced.facts,
        fenced.refusals,
        effects.refunds,
        effects.disabling,
        fenced.statements,
        migrating.migrated,
    )
}
"""Each check by its name: a coroutine function of a Stage that raises NotConforming."""


class Conformance(Story):
    """A story with a test for each check. Subclass it in a module of your tests, as a class named `Test...`."""

    pytestmark = pytest.mark.asyncio(loop_scope="session")

    @pytest_asyncio.fixture(loop_scope="session")
    async def stage(self, mall: Mall, api: Api, processes: Processes) -> AsyncIterator[Stage]:
        """The story on the running mall; afterwards the plugin is in the mall as it was before."""
        made = Stage(self, Process(mall, api), processes)
        yield made
        await made.restore()

    @pytest.mark.parametrize("check", CHECKS)
    async def test_conformance(self, stage: Stage, check: str) -> None:
        """The plugin keeps to what every plugin must keep to."""
        await CHECKS[check](stage)


__all__ = ["CHECKS", "Conformance", "NotConforming", "Scene", "Stage", "Story"]
