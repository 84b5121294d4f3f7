from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import asyncpg
import pytest
import structlog
from pydantic import TypeAdapter, ValidationError

from app.web import logs

pytestmark = pytest.mark.anyio


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a freshly configured process writes; the tests' own configuration comes back afterwards."""
    before, handlers, level = structlog.get_config(), logging.getLogger().handlers[:], logging.getLogger().level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(logs, "_requests", structlog.get_logger("fresh"))  # a logger keeps its first configuration
    logs.configure("json")
    yield written
    logs._write_bytes = None
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def test_names_and_secrets_never_reach_a_line(lines: io.StringIO) -> None:
    structlog.get_logger("fresh").info(
        "account.made",
        account_id="a1",
        name="Synthetic Person",
        Email="person@example.org",
        password="pw-1",
        facts={"token": "t-1", "kept": 1, "deeper": {"secret": "s-1"}},
    )
    line = json.loads(lines.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {"event": "account.made", "level": "info", "account_id": "a1", "facts": {"kept": 1, "deeper": {}}}


def test_lines_of_libraries_take_the_same_form(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("it is %s", "late", extra={"password": "pw-1", "step": 3})
    line = json.loads(lines.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {"event": "it is late", "level": "warning", "step": 3}


def broken(secret: str) -> None:
    kept = f"{secret}-local"
    try:
        TypeAdapter(int).validate_python(kept)
    except ValidationError as error:
        raise LookupError("made up") from error


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_tells_places_and_no_values(monkeypatch: pytest.MonkeyPatch, lines: io.StringIO, form: str) -> None:
    monkeypatch.setattr(sys, "stderr", lines)
    logs.configure(form)
    try:
        broken("private-value")
    except LookupError:
        structlog.get_logger("fresh").exception("request.failed")
        logging.getLogger("some.library").exception("failed there")
    written = lines.getvalue()
    assert "private-value" not in written
    assert written.count("LookupError") == 2
    assert written.count("ValidationError") == 2
    assert "test_logs.py" in written
    assert "made up" in written


async def test_the_words_of_a_database_are_not_repeated(lines: io.StringIO, owner: asyncpg.Connection) -> None:
    try:
        await owner.execute("SELECT 'private-value'::uuid")
    except asyncpg.PostgresError:
        structlog.get_logger("fresh").exception("request.failed")
    line = json.loads(lines.getvalue())
    assert (line["exception"][0]["sqlstate"], "words" in line["exception"][0]) == ("22P02", False)
    assert "private-value" not in lines.getvalue()


def test_the_line_of_a_request_is_the_same_by_its_short_way(
    monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    facts = {"method": "GET", "route": "/x", "status": 200, "ms": 0.5, "caller": None}
    context = {"request_id": "r-1"}
    with structlog.contextvars.bound_contextvars(**context):
        logs.request_line(context, facts)
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(written))
        logs.configure("json")
        logs.request_line(context, facts)
    ordinary, short = json.loads(lines.getvalue()), json.loads(written.getvalue())
    assert ordinary.pop("at")[:17] == short["at"][:17]
    assert short.pop("at").endswith("Z")
    assert short == ordinary == {"event": "request", "level": "info", **context, **facts}
