"""What the tests of deliveries, certificates and protocols share: calls that are expected to work."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from tests.world import World

DELIVERIES = "/api/v1/deliveries"
ACCEPTANCES = "/api/v1/acceptances"
HANDOVERS = "/api/v1/handovers"
EQUIPMENT = "/api/v1/equipment"

_serial = count(1)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


@dataclass
class Desk:
    """Somebody's way to the service."""

    client: httpx.AsyncClient
    world: World
    account: str = "icmpd.logistics"

    async def call(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, account: str | None = None
    ) -> httpx.Response:
        more = {} if version is None else {"If_Match": str(version)}
        headers = self.world.headers(account or self.account, **more)
        return await self.client.request(method, path, headers=headers, json=body)

    async def done(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, account: str | None = None
    ) -> Any:
        answer = await self.call(method, path, body, version=version, account=account)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def get(self, path: str, account: str | None = None) -> Any:
        return await self.done("GET", path, account=account)

    async def delivery(self, items: int = 0, **more: Any) -> Any:
        """A draft with so many radios."""
        made = await self.done(
            "POST", DELIVERIES, {"component": "BMP-TN", "supplier": "SUP-1", "site": "SITE-STORE", **more}
        )
        if items:
            body = {"model": "MOD-RADIO-1", "serials": [f"SN {next(_serial):06d}" for _ in range(items)]}
            await self.done("POST", f"{DELIVERIES}/{made['id']}/register", body)
        return await self.get(f"{DELIVERIES}/{made['id']}")

    async def items_of(self, delivery: Any) -> list[Any]:
        page = await self.get(f"{EQUIPMENT}?delivery_id={delivery['id']}&sort=created_at&limit=200")
        return sorted(page["items"], key=lambda item: item["reference"])

    async def arrived(self, items: int) -> tuple[Any, list[Any]]:
        """A received delivery and its items."""
        made = await self.delivery(items)
        received = await self.done("POST", f"{DELIVERIES}/{made['id']}/receive", {}, version=made["version"])
        return received, await self.items_of(made)

    async def certificate(self, lines: list[Any], **more: Any) -> Any:
        body = {"component": "BMP-TN", "kind": "provisional", "lines": lines, **more}
        return await self.done("POST", ACCEPTANCES, body, account="icmpd.procurement")

    async def submitted(self, path: str, paper: Any, account: str = "icmpd.procurement") -> Any:
        address = f"{path}/{paper['id']}/submit"
        return await self.done("POST", address, version=paper["version"], account=account)

    async def approved(self, path: str, paper: Any, account: str) -> Any:
        return await self.done("POST", f"{path}/{paper['id']}/approve", {}, version=paper["version"], account=account)

    async def accepted(self, items: int) -> list[Any]:
        """Items that were delivered and accepted."""
        delivery, made = await self.arrived(items)
        lines = [{"item": item["id"], "outcome": "accepted"} for item in made]
        paper = await self.certificate(lines, delivery=delivery["reference"])
        await self.approved(ACCEPTANCES, await self.submitted(ACCEPTANCES, paper), "italy.manager")
        return await self.items_of(delivery)

    async def protocol(self, items: list[Any], **more: Any) -> Any:
        """A protocol that can be submitted."""
        body = {
            "component": "BMP-TN",
            "receiving_unit": "AG-TN-SFAX",
            "site": "SITE-TN-SFAX",
            "lines": [{"item": item["id"]} for item in items],
            "signatories": [
                {"side": "giving", "organisation": "ORG-ICMPD", "function": "Head of logistics"},
                {"side": "receiving", "organisation": "ORG-TN-COAST-GUARD", "function": "Head of base"},
            ],
            "signed_sha256": "ab" * 32,
            **more,
        }
        return await self.done("POST", HANDOVERS, body)

    async def handed_over(self, items: list[Any], **more: Any) -> Any:
        """An approved protocol."""
        paper = await self.submitted(HANDOVERS, await self.protocol(items, **more), self.account)
        first = await self.approved(HANDOVERS, paper, "icmpd.manager")
        return await self.approved(HANDOVERS, first, "italy.manager")
