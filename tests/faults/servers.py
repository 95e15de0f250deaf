"""Real servers in processes of their own, for tests that end them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

HERE = Path(__file__).parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """A server, started again whenever it was found dead: its address and what is in its shop."""

    def __init__(self, target, port, environment):
        self.target, self.environment = target, environment
        self.base = f"http://127.0.0.1:{port}"
        self.process = self._start()
        self.shop = json.loads(self.process.stdout.readline())

    def _start(self, *arguments):
        command = [sys.executable, str(HERE / "server.py"), self.target, *arguments]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def wait(self, seconds=30):
        """Until it answers."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                self.process = self._start("again")
            try:
                if httpx.get(f"{self.base}/api/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def check(self):
        """`galleria check`: its exit code and what it printed."""
        command = [sys.executable, "-m", "galleria", "check"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr


@contextmanager
def serving(addresses, database_url, target, **extra):
    port = free_port()
    environment = {
        **os.environ,
        "GALLERIA_DATABASE_URL": database_url,
        "GALLERIA_REDIS_URL": addresses.redis_url,
        "GALLERIA_PORT": str(port),
        "GALLERIA_LOG_LEVEL": "critical",
        "PYTHONPATH": str(HERE),
        **extra,
    }
    served = Served(target, port, environment)
    try:
        served.wait()
        yield served
    finally:
        served.stop()
