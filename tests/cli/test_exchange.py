"""`bmp import` and `bmp export` as people and scripts use them, against a running service."""

from __future__ import annotations

import csv
import json
import logging
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
import structlog
from rich.console import Console
from typer.testing import CliRunner

from app.cli.progress import _lines, progress
from app.cli.root import cli
from tests.cli.conftest import Answer
from tests.clients.conftest import Served, served
from tests.world import World

__all__ = ["served"]


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """The service runs in this process too, and would log on the standard output of the commands."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def script(quiet: None, served: Served, world: World) -> dict[str, str]:
    with served.client(world) as people:
        made = people.clients.create(name="Exchange", scopes=["register:read", "register:write"])
    return {"id": made["client"]["client_id"], "secret": str(made["client_secret"]), "url": served.url}


def said(script: dict[str, str], *arguments: object) -> tuple[int, str, str]:
    cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith(("BMP_", "DATABASE_"))}
    argv = [*map(str, arguments), "--url", script["url"]]
    if "id" in script:
        argv += ["--client", script["id"]]
        cleared["BMP_CLIENT_SECRET"] = script["secret"]
    done = CliRunner().invoke(cli, argv, env=cleared)
    return done.exit_code, done.stdout, done.stderr


def run(script: dict[str, str], *arguments: object) -> Answer:
    code, out, err = said(script, *arguments, "--json")
    return Answer(code, json.loads(out) if out.startswith("{") else None, err)


def test_a_list_is_exported_whole(script: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "sites.csv"
    done = run(script, "export", "sites", "--filter", "country=TN", "--filter", "kind=port", "-o", target)
    assert (done.code, done.facts) == (0, {"file": str(target), "bytes": target.stat().st_size})
    rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert rows
    assert {(row["country"], row["kind"]) for row in rows} == {("TN", "port")}
    code, out, _ = said(script, "export", "sites", "--format", "jsonl", "--filter", "country=MA", "-o", "-")
    assert code == 0
    assert {json.loads(line)["country"] for line in out.splitlines() if line} == {"MA"}


def test_what_is_refused_is_a_sentence(script: dict[str, str], tmp_path: Path) -> None:
    unknown = run(script, "export", "sites", "--filter", "colour=blue", "-o", tmp_path / "none.csv")
    assert unknown.code == 1
    assert "colour" in unknown.said
    assert unknown.said.count("Known parameters:") == 1
    assert not list(tmp_path.iterdir())
    castles = run(script, "export", "castles", "-o", tmp_path / "none.csv").sentence
    assert castles.startswith("bmp: there is no list castles. Lists: acceptances, accounts, agencies, ")
    assert " Did you mean sites? Lists: " in run(script, "export", "site", "-o", tmp_path / "none.csv").sentence
    below = run(script, "export", "sites/S-NONE/castles", "-o", tmp_path / "none.csv")
    assert below.sentence.endswith("(404 not_found)")
    assert run(script, "export", "sites", "--format", "pdf").sentence == (
        "bmp: there is no format pdf: csv, jsonl or xlsx"
    )
    assert run(script, "export", "sites", "--filter", "blue").sentence == "bmp: a filter is NAME=VALUE, not blue"
    wrong = run({**script, "secret": "wrong"}, "export", "sites", "-o", tmp_path / "none.csv")
    assert wrong.code == 1
    assert "invalid_client" in wrong.sentence
    nobody = run({**script, "url": "http://127.0.0.1:1"}, "export", "sites", "-o", tmp_path / "none.csv")
    assert nobody.code == 1
    assert nobody.sentence.startswith("bmp: no service answers at http://127.0.0.1:1: ")
    typed = run({**script, "url": "http://127.0.0.1:8399x"}, "export", "sites", "-o", tmp_path / "none.csv")
    assert typed.sentence.startswith("bmp: 'http://127.0.0.1:8399x' is no address of a service such as ")
    token = CliRunner().invoke(cli, ["token", "cl-1", "--url", "http://127.0.0.1:8399x"], input="a secret\n")
    assert token.stderr.startswith("bmp: no service answers at http://127.0.0.1:8399x: Invalid port")
    nowhere = run({"url": script["url"]}, "export", "sites", "--data", tmp_path)
    assert nowhere.sentence == "bmp: say who is calling: --client CLIENT_ID, with the secret in BMP_CLIENT_SECRET"


def test_a_person_of_the_demo_is_told_where_no_service_answers(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    entry = {"account_name": "somebody@icmpd.example", "password": "synthetic"}
    (tmp_path / "secrets" / "demo-credentials.json").write_text(json.dumps([entry]))
    file = table(tmp_path / "sites.csv", "NONE", "store")
    where = {"url": "http://127.0.0.1:1"}
    for asked in (("import", file, "--resource", "sites"), ("export", "sites", "-o", tmp_path / "none.csv")):
        answer = run(where, *asked, "--data", tmp_path)
        assert answer.code == 1
        assert answer.sentence.startswith("bmp: no service answers at http://127.0.0.1:1: ")
        assert "Traceback" not in answer.said


def test_a_secret_that_is_given_is_what_proves_a_client_of_a_demo_too(script: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    person = {"account_name": "somebody@icmpd.example", "password": "synthetic"}
    entry = {"client_id": script["id"], "client_secret": script["secret"]}
    (tmp_path / "secrets" / "demo-credentials.json").write_text(json.dumps([person, entry]))
    target = tmp_path / "sites.csv"
    file = table(tmp_path / "table.csv", "NONE", "store")
    wrong = {**script, "secret": "wrong"}
    for asked in (("export", "sites", "-o", target), ("import", file, "--resource", "sites")):
        refused = run(wrong, *asked, "--data", tmp_path)
        assert (refused.code, refused.facts) == (1, None)
        assert "invalid_client" in refused.sentence
    assert not target.exists()
    argv = ["token", script["id"], "--url", script["url"], "--data", str(tmp_path)]
    token = CliRunner().invoke(cli, argv, env={"BMP_CLIENT_SECRET": "wrong"})
    assert (token.exit_code, token.stdout) == (1, "")
    assert token.stderr.startswith("bmp: the service gives no token: ")
    without = {**script, "secret": ""}  # then the demo's file has it
    assert run(without, "export", "sites", "-o", target, "--data", tmp_path).code == 0
    argv = ["export", "sites", "-o", str(target), "--url", script["url"], "--data", str(tmp_path)]
    whose = CliRunner().invoke(cli, argv, env={"BMP_CLIENT_SECRET": "wrong"})
    assert (whose.exit_code, whose.stderr) == (
        1,
        "bmp: BMP_CLIENT_SECRET is set, but not whose secret it is: add --client CLIENT_ID, or unset it\n",
    )


def table(path: Path, mark: str, *kinds: str) -> Path:
    lines = ["reference,name_en,kind,organisation_reference,country"]
    lines += [f"SITE-{mark}-{n},Store {n},{kind},ORG-ICMPD,TN" for n, kind in enumerate(kinds)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_is_validated_and_then_written(script: dict[str, str], tmp_path: Path) -> None:
    file = table(tmp_path / "sites.csv", "CLI", "store", "port")
    looked = run(script, "import", file, "--resource", "sites")
    assert (looked.code, looked.facts["state"], looked.facts["created"]) == (0, "valid", 2)
    code, out, err = said(script, "import", file, "--resource", "sites", "--commit")
    assert (code, out) == (0, "2 rows: 2 new, 0 changed, 0 unchanged\n")
    assert "Upload: " in err
    code, out, _ = said(script, "import", file, "--resource", "sites")
    assert (code, out) == (0, "2 rows would be: 0 new, 0 changed, 2 unchanged; --commit writes them\n")


def test_one_is_told_as_one(script: dict[str, str], tmp_path: Path) -> None:
    file = table(tmp_path / "sites.csv", "ONE", "store")
    code, out, _ = said(script, "import", file, "--resource", "sites")
    assert (code, out) == (0, "1 row would be: 1 new, 0 changed, 0 unchanged; --commit writes it\n")
    code, out, _ = said(script, "import", table(file, "ONE", "castle"), "--resource", "sites")
    assert out.splitlines()[-1] == "1 row, 1 fault; nothing was written"


def test_faults_are_told_and_brought_back(script: dict[str, str], tmp_path: Path) -> None:
    file = table(tmp_path / "sites.csv", "BAD", *["castle"] * 25)
    code, out, _ = said(script, "import", file, "--resource", "sites", "--commit", "--faults", tmp_path / "bad.csv")
    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith("row 2, kind: ")
    assert lines[-2:] == [
        "… and 5 more; --faults FILE writes them all",
        "25 rows, 25 faults; nothing was written",
    ]
    assert len((tmp_path / "bad.csv").read_text().splitlines()) == 26
    answered = run(script, "import", file, "--resource", "sites")
    assert (answered.code, answered.facts["faults"], len(answered.facts["shown_faults"])) == (1, 25, 20)


def test_a_place_where_no_file_can_be_is_said_before_anything_is_asked(script: dict[str, str], tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    missing = run(script, "export", "sites", "-o", nowhere / "sites.csv")
    assert (missing.code, missing.sentence) == (
        1,
        f"bmp: there is no folder {nowhere}: make it first, or choose another by --output",
    )
    folder = run(script, "export", "sites", "-o", tmp_path)
    assert folder.sentence == f"bmp: {tmp_path} is a folder: name the file too, for instance {tmp_path / 'sites.csv'}"
    with patch("os.access", return_value=False):
        closed = run(script, "export", "sites", "-o", tmp_path / "sites.csv")
    assert closed.sentence == (
        f"bmp: nothing may be written to {tmp_path / 'sites.csv'}: choose another place by --output"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_a_step_is_a_line_every_ten_seconds_and_one_at_its_end() -> None:
    console, seconds = Console(file=StringIO(), width=80), iter([0, 3, 9, 11, 12, 25, 26, 27, 28, 40, 41])
    told = _lines(console, lambda: float(next(seconds)))
    for done, total in ((0, None), (10, None), (20, 99), (30, 99), (40, 99), (40, 99), (50, 99)):
        told("Rows", done, total)
    for _ in range(2):
        told("Rows", 99, 99)
    told("Rows", 0, 50)
    told("Rows", 50, 50)
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined] # it is the StringIO above
        "Rows: 30 of 99",
        "Rows: 50 of 99",
        "Rows: 99 (27.0 s)",
        "Rows: 50 (1.0 s)",
    ]


def test_bars_also_where_nobody_knows_how_much_there_is() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=80)
    with progress(console) as told:
        told("sites", 100, None)
        told("sites", 200, 200)
    assert "200/200" in console.file.getvalue()  # type: ignore[attr-defined] # it is the StringIO above
