from __future__ import annotations

import pytest
from galleria.core.testing.inline import unique_name


@pytest.fixture
def name():
    return unique_name()


@pytest.fixture
def running(mall_with):
    """Make a mall with these plugins beside the installed ones: (mall, api)."""

    async def make(*plugins, **settings):
        return mall_with(*plugins, **settings)

    return make
