"""A newcomer follows the README and it is so: every shell example runs against a demo that really serves."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.root import cli
from app.domain.access import Role
from app.settings import Settings
from scripts.settings_table import written

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def demo(root: Path) -> Iterator[dict[str, str]]:
    """`make run` without its installation: the environment in which its commands and examples work."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BMP_", "DATABASE_"))}
    environment = {**kept, "BMP_PORT": port, "BMP_DATA": str(root / "data"), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "serve", "--demo", "--workers", "1"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        shown = []
        for line in process.stdout:
            shown.append(line)
            if "All accounts and clients" in line:
                break
        else:
            raise AssertionError(process.stderr.read())
        assert f"  API            http://127.0.0.1:{port}/api/v1\n" in shown
        yield environment
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_every_shell_example_works(demo: dict[str, str], tmp_path: Path) -> None:
    """All blocks but the first (`make …`) in one shell, in which every failed request ends the script."""
    assert "make run" in BLOCKS[0]
    script = "\n".join(BLOCKS[1:])
    programs = {"bmp": f"{sys.executable} -c 'from app.cli import main; main()'", "python": sys.executable}
    script = re.sub(r"\.venv/bin/(bmp|python)", lambda found: programs[found[1]], script)
    strict = 'set -euo pipefail\ncurl() { command curl --fail-with-body --max-time 30 "$@"; }\n'
    done = subprocess.run(  # noqa: S603 - our own examples
        ["bash", "-c", strict + script],  # noqa: S607 - the examples are for people's own shell
        env=demo,
        cwd=tmp_path,  # where the examples leave their files
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    answers = done.stdout
    assert "manager@icmpd.example" in answers
    assert '"access_token":' in answers
    assert "A synthetic store, renamed" in answers
    assert answers.count('"page":') >= 2
    assert "id,reference," in answers


def test_answers_of_examples_end_with_a_line_and_go_to_one_place() -> None:
    """JSON has no newline at its end, and a prompt would stick to it; guides call the service by one name."""
    guides = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
    lines = [line for guide in guides for line in guide.read_text(encoding="utf-8").splitlines()]
    calls = [line for line in lines if line.startswith("curl ")]
    assert len(calls) > 10
    to_a_file_or_rows = re.compile(r" -o |\?format=csv")
    assert [line for line in calls if "-sw '\\n'" not in line and not to_a_file_or_rows.search(line)] == []
    assert [line for line in lines if "$BMP" in line] == []


def test_every_setting_is_documented_as_it_is() -> None:
    assert written(README) == README, "run `make readme`"
    for name in Settings.model_fields:
        field = Settings.model_fields[name]
        assert field.description, name


def test_every_role_and_every_command_is_named() -> None:
    assert [role.value for role in Role if f"`{role.value}`" not in README] == []
    commands = [command.name or command.callback.__name__ for command in cli.registered_commands if command.callback]
    groups = [str(group.typer_instance.info.name) for group in cli.registered_groups if group.typer_instance]
    assert [name for name in (*commands, *groups) if f"`bmp {name}" not in README] == []


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
