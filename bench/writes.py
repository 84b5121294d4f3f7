"""Creating and moving: the same request over HTTP, and its own statements in pgbench."""

from __future__ import annotations

from itertools import count

import asyncpg
import orjson
import uuid_utils.compat as uuids

from bench import load
from bench.capture import statements_of
from bench.place import Place
from bench.workloads import ITEM, Workload

#: An id, a number and a key that stand in a captured request where each run of the script needs new ones.
MARK_ID = "01900003-0000-7000-8000-0000000000aa"
MARK_SERIAL = "B999999999"
MARK_KEY = "bench-mark-key"
NEW_ID = "'01900003-0000-7000-8000-' || lpad(to_hex(CAST(:n AS bigint)), 12, '0')"


async def create(made: Place, identity: str) -> Workload:
    """A new item with one serial, a client-made id and an idempotency key."""
    numbers = count(1)
    component, model = str(made.ids["BMP-A"]), str(made.ids["model-1"])

    def body(ident: str, serial: str) -> dict[str, object]:
        identifiers = [{"scheme": "serial", "issuer": "BENCH", "value": serial}]
        return {"id": ident, "component": component, "model": model, "identifiers": identifiers}

    def request() -> bytes:
        content = orjson.dumps(body(str(uuids.uuid7()), f"B{next(numbers):09}"))
        return load.post("/api/v1/equipment", made.tokens["all"], content, Idempotency_Key=str(uuids.uuid7()))

    captured = await statements_of(
        made,
        "POST",
        "/api/v1/equipment",
        made.tokens["all"],
        body(MARK_ID, MARK_SERIAL),
        **{"Idempotency-Key": MARK_KEY},
    )
    marks = {
        MARK_ID: NEW_ID,
        MARK_SERIAL: "'C' || lpad(CAST(:n AS text), 12, '0')",
        MARK_KEY.encode().hex(): "encode(convert_to('k' || CAST(:n AS text), 'UTF8'), 'hex')",
    }
    script = _script("\\set n random(1, 200000000000)\n", captured, marks)
    return Workload("create", request, script[0], script[1].replace("IDENTITY", identity), 0.40)


async def report(made: Place, identity: str) -> Workload:
    """A transition: a report of condition, with event, span and idempotency key; each item once per turn.

    The limit moves other items than those that are asked for by their versions.
    """
    hundreds = made.items // 100
    rounds = count()

    def request() -> bytes:
        number = next(rounds)
        item, turn = 100 * (number % hundreds) + 40 + (number // hundreds) % 50, number // (hundreds * 50)
        content = orjson.dumps({"condition": "up"})
        path = f"/api/v1/equipment/01900000-0000-7000-8000-{item:012x}/condition"
        return load.post(
            path, made.tokens["all"], content, If_Match=f'"{6 + turn}"', Idempotency_Key=str(uuids.uuid7())
        )

    marked = f"01900000-0000-7000-8000-{94:012x}"
    captured = await statements_of(
        made,
        "POST",
        f"/api/v1/equipment/{marked}/condition",
        made.tokens["all"],
        {"condition": "up"},
        **{"Idempotency-Key": MARK_KEY, "If-Match": '"6"'},
    )
    of_row = "(SELECT CAST({0} AS text) FROM items WHERE id = " + ITEM + ")"
    text = "CAST(" + ITEM + " AS text)"
    marks = {marked: text, MARK_KEY.encode().hex(): "encode(convert_to('k' || CAST(:k AS text), 'UTF8'), 'hex')"}
    setup = (
        f"\\set r random(0, {hundreds - 1})\n\\set n 100 * :r + 91 + random(0, 2)\n\\set k random(1, 200000000000)\n"
    )
    head = await _head(made, marked)
    marks[str(made.ids["BMP-A"])] = of_row.format("component_id")
    marks[head] = of_row.format("encode(head, 'hex')")
    bare, walled = _script(setup, captured, marks)
    position = of_row.format("event_count + 1")
    bare, walled = (_positioned(each, position) for each in (bare, walled))
    return Workload("transition", request, bare, walled.replace("IDENTITY", identity), 0.40)


async def _head(made: Place, item: str) -> str:
    connection = await asyncpg.connect(made.dsn("owner"))
    try:
        found = await connection.fetchval(
            "SELECT encode(previous, 'hex') FROM events WHERE item_id = $1 ORDER BY position DESC LIMIT 1", item
        )
        return str(found)
    finally:
        await connection.close()


def _positioned(script: str, expression: str) -> str:
    """The position of the captured event, replaced by the one after the item's last."""
    return script.replace("\"position\"' || chr(58) || '7,", '"position"\' || chr(58) || ' + expression + " || ',")


def _script(setup: str, statements: list[str], marks: dict[str, str]) -> tuple[str, str]:
    """The bare script and the one with an identity, one transaction each."""
    made = []
    for each in statements:
        text = each
        for mark, expression in marks.items():
            whole = f"CAST({expression} AS uuid)" if len(mark) == len(MARK_ID) else expression
            text = text.replace(f"'{mark}'", whole)
            text = text.replace(mark, f"' || {expression} || '")
        made.append(text + ";\n")
    body = "".join(made)
    return f"{setup}BEGIN;\n{body}COMMIT;\n", f"{setup}BEGIN;\nIDENTITY;\n{body}COMMIT;\n"
