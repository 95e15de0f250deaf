"""An environment in which Galleria is installed already, to install something into."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

_LAUNCHERS = {
    "galleria": "from galleria.__main__ import main as run",
    "pip": "from pip._internal.cli.main import main as run",
}
_TIMEOUT = 120


def make(folder: Path) -> Path:
    """Make a virtual environment on top of the running one, so that it has the same packages; return its programs."""
    subprocess.run(  # noqa: S603  this interpreter's own module
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=_TIMEOUT
    )
    (packages,) = folder.glob("lib/python*/site-packages")
    below = sysconfig.get_path("purelib")
    (packages / "below.pth").write_text(f"import site; site.addsitedir({below!r})\n")
    for name, line in _LAUNCHERS.items():
        launcher = folder / "bin" / name
        launcher.write_text(f"#!{folder}/bin/python\nimport sys\n{line}\nsys.exit(run())\n")
        launcher.chmod(0o755)
    return folder / "bin"


class Shell:
    """Runs commands as somebody would who has activated the environment, in the folder of the checkout."""

    def __init__(self, programs: Path, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._variables = {**variables, "PATH": f"{programs}:{variables['PATH']}", "PIP_NO_INDEX": "1"}

    def run(self, command: str) -> str:
        """Return what the command says. Raises CalledProcessError when it fails."""
        done = subprocess.run(  # noqa: S602  the story's own commands
            command, shell=True, check=True, cwd=self._folder, env=self._variables, text=True, stdout=subprocess.PIPE,
            timeout=_TIMEOUT,
        )  # fmt: skip
        return done.stdout.strip()
