"""`app.fold` and its twin in Python, character by character; `BMP_TEST_POSTGRES=16` asks the other server."""

from __future__ import annotations

import sys
import unicodedata

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.names import fold

pytestmark = pytest.mark.anyio

#: Newer characters than this Python knows may decompose in a newer server.
_KNOWN = [chr(n) for n in range(1, sys.maxunicode + 1) if unicodedata.category(chr(n)) not in {"Cs", "Cn"}]
_TEXT = st.text(st.sampled_from(_KNOWN), max_size=30)


async def test_every_character_is_folded_alike(owner: asyncpg.Connection) -> None:
    wrong = [
        f"U+{ord(letter):04X}"
        for n in range(0, len(_KNOWN), 20_000)
        for letter, (found,) in zip(
            _KNOWN[n : n + 20_000],
            await owner.fetch("SELECT app.fold(c) FROM unnest($1::text[]) WITH ORDINALITY u(c, n) ORDER BY n",
                              _KNOWN[n : n + 20_000]),
            strict=True,
        )
        if found != fold(letter)
    ]  # fmt: skip
    assert wrong == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXT)
async def test_every_text_is_folded_alike(owner: asyncpg.Connection, text: str) -> None:
    assert await owner.fetchval("SELECT app.fold($1)", text) == fold(text)


async def test_what_is_stored_is_folded_by_the_function_of_now(owner: asyncpg.Connection) -> None:
    tables = await owner.fetch(
        "SELECT table_name AS name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'folded'"
    )
    assert len(tables) == 9
    for table in tables:
        stale = await owner.fetchval(
            f"SELECT count(*) FROM {table['name']} WHERE folded <> app.fold(name_en || ' ' || coalesce(name_fr, '') "
            "|| ' ' || coalesce(name_it, '') || ' ' || coalesce(name_ar, ''))"
        )
        assert stale == 0
