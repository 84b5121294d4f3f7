"""The scripts of docs/guides/scripts, run as they stand there, against the service."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest

from app.domain.webhooks import Allowed, fault_of_url
from app.settings import Settings
from bmp_client import Client, errors, webhooks
from tests.clients.conftest import Served, site, until
from tests.world import World

SCRIPTS = Path(__file__).parents[2] / "docs/guides/scripts"


def script(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def environment(served: Served, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes: Any = ["register:read", "register:write", "equipment:read", "equipment:write"]
    with served.client(world) as people:
        made = people.clients.create(name="Script", scopes=scopes)
    monkeypatch.setenv("BMP_URL", served.url)
    monkeypatch.setenv("BMP_CLIENT_ID", made["client"]["client_id"])
    monkeypatch.setenv("BMP_CLIENT_SECRET", str(made["client_secret"]))


# What the guides say beside the scripts.


def test_the_example_of_any_call_works(served: Served, world: World) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (SCRIPTS.parent / "clients.md").read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if "bmp.request(" in block]
    shown: list[object] = []
    with served.client(world) as bmp:
        name = bmp.request("GET", "/api/v1/me").json()["account_name"]
        exec(compile(example, "clients.md", "exec"), {"bmp": bmp, "print": lambda *told: shown.extend(told)})  # noqa: S102 - our own example
        with pytest.raises(errors.NotFound):
            bmp.request("GET", "/me")
    assert shown == [200, name]


def test_a_receiver_is_tried_on_one_machine_as_the_guide_and_the_script_say() -> None:
    told = [(SCRIPTS.parent / "webhooks.md").read_text(encoding="utf-8"), script("webhook_receiver").__doc__ or ""]
    for text in told:
        found = re.search(r"""BMP_WEBHOOK_ALLOW='(\["127[^']*)'""", text)
        assert found is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BMP_WEBHOOK_ALLOW", found[1])
            allowed = Allowed(Settings(secrets=Path("unused"), database_url="postgresql://unused/unused").webhook_allow)
        assert fault_of_url("http://127.0.0.1:8080/", allowed) is None
        assert fault_of_url("http://localhost:8080/", allowed) is not None
    assert fault_of_url("http://127.0.0.1:8080/", Allowed()) is not None
    wider = Allowed(["10.1.0.0/16", "receiver.internal"])
    plain = {
        host: fault_of_url(f"http://{host}/", wider) is None for host in ("10.1.2.3", "receiver.internal", "a.example")
    }
    assert plain == {"10.1.2.3": True, "receiver.internal": True, "a.example": False}


# The nightly upsert.


def inventory(path: Path, *rows: tuple[Any, ...]) -> str:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Model", "Colour", "Inventory number", "Serial number", "Kept at", "Remark"])
    for row in rows:
        sheet.append(row)
    book.save(path)
    return str(path)


def run(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", [module.__name__, *arguments])
    code: int = module.main()
    return code


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("mirror", ("BMP_URL", "BMP_CLIENT_ID", "BMP_CLIENT_SECRET")),
        ("nightly_upsert", ("BMP_URL", "BMP_CLIENT_ID", "BMP_CLIENT_SECRET")),
        ("webhook_receiver", ("WEBHOOK_SECRETS",)),
    ],
)
def test_a_script_says_what_its_environment_lacks(
    monkeypatch: pytest.MonkeyPatch, name: str, needed: tuple[str, ...]
) -> None:
    for variable in needed:
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(SystemExit, match=f"^{name}: set {', '.join(needed)} in the environment$"):
        run(script(name), monkeypatch, "anything", "0")
    for variable in needed[:-1]:
        monkeypatch.setenv(variable, "something")
    with pytest.raises(SystemExit, match=f": set {needed[-1]} in the environment$"):
        run(script(name), monkeypatch, "anything", "0")


