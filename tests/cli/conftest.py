"""What tests of commands share: a way to run `bmp` in this process, and folders that PostgreSQL's account can reach."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.root import cli


@dataclass
class Answer:
    """Exit code, what was answered in JSON, and what was said on both outputs."""

    code: int
    facts: Any
    said: str

    @property
    def sentence(self) -> str:
        """The last line on standard error."""
        return self.said.splitlines()[-1]


def bmp(*arguments: object, stdin: str = "", environment: dict[str, str | None] | None = None) -> Answer:
    """Run a command with `--json`, without settings of whoever runs the tests."""
    cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith(("BMP_", "DATABASE_"))}
    argv = [str(a) for a in (*arguments, "--json")]
    done = CliRunner().invoke(cli, argv, input=stdin, env={**cleared, **(environment or {})})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.exit_code, json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else None, done.stderr)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """Not pytest's own folder: it is closed to the account that runs PostgreSQL for root."""
    folder = Path(tempfile.mkdtemp(prefix="bmp-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
