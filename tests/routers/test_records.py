"""Training records over HTTP: from nomination to completion, and what stands in the way (DOMAIN 4)."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
import httpx
import pytest

from app.domain.time import add_months
from tests.routers.training import API, TODAY, close, day, get, post, record, session, trainee
from tests.world import World, ident

pytestmark = pytest.mark.anyio


async def test_from_nomination_to_a_qualification(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"], until="attended")
    await close(client, world, held)
    answer = await post(client, world, f"/records/{made['id']}/complete", {}, version=made["version"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    done = answer.json()
    assert done == {
        "id": made["id"],
        "session": {"id": held["id"], "reference": held["reference"], "label": held["reference"]},
        "course": {"id": str(world["course"]), "reference": "CRS-RADIO-OP", "label": "Operating the radio"},
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "trainee": {"id": person["id"], "reference": person["id"], "label": person["label"]},
        "agency": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "stage": "completed",
        "half_days_attended": 9,
        "pre_test": None,
        "post_test": 80,
        "practical": None,
        "rights_module_done": True,
        "completed_on": TODAY.isoformat(),
        "reason": None,
        "occurred_at": done["occurred_at"],
        "version": 5,
        "created_at": made["created_at"],
        "updated_at": done["updated_at"],
    }
    answer = await get(client, world, f"/qualifications?record_id={made['id']}")
    (gained,) = answer.json()["items"]
    assert gained == {
        "id": gained["id"],
        "trainee": done["trainee"],
        "agency": done["agency"],
        "kind": "operator",
        "model": {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"},
        "type": None,
        "period": {"start": TODAY.isoformat(), "end": add_months(TODAY, 24).isoformat()},
        "source": "record",
        "status": "valid",
        "record_id": made["id"],
        "evidence": None,
        "proposed_by": None,
        "recognised_by": None,
        "recorded_at": gained["recorded_at"],
        "revoked_on": None,
        "reason": None,
        "version": 1,
        "created_at": gained["created_at"],
        "updated_at": gained["updated_at"],
    }