@pytest.mark.parametrize("name", ["mirror", "nightly_upsert"])
@pytest.mark.usefixtures("environment")
def test_a_script_says_that_an_address_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("BMP_URL", "http://127.0.0.1:8399x")
    assert run(script(name), monkeypatch, str(tmp_path / "file")) == 2
    assert "'http://127.0.0.1:8399x' is no address of a service" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_an_inventory_is_brought_in_every_night(
    served: Served,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nightly = script("nightly_upsert")
    path = tmp_path / "inventory.xlsx"
    rows: list[tuple[Any, ...]] = [
        ("MOD-RADIO-1", "black", f"INV-{n}", 500_000 + n, "SITE-STORE", "synthetic") for n in range(3)
    ]
    assert run(nightly, monkeypatch, inventory(path, *rows)) == 0
    assert "3 rows: 3 new, 0 changed, 0 unchanged" in capsys.readouterr().out
    assert run(nightly, monkeypatch, str(path)) == 0
    assert "3 rows: 0 new, 0 changed, 3 unchanged" in capsys.readouterr().out, "what is so, not what was so"
    rows = [
        *rows[:2],
        (*rows[2][:5], "moved to a shelf"),
        (None,) * 6,
        ("MOD-RADIO-1", "", "INV-3", None, "SITE-STORE", ""),
    ]
    assert run(nightly, monkeypatch, inventory(path, *rows)) == 0
    assert "4 rows: 1 new, 1 changed, 2 unchanged" in capsys.readouterr().out
    with served.client(world) as bmp:
        found = {each["external_id"]: each for each in bmp.equipment.list(external_id=[f"INV-{n}" for n in range(4)])}
    assert {name: (each["serial"], each["stage"]) for name, each in found.items()} == {
        "INV-0": ("500000", "delivered"),
        "INV-1": ("500001", "delivered"),
        "INV-2": ("500002", "delivered"),
        "INV-3": (None, "delivered"),
    }


@pytest.mark.usefixtures("environment")
def test_an_inventory_with_faults_is_not_brought_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nightly = script("nightly_upsert")
    good = ("MOD-RADIO-1", "", "INV-10", "600000", "SITE-STORE", "")
    path = inventory(tmp_path / "inventory.xlsx", good, (None,) * 6, ("MOD-NONE", "", "INV-11", "1", "SITE-STORE", ""))
    assert run(nightly, monkeypatch, path) == 1
    said = capsys.readouterr().err
    assert "row 4, Model: " in said
    assert "1 faults; nothing was written" in said
    assert run(nightly, monkeypatch, path) == 1
    with Client(*(os.environ[name] for name in ("BMP_URL", "BMP_CLIENT_ID", "BMP_CLIENT_SECRET"))) as bmp:
        states = [each["state"] for each in bmp.imports.list(resource="equipment")]
    assert states == ["invalid", "invalid"], "looked at anew: the model may be there now"
    monkeypatch.setenv("BMP_CLIENT_SECRET", "wrong")
    assert run(nightly, monkeypatch, path) == 2
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(SystemExit, match="has no column"):
        run(nightly, monkeypatch, str(tmp_path / "other.xlsx"))
    with pytest.raises(SystemExit, match=r"^there is no workbook .*none\.xlsx$"):  # a text ends the process with 1
        run(nightly, monkeypatch, str(tmp_path / "none.xlsx"))
    (tmp_path / "broken.xlsx").write_text("no workbook")
    with pytest.raises(SystemExit, match=r"broken\.xlsx cannot be read as a workbook: "):
        run(nightly, monkeypatch, str(tmp_path / "broken.xlsx"))


# The mirror.


def copied(path: Path) -> dict[tuple[str, str], Any]:
    with closing(sqlite3.connect(path)) as db:
        return {(resource, ident): json.loads(body) for resource, ident, body in
                db.execute("SELECT resource, id, body FROM objects")}  # fmt: skip


def in_sight(bmp: Client | Refusing, resources: tuple[str, ...]) -> dict[tuple[str, str], Any]:
    return {(resource, row["id"]): row for resource in resources for row in bmp.resource(resource).list()}


@contextmanager
def mirror(module: ModuleType, bmp: Client | Refusing, path: Path) -> Iterator[Any]:
    made = module.Mirror(bmp, str(path))
    try:
        yield made
    finally:
        made.close()


def follow(module: ModuleType, bmp: Client | Refusing, path: Path) -> dict[tuple[str, str], Any]:
    """Run the mirror, as cron would, until it holds what is in sight; the worker puts changes in order meanwhile."""
    held: dict[tuple[str, str], Any] = {}
    for _ in until():
        with mirror(module, bmp, path) as made:
            made.follow(live=False)
        held = copied(path)
        if held == in_sight(bmp, module.RESOURCES):
            break
    return held


def store(**more: Any) -> Any:
    return site(organisation="ORG-ITALY", **more)


def item(**more: Any) -> Any:
    return {"component": "BMP-TN", "model": "MOD-RADIO-1", "external_id": uuid4().hex, **more}


def test_a_mirror_holds_what_is_in_sight_while_delegations_begin_and_end(
    served: Served, world: World, tmp_path: Path
) -> None:
    module, path = script("mirror"), tmp_path / "register.sqlite"
    with (
        served.client(world) as icmpd,
        served.client(world, "italy.manager") as italy,
        served.client(world, "root") as root,
    ):
        items = [icmpd.equipment.create(**item()) for _ in range(3)]
        first = follow(module, italy, path)
        assert {("equipment", each["id"]) for each in items} <= set(first)
        icmpd.equipment.change(items[0], note="changed")
        made = italy.sites.create(**store())
        assert ("sites", made["id"]) in follow(module, italy, path)

        organisation, component = str(world["italy"]), str(world["tunisia"])
        (running,) = root.delegations.list(organisation_id=organisation, component_id=component)
        root.delegations.end(running)
        icmpd.equipment.change(items[1], note="nobody in Italy hears of this")
        without = follow(module, italy, path)
        assert not [key for key in without if key[0] == "equipment"]

        begun: Any = {"organisation": organisation, "component": component, "power": "manage"}
        begun["period"] = {"start": datetime.now(UTC)}
        root.delegations.create(**begun, programme="BMP")
        items.append(icmpd.equipment.create(**item()))
        again = follow(module, italy, path)
        assert {("equipment", each["id"]) for each in items} <= set(again)
        assert again["equipment", items[1]["id"]]["version"] == 2


class Counting(httpx.BaseTransport):
    """Remembers what was asked."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport()
        self.seen: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.url.path.removeprefix("/api/v1/"))
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


def test_a_mirror_reads_what_changed_a_hundred_at_a_time(served: Served, world: World, tmp_path: Path) -> None:
    module, path = script("mirror"), tmp_path / "register.sqlite"
    with served.client(world, "italy.manager") as italy, served.client(world) as icmpd:
        follow(module, italy, path)
        icmpd.equipment.bulk(items=[item(operation="create") for _ in range(130)])
        line = Counting()
        with served.client(world, "italy.manager", transport=line) as bmp, mirror(module, bmp, path) as made:
            for _ in until():
                made.follow(live=False)
                if len(copied(path)) == len(in_sight(italy, module.RESOURCES)):
                    break
        assert 2 <= line.seen.count("equipment") <= 4, "the sequencer may tell of them in more than one go"
        assert {asked.partition("/")[0] for asked in line.seen} == {"changes", "equipment"}


class Killed(BaseException):
    """As if the process had been killed."""


class Killing(httpx.BaseTransport):
    """The process is killed at its n-th request, before or after the service has answered."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.inner, self.left, self.after = httpx.HTTPTransport(), at, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        answer = self.inner.handle_request(request)
        if self.left == 0:
            answer.close()
            raise Killed
        return answer

    def close(self) -> None:
        self.inner.close()


def test_a_mirror_that_is_killed_anywhere_goes_on(served: Served, world: World, tmp_path: Path) -> None:
    module = script("mirror")
    with served.client(world, "italy.manager") as italy:
        for at in range(1, 12):
            path = tmp_path / f"{at}.sqlite"
            for after in (True, False):
                italy.sites.create(**store())
                line = Killing(at, after=after)
                with served.client(world, "italy.manager", transport=line) as bmp, mirror(module, bmp, path) as made:
                    try:
                        made.follow(live=False)
                    except Killed:
                        continue
            follow(module, italy, path)


def test_a_mirror_begins_again_when_its_cursor_is_too_old(
    served: Served, world: World, tmp_path: Path, owner_dsn: str
) -> None:
    module, path = script("mirror"), tmp_path / "register.sqlite"
    with served.client(world, "italy.manager") as italy:
        follow(module, italy, path)
        gone = italy.sites.create(**store())
        follow(module, italy, path)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE place SET cursor = ?", (_old(italy),))
            db.execute("DELETE FROM objects WHERE id = ?", (gone["id"],))
        assert ("sites", gone["id"]) in follow(module, Refusing(italy), path)


@pytest.mark.usefixtures("environment")
def test_a_mirror_that_runs_on_takes_over_what_happens(served: Served, world: World, tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    with (
        served.client(world, "italy.manager") as italy,
        mirror(script("mirror"), italy, path) as made,
        ended(subprocess.Popen([sys.executable, SCRIPTS / "mirror.py", path, "--live"])),  # noqa: S603 - our own script
    ):
        for _ in until():
            if made.db.execute("SELECT whole FROM place").fetchone() == (1,):
                break
        site = italy.sites.create(**store())
        for _ in until():
            if ("sites", site["id"]) in copied(path):
                break


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """It runs until it is no longer wanted, and not before."""
    try:
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


class Refusing:
    """A client to whom the service says once that its cursor is too old."""

    def __init__(self, bmp: Client) -> None:
        self.changes, self.resource, self._said = self, bmp.resource, False
        self._bmp = bmp

    def cursor(self) -> Any:
        return self._bmp.changes.cursor()

    def pages(self, after: str | None, **filters: Any) -> Iterator[Any]:
        if not self._said:
            self._said = True
            raise errors.CursorExpired(410, {"code": "cursor_expired"})
        return self._bmp.changes.pages(after, **filters)


def _old(bmp: Client) -> str:
    return str(bmp.changes.cursor().cursor)


# Webhooks.


def test_webhooks_are_received_verified_and_kept_once(served: Served, world: World, tmp_path: Path) -> None:
    module = script("webhook_receiver")
    inbox = module.Inbox(str(tmp_path / "inbox.sqlite"))
    secrets: list[str] = []
    with module.receiver(inbox, secrets, 0) as server, served.client(world) as bmp:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}/"
            made = bmp.webhooks.create(url=url, resources=["sites"])
            secrets.append(made["secret"])
            reference = f"SITE-{uuid4().hex[:10].upper()}"
            names: Any = {"en": "A synthetic store"}
            site = bmp.sites.create(
                reference=reference, kind="store", organisation="ORG-ICMPD", country="TN", names=names
            )
            (delivery,) = arrived(bmp, made["webhook"], 1)
            bmp.webhooks.replay_delivery(made["webhook"], delivery)
            arrived(bmp, made["webhook"], 2)
            forged = json.dumps({"type": "bmp.sites.deleted"}).encode()
            headers = webhooks.sign(forged, "msg_forged", "whsec_" + "QUFB" * 8)
            assert httpx.post(url, content=forged, headers=headers).status_code == 401
            assert httpx.post(url, content=b"x" * 70_000).status_code == 413
        finally:
            server.shutdown()
            thread.join()
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as db:
        kept = db.execute("SELECT type, subject, version FROM inbox").fetchall()
    assert kept == [("bmp.sites.created", f"/api/v1/sites/{site['id']}", 1)]


def arrived(bmp: Client, webhook: Any, count: int) -> list[Any]:
    """So many deliveries, once they have arrived."""
    found: list[Any] = []
    for _ in until():
        found = list(bmp.webhooks.deliveries(webhook, state="delivered"))
        if len(found) >= count:
            break
    return found
