"""The edge: one pure ASGI middleware around everything, because each layer costs every request (HOUSE 3.6).

Request id, security headers, rate headers, HEAD, problems for whatever was raised, one log line, metrics.
"""

from __future__ import annotations

import re
from time import perf_counter
from typing import Any

import structlog
import uuid_utils
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import problems
from app.db.session import Database
from app.settings import Settings
from app.web import logs, metrics
from app.web.params import best_language

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}", re.ASCII)
_TRACE = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_POLICY = b"content-security-policy"
_DEFAULT_POLICY = (_POLICY, b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")

#: Logged where no answer was sent: the caller went away.
_GONE = 499

log = structlog.get_logger("app.requests")


class Edge:
    """See the module. `database` is asked for the number of connections in use only."""

    def __init__(self, app: ASGIApp, *, settings: Settings, database: Database) -> None:
        """Encode once what every answer carries."""
        self._app = app
        self._issuer = settings.issuer
        self._database = database
        self._headers: list[tuple[bytes, bytes]] = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if settings.issuer.startswith("https://"):
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._headers)
        if "trace_id" not in exchange.context:  # nor may that of another request stand in this one's lines
            structlog.contextvars.unbind_contextvars("trace_id")
        structlog.contextvars.bind_contextvars(**exchange.context)
        try:
            await self._app(exchange.scope, receive, exchange.send)
        except Exception as error:
            if exchange.status:  # the answer is on its way: only cutting the connection tells that it is not whole
                log.exception("request.cut")
                raise
            await self._refuse(exchange, error, receive)
        finally:
            self._conclude(exchange)

    async def _refuse(self, exchange: _Exchange, error: Exception, receive: Receive) -> None:
        known = problems.as_domain(error)
        if isinstance(known, problems.Internal):
            log.error("request.failed", exc_info=error)
        headers = dict(exchange.scope["headers"])
        response = problems.answer(
            known,
            issuer=self._issuer,
            path=exchange.scope["path"],
            request_id=exchange.request_id,
            language=best_language(headers.get(b"accept-language", b"").decode("latin-1") or None),
            authenticated=b"authorization" in headers,
        )
        await response(exchange.scope, receive, exchange.send)

    def _conclude(self, exchange: _Exchange) -> None:
        seconds = perf_counter() - exchange.started
        target = exchange.state.get("target")
        operation = target.operation if target is not None else "none"
        caller = exchange.state.get("caller_id")
        status = exchange.status or _GONE
        metrics.observe(operation, status, seconds, self._database.busy)
        logs.request_line(
            exchange.context,
            {
                "method": exchange.method,
                "route": target.template if target is not None else None,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "caller": caller,
            },
        )


class _Exchange:
    """One request and what is known of its answer so far."""

    __slots__ = ("_headers", "_send", "context", "head", "method", "request_id", "scope", "started", "state", "status")

    def __init__(self, scope: Scope, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self.started = perf_counter()
        self.state: dict[str, Any] = scope.setdefault("state", {})
        self.method: str = scope["method"]
        self.head = self.state["head"] = self.method == "HEAD"
        self.scope = {**scope, "method": "GET"} if self.head else scope
        self.status = 0
        self._send = send
        self._headers = headers
        self.request_id = ""
        self.context: dict[str, str] = {}
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                self.request_id = value.decode("ascii")
            elif name == b"traceparent" and _TRACE.fullmatch(value):
                self.context["trace_id"] = value[3:35].decode("ascii")
        self.request_id = self.request_id or str(uuid_utils.uuid7())
        self.state["request_id"] = self.context["request_id"] = self.request_id

    async def send(self, message: Message) -> None:
        """Pass on what the application sends, with the headers of the house, and without the body of a HEAD."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message["headers"], *self._headers, (b"x-request-id", self.request_id.encode("ascii"))]
            if _POLICY not in dict(message["headers"]):
                headers.append(_DEFAULT_POLICY)
            allowance = self.state.get("allowance")
            if allowance is not None:
                headers += allowance.headers()
            message = {"type": "http.response.start", "status": self.status, "headers": headers}
        elif self.head:
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await self._send(message)
