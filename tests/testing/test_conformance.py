"""The kit lets a sound plugin through, and each of its checks stops one that is broken in its point."""

from __future__ import annotations

import logging

import pytest
from galleria.core.testing.conformance import CHECKS, NotConforming, Stage
from galleria.core.testing.processes import Process

from .gifts import GiftStory, create, gifts


@pytest.fixture
async def play(mall, api, processes):
    """Play the story of a plugin; returns the names of the checks that stop it."""
    stages = []

    async def run(plugin, *checks, story=GiftStory, **changed):
        await create(plugin)
        told = story()
        told.plugin = plugin
        vars(told).update(changed)
        stage = Stage(told, Process(mall, api), processes)
        stages.append(stage)
        return {name for name in checks or CHECKS if await _stopped(CHECKS[name], stage)}

    yield run
    for stage in stages:
        await stage.restore()


async def _stopped(check, stage):
    try:
        await check(stage)
    except NotConforming as broken:
        logging.getLogger(__name__).warning("%s: %s", check.__name__, broken)
        return True
    return False


@pytest.mark.parametrize("scope", ["store", "mall"])
async def test_a_sound_plugin_passes(play, tmp_path, scope):
    """A plugin that keeps to everything is stopped by no check, in a store and in the mall."""
    assert await play(gifts(tmp_path), scope=scope) == set()
