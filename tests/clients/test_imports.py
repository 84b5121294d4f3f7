"""Imports through the client: up, validated, written, and what is wrong brought back."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bmp_client import Client, errors
from tests.clients.conftest import Served
from tests.world import World


def rows(path: Path, *kinds: str, mark: str = "") -> Path:
    mark = mark or uuid4().hex[:8].upper()
    columns = ["reference", "name_en", "kind", "organisation_reference", "country", "external_id"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for n, kind in enumerate(kinds):
            writer.writerow([f"SITE-{mark}-{n}", f"Store {n}", kind, "ORG-ICMPD", "TN", f"{mark}-{n}"])
    return path


def test_a_table_goes_up_is_looked_at_and_written(served: Served, world: World, tmp_path: Path) -> None:
    file = rows(tmp_path / "sites.csv", "store", "port", mark="WRITTEN")
    sent: list[tuple[int, int | None]] = []
    steps: list[str] = []
    with served.client(world) as bmp:
        made = bmp.imports.upload(file, resource="sites", progress=lambda done, total: sent.append((done, total)))
        assert sent[-1] == (file.stat().st_size, file.stat().st_size)
        looked = bmp.imports.wait(made, progress=lambda job: steps.append(job["state"]))
        assert (looked["state"], looked["created"], looked["rows"]) == ("valid", 2, 2)
        assert steps[-1] == "succeeded"
        with pytest.raises(errors.NotFound):
            bmp.sites.get("SITE-WRITTEN-0")
        done = bmp.imports.wait(bmp.imports.commit(looked))
        assert (done["state"], done["created"]) == ("committed", 2)
        assert bmp.sites.get("SITE-WRITTEN-1")["kind"] == "port"
        assert [change["outcome"] for change in bmp.imports.changes(done)] == ["created"] * 2
        again = bmp.imports.wait(bmp.imports.upload(file, resource="sites", mode="commit"))
        assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 2)
        assert done["id"] in [each["id"] for each in bmp.imports.list()]
        assert bmp.imports.save(done, tmp_path / "back.csv") == file.stat().st_size
        assert bmp.imports.template("sites", tmp_path / "template.csv") > 0
        assert "reference" in (tmp_path / "template.csv").read_text(encoding="utf-8-sig")


def test_what_is_wrong_is_named_cell_by_cell(served: Served, world: World, tmp_path: Path) -> None:
    file = rows(tmp_path / "sites.csv", "store", "castle")
    with served.client(world) as bmp:
        made = bmp.imports.wait(bmp.imports.upload(file, resource="sites", mode="commit"))
        assert (made["state"], made["faults"]) == ("invalid", 1)
        assert [(fault["row"], fault["column"]) for fault in bmp.imports.faults(made)] == [(3, "kind")]
        bmp.imports.save(made, tmp_path / "faults.csv", faults=True)
        assert "import_errors" in (tmp_path / "faults.csv").read_text(encoding="utf-8-sig")
        bmp.imports.remove(made)
        with pytest.raises(errors.NotFound):
            bmp.imports.get(made)
        with pytest.raises(errors.Invalid, match="/resource"):
            bmp.imports.upload(file, resource="castles")


class Losing(httpx.BaseTransport):
    """The first answer to an upload is lost."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport()
        self.uploads: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if request.method == "POST" and request.url.path == "/api/v1/imports":
            self.uploads.append(request)
            if len(self.uploads) == 1:
                answer.read()
                answer.close()
                raise httpx.ReadTimeout("no answer came", request=request)
        return answer

    def close(self) -> None:
        self.inner.close()


def test_an_upload_whose_answer_was_lost_is_one_import(served: Served, world: World, tmp_path: Path) -> None:
    file = rows(tmp_path / "sites.csv", "store")
    line = Losing()
    with served.client(world, transport=line) as bmp:
        before = {each["id"] for each in bmp.imports.list()}
        made = bmp.imports.upload(file, resource="sites")
        assert len(line.uploads) == 2
        assert {each["id"] for each in bmp.imports.list()} - before == {made["id"]}
        assert bmp.imports.wait(made)["state"] == "valid"


def test_a_job_that_fails_is_an_exception_that_carries_it(served: Served, world: World, tmp_path: Path) -> None:
    def given(bmp: Client) -> Any:
        return bmp.imports.upload(rows(tmp_path / "sites.csv", "store"), resource="sites")

    with served.client(world) as bmp:
        made = given(bmp)
        bmp.imports.wait(made)
        with pytest.raises(errors.Conflict):
            bmp.jobs.cancel(made["job"])
        assert bmp.jobs.get(made["job"])["state"] == "succeeded"
        assert made["job"]["id"] in [job["id"] for job in bmp.jobs.list()]
    failed = errors.JobFailed({"kind": "import", "state": "dead", "problem": {"detail": "Not today."}})
    assert str(failed) == "import: dead Not today."
