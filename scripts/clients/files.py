"""Every generated file of the clients, and its text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.clients.document import ROOT, read
from scripts.clients.python_resources import resources
from scripts.clients.python_sync import BY_HAND, synchronous
from scripts.clients.python_types import models
from scripts.clients.typescript import types

PACKAGE = ROOT / "clients/python/bmp_client"
TYPESCRIPT = ROOT / "clients/typescript/src/api.ts"


def made() -> dict[Path, str]:
    """Path → text."""
    document = read()
    found = {
        PACKAGE / "models.py": formatted(models(document), "models.py"),
        PACKAGE / "_async/resources.py": formatted(resources(document), "resources.py"),
        TYPESCRIPT: types(document),
    }
    source = {path.name: path.read_text(encoding="utf-8") for path in sorted((PACKAGE / "_async").glob("*.py"))}
    source["resources.py"] = found[PACKAGE / "_async/resources.py"]
    for name, text in source.items():
        if name not in BY_HAND:
            found[PACKAGE / "_sync" / name] = formatted(synchronous(text, name), name)
    return found


def formatted(text: str, name: str) -> str:
    """As the formatter leaves it, so that the committed files pass the checks of style."""
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "I,F401", "--fix-only", "--quiet"], ["format", "--quiet"]):
        call = [*ruff, *command, "--stdin-filename", str(PACKAGE / name), "-"]
        text = subprocess.run(call, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout  # noqa: S603
    return text
