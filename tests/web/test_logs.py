from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from app.web import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a freshly configured process writes; the tests' own configuration comes back afterwards."""
    before, handlers, level = structlog.get_config(), logging.getLogger().handlers[:], logging.getLogger().level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
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


def test_a_traceback_is_part_of_its_line(lines: io.StringIO) -> None:
    structlog.get_logger("fresh").error("request.failed", exc_info=ValueError("made up"))
    line = json.loads(lines.getvalue())
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert "locals" not in str(line["exception"])


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
