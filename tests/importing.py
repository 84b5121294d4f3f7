"""Imports in tests: upload over HTTP, let the worker do its part in this process, look at what came of it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import httpx
import xlsxwriter

from app.security.keys import Keys
from app.services.jobs_running import run_one
from app.settings import Settings
from tests.house.background import desk
from tests.world import World

Rows = list[dict[str, Any]]


@dataclass
class Importer:
    """One deployment with its worker."""

    client: httpx.AsyncClient
    world: World
    settings: Settings
    keys: Keys

    async def upload(
        self, content: bytes, resource: str, *, by: str = "icmpd.manager", name: str = "rows.csv", **form: str
    ) -> httpx.Response:
        files = {"file": (name, content, "application/octet-stream")}
        return await self.client.post(
            "/api/v1/imports", files=files, data={"resource": resource, **form}, headers=self.world.headers(by)
        )

    async def work(self) -> None:
        async with desk(self.settings, self.keys) as place:
            while await run_one(place):
                pass

    async def run(
        self, content: bytes | Rows, resource: str, *, by: str = "icmpd.manager", **form: str
    ) -> dict[str, Any]:
        """Upload, let it be worked on, and tell what became of it."""
        body = content if isinstance(content, bytes) else as_csv(content)
        answer = await self.upload(body, resource, by=by, **form)
        assert answer.status_code == 202, answer.text
        await self.work()
        found: dict[str, Any] = await self.get(f"/imports/{answer.json()['id']}", by=by)
        return found

    async def get(self, path: str, *, by: str = "icmpd.manager") -> Any:
        answer = await self.client.get(f"/api/v1{path}", headers=self.world.headers(by))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def faults(self, made: dict[str, Any], *, by: str = "icmpd.manager") -> list[tuple[int, str | None, str]]:
        found = await self.get(f"/imports/{made['id']}/faults?limit=200", by=by)
        return [(each["row"], each["column"], each["code"]) for each in found["items"]]

    async def changes(self, made: dict[str, Any], *, by: str = "icmpd.manager") -> list[dict[str, Any]]:
        found: dict[str, Any] = await self.get(f"/imports/{made['id']}/changes?limit=200", by=by)
        return list(found["items"])

    async def job(self, made: dict[str, Any], *, by: str = "icmpd.manager") -> dict[str, Any]:
        found: dict[str, Any] = await self.get(f"/jobs/{made['job']['id']}", by=by)
        return found


def as_csv(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Rows) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, names)
        for n, row in enumerate(rows, start=1):
            for k, name in enumerate(names):
                if row.get(name) is not None:
                    sheet.write(n, k, row[name])
    return target.getvalue()


def counts(made: dict[str, Any]) -> tuple[str, int, int, int, int]:
    """State, faults, created, changed, unchanged."""
    return made["state"], made["faults"], made["created"], made["changed"], made["unchanged"]
