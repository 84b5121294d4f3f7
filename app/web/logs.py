"""Logs: one line per event, as text for people or JSON for machines, without personal data.

Events carry ids, never names: a processor drops the members that would hold one, whoever wrote them. Query strings
and bodies are never logged. Lines of libraries (uvicorn, alembic) take the same way out.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import asyncpg
import orjson
import structlog
from pydantic import ValidationError
from structlog.typing import Processor

#: Members that may hold personal data or secrets, in any event and at any depth.
DROPPED = frozenset(
    {
        "name", "email", "password", "token", "authorization", "secret", "client_secret", "refresh_token", "query",
        "body",
        "color_message",  # uvicorn's, for terminals
    }
)  # fmt: skip
#: Errors whose own words repeat values of rows or of requests.
_TALKATIVE = (asyncpg.PostgresError, ValidationError)
#: Loggers that would tell more than they should, or the same twice: httpx names addresses with their query.
_QUIET = ("httpx", "httpcore", "uvicorn.access")
Event = MutableMapping[str, Any]


def drop_private(_logger: Any, _method: str, event: Event) -> Event:
    """Remove the members that may hold personal data or secrets."""
    return {key: _without_private(value) for key, value in event.items() if key.lower() not in DROPPED}


def _without_private(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_private(v) for k, v in value.items() if str(k).lower() not in DROPPED}
    return value


def exception_without_values(_logger: Any, _method: str, event: Event) -> Event:
    """The chain of an exception as types, places and words; never with locals, nor with the words of a database."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    chain = []
    while isinstance(error, BaseException):
        told: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
        if isinstance(error, asyncpg.PostgresError):
            told["sqlstate"] = error.sqlstate
        elif not isinstance(error, _TALKATIVE):
            told["words"] = str(error)
        frames = traceback.extract_tb(error.__traceback__)
        chain.append(told | {"at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if chain:
        event["exception"] = chain
    return event


def _readable(_logger: Any, _method: str, event: Event) -> Event:
    """The same as lines, for people."""
    chain = event.get("exception")
    if isinstance(chain, list):
        shown = [f"{e['type']}: {e.get('words', e.get('sqlstate', ''))}\n    " + "\n    ".join(e["at"]) for e in chain]
        event["exception"] = "\n  because of ".join(shown)
    return event


_requests = structlog.get_logger("app.requests")
_write_bytes: Callable[[bytes], object] | None = None


def request_line(context: Mapping[str, str], facts: dict[str, Any]) -> None:
    """The line of one request. Machines get it without the ordinary chain, which costs more than all of the edge.

    The facts are the edge's own (route template, status, ids), so there is nothing to drop in them.
    """
    if _write_bytes is None:
        caller = facts["caller"]
        _requests.info("request", **{**facts, "caller": None if caller is None else str(caller)})
        return
    event = {"event": "request", "level": "info", "at": datetime.now(UTC), **context, **facts}
    _write_bytes(orjson.dumps(event, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE, default=str))


def configure(log_format: str, *, level: int = logging.INFO) -> None:
    """Send every line to standard error in one format, `text` or `json`. Once per process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        drop_private,
        exception_without_values,
    ]
    machine = log_format == "json"
    global _write_bytes  # noqa: PLW0603 - configured once per process, like structlog itself
    _write_bytes = _bytes_to(sys.stderr) if machine and level <= logging.INFO else None
    last: list[Processor] = (
        [structlog.processors.JSONRenderer(_json)]
        if machine
        else [_readable, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, drop_private, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _QUIET:  # the edge writes its own line per request
        logging.getLogger(name).setLevel(logging.WARNING)


def _bytes_to(stream: TextIO) -> Callable[[bytes], object] | None:
    """What writes whole lines past the text layer; None for a stream that has nothing below it."""
    below = getattr(stream, "buffer", None)
    if below is None:
        return None

    def write(line: bytes) -> None:
        below.write(line)
        below.flush()

    return write


def _json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode("utf-8")
