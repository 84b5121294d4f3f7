"""Some minutes of everything at once: no answer is a 500, and the server's memory stays flat."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from itertools import count
from random import Random

import httpx
import pytest
import uuid_utils.compat as uuids

from bench.load import resident_mib
from bench.place import Place
from bench.workloads import item_path

pytestmark = [pytest.mark.anyio, pytest.mark.deep]

SECONDS = float(os.environ.get("BMP_SOAK_SECONDS", "300"))
CALLERS = 12
MORE_MIB = 24


async def test_memory_stays_flat_and_nothing_breaks(large: Place) -> None:
    """The first fifth of the time warms up caches, plans and pools; from then on memory may hardly grow."""
    answers: Counter[int] = Counter()
    broken: list[str] = []
    began, numbers = time.monotonic(), count(1)
    warm: list[float] = []

    async def work(seed: int) -> None:
        random = Random(seed)  # noqa: S311 - a choice of requests, not a secret
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{large.port}", timeout=120) as http:
            while (spent := time.monotonic() - began) < SECONDS:
                if spent > SECONDS / 5 and not warm:
                    warm.append(resident_mib(large.pid))
                status, text = await one_request(http, large, random, next(numbers))
                answers[status] += 1
                if status >= 500 and status != 503:
                    broken.append(text[:500])

    await asyncio.gather(*(work(seed) for seed in range(CALLERS)))
    assert broken == []
    assert answers[200] > 1000
    assert answers[201] > 100
    assert answers[404] > 10
    assert answers[422] > 10
    assert resident_mib(large.pid) - warm[0] < MORE_MIB


async def one_request(http: httpx.AsyncClient, large: Place, random: Random, number: int) -> tuple[int, str]:
    """One of many kinds of requests, good and bad ones; an export is left in the middle."""
    caller = random.choice(list(large.tokens))
    headers = {"Authorization": f"Bearer {large.tokens[caller]}"}
    item = item_path(random.randint(1, large.items))
    kind = random.randrange(100)
    if kind == 0:
        async with http.stream("GET", "/api/v1/equipment?format=jsonl", headers=headers) as answer:
            await anext(answer.aiter_raw())
            return answer.status_code, ""
    if kind < 20:
        body = {
            "id": str(uuids.uuid7()),
            "component": str(large.ids["BMP-A"]),
            "model": str(large.ids["model-1"]),
            "identifiers": [{"scheme": "serial", "issuer": "SOAK", "value": f"S{number:09}"}],
        }
        key = {"Idempotency-Key": f"soak-{number}"}
        found = await http.post("/api/v1/equipment", json=body, headers={**headers, **key})
    elif kind < 25:
        found = await http.get("/api/v1/equipment?limit=0", headers=headers)
    elif kind < 30:
        found = await http.get("/api/v1/readiness?programme=BENCH", headers=headers)
    elif kind < 35:
        found = await http.post(f"{item}/condition", json={"condition": "up"}, headers={**headers, "If-Match": '"1"'})
    elif kind < 60:
        stage = random.choice(["in_service", "withdrawn", "ordered"])
        found = await http.get(f"/api/v1/equipment?stage={stage}", headers=headers)
    else:
        found = await http.get(item, headers=headers)
    return found.status_code, found.text
