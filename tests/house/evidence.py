"""The stories of evidence: files, what they are attached to, requirements that they prove; readiness of a site."""

from __future__ import annotations

from typing import Any

from tests.house.walking import Walk, day

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def everything(walk: Walk) -> None:
    """A paper is uploaded, attached, and named as evidence; a waiver is asked for and granted by another."""
    paper = await _uploaded(walk, PDF)
    await walk.do("GET", f"/files/{paper['id']}")
    content = await walk.ask("GET", f"/files/{paper['id']}/content")
    assert content.response.content == PDF
    await attachments(walk, paper)
    await requirements(walk, paper)
    await walk.do("GET", "/readiness/sites/SITE-TN-SFAX")


async def _uploaded(walk: Walk, content: bytes) -> dict[str, Any]:
    headers = {**walk.world.headers("icmpd.manager"), "Content-Type": "application/pdf"}
    call = await walk.ask("POST", "/files?file_name=evidence.pdf", headers=headers, content=content)
    assert call.response.status_code == 201, call.response.text
    made: dict[str, Any] = call.response.json()
    return made


async def attachments(walk: Walk, paper: dict[str, Any]) -> None:
    delivery = walk.found["/deliveries"][-1]
    body = {"file": paper["id"], "resource": "deliveries", "object": delivery["id"], "label": "Packing list"}
    await walk.make("/attachments", body)
    other = await _uploaded(walk, PDF + b"%another\n")
    made = await walk.make("/attachments", {**body, "file": other["id"]})
    await walk.do("GET", f"/attachments/{made['id']}")
    await walk.do("DELETE", f"/attachments/{made['id']}", version=made["version"])
    walk.found["/attachments"].remove(made)


async def requirements(walk: Walk, paper: dict[str, Any]) -> None:
    body: dict[str, Any] = {"component": "BMP-TN", "kind": "due_diligence", "unit": "AG-TN-ZARZIS", "reference": "DD-1"}
    body["valid"] = {"start": day(0), "end": day(90)}
    made = await walk.make("/requirements", {**body, "file": paper["id"]})
    await walk.step("/requirements", made, "revoke", {"reason": "Superseded."})
    asked = await walk.make("/requirements", {**body, "reference": "WAIVER-1", "decision": "requested"})
    await walk.step("/requirements", asked, "waive", {"note": "For the first season."}, by="icmpd.safeguards")
