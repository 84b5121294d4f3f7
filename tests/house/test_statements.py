"""The number of messages to the database per operation is reviewed: `statements.json` (HOUSE 7).

Counted on the driver's connection while the stories of `one_of_each` and `reads` are told: look-up of rights, BEGIN
with the identity, every statement, COMMIT. The dearest successful call of an operation counts. To accept a new number:
`BMP_ACCEPT_STATEMENTS=1 pytest tests/house/test_statements.py`, and say in the commit why it is what it should be.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from app.main import create_app
from app.security.keys import Keys
from app.settings import Settings
from tests.conftest import running
from tests.house import one_of_each, reads
from tests.house.walking import Call, Walk, counted, documented
from tests.world import World

REVIEWED = Path(__file__).with_name("statements.json")
#: More than this for one object is a question about design, whatever was reviewed; bulk is named with its reason.
MOST = 25
MANY_OBJECTS: dict[str, str] = {}


@pytest.fixture(scope="module")
def calls(settings: Settings, world: World, keys: Keys) -> list[Call]:
    async def walk() -> list[Call]:
        app = create_app(settings)
        with counted() as tally:
            async with running(app) as client:
                walking = Walk(client, world, documented(), tally)
                await one_of_each.everything(walking, settings, keys)
                await reads.everything(walking)
                return walking.calls

    return asyncio.run(walk())


def dearest(calls: list[Call]) -> dict[str, Call]:
    """The successful call of each operation that took most."""
    found: dict[str, Call] = {}
    for call in calls:
        before = found.get(call.operation)
        if call.response.is_success and (before is None or len(call.statements) > len(before.statements)):
            found[call.operation] = call
    return dict(sorted(found.items()))


def test_the_number_of_statements_of_each_operation_is_the_reviewed_one(calls: list[Call]) -> None:
    found = dearest(calls)
    numbers = {operation: len(call.statements) for operation, call in found.items()}
    if os.environ.get("BMP_ACCEPT_STATEMENTS"):
        REVIEWED.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    reviewed = json.loads(REVIEWED.read_text(encoding="utf-8"))
    other = {name for name in numbers if numbers[name] != reviewed.get(name)}
    told = [f"{name}: {numbers[name]}, reviewed {reviewed.get(name)}\n{_listed(found[name])}" for name in sorted(other)]
    assert not told, "\n".join(told)
    assert set(reviewed) == set(numbers)


def _listed(call: Call) -> str:
    return "\n".join(f"    {statement[:160]}" for statement in call.statements)


def test_no_operation_needs_too_many(calls: list[Call]) -> None:
    over = {name: len(call.statements) for name, call in dearest(calls).items() if len(call.statements) > MOST}
    assert set(over) == set(MANY_OBJECTS), over


def test_a_page_of_two_hundred_takes_what_a_page_of_two_takes(calls: list[Call]) -> None:
    """No statement per row: a page differs from another by the count that one of them asks for, and by nothing else."""
    pages: dict[str, dict[str, int]] = {}
    for call in calls:
        address, _, query = call.address.partition("?")
        if call.response.is_success and query in {"limit=2&total=exact", "limit=200"}:
            pages.setdefault(address, {})[query] = len(call.statements)
    assert pages
    wrong = {address: each for address, each in pages.items() if each["limit=200"] != each["limit=2&total=exact"] - 1}
    assert wrong == {}
