"""From a new process to an application with every installed plugin, in seconds; the floor is importing the frameworks.

`python -m galleria.benchmarks.startup`. The database is not touched: migrations are another command's matter.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 7
FLOOR = "import asyncpg, litestar, msgspec, piccolo.table, pluggy, redis.asyncio, structlog"
START = "from galleria.app import build_mall, create_app; from galleria.core.settings import Settings; "
APPLICATION = START + "create_app(build_mall(Settings(redis_url='redis://127.0.0.1')))"


def took(program: str) -> float:
    """Seconds of a new interpreter that runs the program; the median of several."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main() -> None:
    floor, start = took(FLOOR), took(APPLICATION)
    print(f"frameworks {floor:.2f} s, application {start:.2f} s, ratio {start / floor:.2f}")


if __name__ == "__main__":
    main()
