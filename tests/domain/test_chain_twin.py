"""The twins of the event hash, in Python and in the database, over random events (DOMAIN 3, Chain)."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.chain import ChainedEvent, canonical, event_hash, micros, text_hash

pytestmark = pytest.mark.anyio

#: What jsonb can hold: no NUL, no lone surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
objects = st.dictionaries(texts, values, max_size=5)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
digests = st.binary(min_size=32, max_size=32)
events = st.builds(
    ChainedEvent,
    item_id=st.uuids(),
    position=st.integers(1, 2**31 - 1),
    kind=texts,
    occurred_at=instants,
    recorded_at=instants,
    actor_id=st.none() | st.uuids(),
    person_id=st.none() | st.uuids(),
    changes=objects,
    payload=objects,
    text_hash=st.none() | digests,
    corrects=st.none() | st.integers(1, 2**31 - 1),
    document_id=st.none() | st.uuids(),
    previous=st.just(b"") | digests,
)
SQL = (
    "SELECT app.event_hash($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS hash, "
    "$8::jsonb::text AS changes, app.micros($4) AS micros"
)
few = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def typed(owner: asyncpg.Connection) -> asyncpg.Connection:
    def encode(value: object) -> str:
        import json  # noqa: PLC0415  orjson refuses whole numbers beyond 64 bits

        return json.dumps(value, ensure_ascii=False)

    await owner.set_type_codec("jsonb", encoder=encode, decoder=orjson.loads, schema="pg_catalog")
    return owner


@few
@given(event=events)
async def test_both_hash_alike(typed: asyncpg.Connection, event: ChainedEvent) -> None:
    names = [name for name in ChainedEvent.__slots__ if name != "hash"]
    row = await typed.fetchrow(SQL, *(getattr(event, name) for name in names))
    assert row is not None
    assert row["changes"] == canonical(event.changes)
    assert row["micros"] == str(micros(event.occurred_at))
    assert row["hash"] == event_hash(event)


@few
@given(said=st.dictionaries(texts, texts, min_size=1, max_size=3), salt=st.binary(min_size=16, max_size=16))
async def test_texts_hash_alike(owner: asyncpg.Connection, said: dict[str, str], salt: bytes) -> None:
    found = await owner.fetchval("SELECT sha256($1::bytea || convert_to($2::text, 'UTF8'))", salt, canonical(said))
    assert found == text_hash(said, salt)
