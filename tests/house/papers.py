"""The stories of paper: deliveries, acceptance certificates, handover protocols, and what units say of their items."""

from __future__ import annotations

from typing import Any

from tests.house.walking import Walk

LOGISTICS = "icmpd.logistics"
PROCUREMENT = "icmpd.procurement"
OTHER_SIDE = "italy.manager"


async def everything(walk: Walk) -> None:
    """Ten radios from their delivery to their unit."""
    arrived = await delivery(walk)
    accepted = await acceptance(walk, arrived)
    await handover(walk, accepted)
    await confirmations(walk, accepted[0])


async def delivery(walk: Walk) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"component": "BMP-TN", "supplier": "SUP-1", "site": "SITE-STORE", "tranche": 1}
    made = await walk.make("/deliveries", body, by=LOGISTICS)
    made = await walk.change("/deliveries", made, {"contract_reference": "C-7"}, by=LOGISTICS)
    path = f"/deliveries/{made['id']}"
    ordered = await walk.make("/equipment", {"component": "BMP-TN", "model": "MOD-RADIO-1"})
    await walk.do("POST", f"{path}/link", {"items": [ordered["id"]]}, by=LOGISTICS)
    body = {"model": "MOD-RADIO-1", "range": "P-001..P-009", "unit_price": {"amount": "20000.00", "currency": "EUR"}}
    await walk.do("POST", f"{path}/register", body, by=LOGISTICS)
    made = await walk.do("GET", path, by=LOGISTICS)
    body = {"discrepancies": [{"kind": "surplus", "quantity": 1, "note": "One charger too many"}]}
    made = await walk.step("/deliveries", made, "receive", body, by=LOGISTICS)
    await walk.step("/deliveries", made, "close", by=LOGISTICS)
    items = await walk.do("GET", f"/equipment?delivery_id={made['id']}&limit=200", by=LOGISTICS)
    return sorted(items["items"], key=lambda item: str(item["reference"]))


async def acceptance(walk: Walk, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    path = "/acceptances"
    tests = [{"name": "Transmission on channel 16", "passed": True}]
    lines: list[dict[str, Any]] = [{"item": each["id"], "outcome": "accepted", "tests": tests} for each in items[:8]]
    lines.append({"item": items[8]["id"], "outcome": "rejected", "reason": "damaged"})
    body = {"component": "BMP-TN", "kind": "provisional", "lines": lines}
    made = await walk.make(path, body, by=PROCUREMENT)
    made = await walk.change(path, made, {"note": "In the presence of the supplier"}, by=PROCUREMENT)
    made = await walk.step(path, made, "submit", by=PROCUREMENT)
    made = await walk.step(path, made, "return", {"reason": "A line is missing."}, by=OTHER_SIDE)
    made = await walk.step(path, made, "revise", by=PROCUREMENT)
    made = await walk.step(path, made, "submit", by=PROCUREMENT)
    await walk.step(path, made, "approve", {}, by=OTHER_SIDE)
    body = {"component": "BMP-TN", "kind": "final", "lines": [{"item": items[9]["id"], "outcome": "accepted"}]}
    wrong = await walk.step(path, await walk.make(path, body, by=PROCUREMENT), "submit", by=PROCUREMENT)
    wrong = await walk.step(path, wrong, "approve", {}, by=OTHER_SIDE)
    await walk.step(path, wrong, "annul", {"reason": "Another item was meant."}, by="icmpd.manager2")
    return items[:8]


def protocol(items: list[dict[str, Any]]) -> dict[str, Any]:
    """One that can be submitted."""
    return {
        "component": "BMP-TN",
        "receiving_unit": "AG-TN-SFAX",
        "site": "SITE-TN-SFAX",
        "lines": [{"item": each["id"]} for each in items],
        "signatories": [
            {"side": "giving", "organisation": "ORG-ICMPD", "function": "Head of logistics"},
            {"side": "receiving", "organisation": "ORG-TN-COAST-GUARD", "function": "Head of base"},
        ],
        "signed_sha256": "ab" * 32,
    }


async def handover(walk: Walk, items: list[dict[str, Any]]) -> None:
    path = "/handovers"
    made = await walk.make(path, protocol(items[:6]), by=LOGISTICS)
    made = await walk.change(path, made, {"note": "At the base"}, by=LOGISTICS)
    made = await walk.step(path, made, "submit", by=LOGISTICS)
    made = await walk.step(path, made, "return", {"reason": "The wrong base."}, by="icmpd.manager")
    made = await walk.step(path, made, "revise", by=LOGISTICS)
    made = await walk.step(path, made, "submit", by=LOGISTICS)
    made = await walk.step(path, made, "approve", {}, by="icmpd.manager")
    await walk.step(path, made, "approve", {}, by=OTHER_SIDE)
    wrong = await walk.step(path, await walk.make(path, protocol(items[6:]), by=LOGISTICS), "submit", by=LOGISTICS)
    wrong = await walk.step(path, wrong, "approve", {}, by="icmpd.manager")
    wrong = await walk.step(path, wrong, "approve", {}, by=OTHER_SIDE)
    await walk.step(path, wrong, "annul", {"reason": "Never arrived."}, by="icmpd.manager2")


async def confirmations(walk: Walk, item: dict[str, Any]) -> None:
    """What the unit's own people say."""
    held = await walk.do("GET", f"/equipment/{item['id']}", by="tn.focal.sfax")
    held = await walk.step("/equipment", held, "receipt", {}, by="tn.focal.sfax")
    body = {"condition": "down", "condition_reason": "failure"}
    await walk.step("/equipment", held, "condition", body, by="tn.focal.sfax")
