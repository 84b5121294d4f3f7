"""From a path to its operation by a tree of segments, instead of by trying one route after another.

FastAPI tries every route of every router, twice for the one it takes; with some two hundred operations the last ones
waited longer for their turn than they worked. The tree also knows every method of a path, so 405 names them all and
HEAD needs no route of its own. A literal segment wins over a parameter. What the tree cannot hold (mounts, path
convertors) is asked afterwards, in order.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.telemetry._api import _route_selected
from starlette.convertors import StringConvertor
from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import NotFound
from app.problems import MethodNotAllowed
from app.web.lean import LeanRoute


@dataclass(frozen=True, slots=True)
class Target:
    """One operation: its application, its full template, and the names of its path parameters in order."""

    app: ASGIApp
    endpoint: Any
    route: BaseRoute
    template: str
    operation: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Node:
    """One segment of paths: what may follow it, and what it answers itself."""

    literal: dict[str, Node] = field(default_factory=dict)
    parameter: Node | None = None
    methods: dict[str, Target] = field(default_factory=dict)

    def find(self, segments: list[str], at: int, values: list[str]) -> Node | None:
        """The node of a whole path; `values` are then those of its parameters."""
        if at == len(segments):
            return self if self.methods else None
        segment = segments[at]
        following = self.literal.get(segment)
        if following is not None and (found := following.find(segments, at + 1, values)) is not None:
            return found
        if self.parameter is None or not segment:
            return None
        values.append(segment)
        found = self.parameter.find(segments, at + 1, values)
        if found is None:
            values.pop()
        return found

    def allow(self) -> str:
        """Every method of this path, as the header names them."""
        methods = set(self.methods) | ({"HEAD"} if "GET" in self.methods else set())
        return ", ".join(sorted(methods))


class Dispatch:
    """The innermost ASGI application: finds the operation and hands over."""

    def __init__(self, app: FastAPI) -> None:
        """The tree is made later, when every router is there."""
        self._app = app
        self._tree: Node | None = None
        self._others: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the operation of the path; NotFound, or MethodNotAllowed with every method that there is."""
        if scope["type"] != "http":
            await self._app.router(scope, receive, send)
            return
        tree = self._tree or self.grow()
        values: list[str] = []
        node = _straight(tree, segments := _segments(scope), values)
        if node is None:
            values.clear()
            node = tree.find(segments, 1, values)
        if node is None:
            await self._ask_others(scope, receive, send)
            return
        target = node.methods.get(scope["method"])
        if target is None:
            raise MethodNotAllowed(allow=node.allow())
        scope["path_params"] = dict(zip(target.names, values, strict=True))
        scope["endpoint"] = target.endpoint
        scope["route"] = target.route
        scope["router"] = self._app.router
        scope["state"]["target"] = target
        if "fastapi.telemetry" in scope:
            _route_selected(scope=scope, path=target.template)
        if isinstance(target.route, LeanRoute):
            response = await target.route.serve(Request(scope, receive, send))
            await response(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            scope["fastapi_middleware_astack"] = stack
            await target.app(scope, receive, send)

    async def _ask_others(self, scope: Scope, receive: Receive, send: Send) -> None:
        for route in self._others:
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                scope.update(child_scope)
                await route.handle(scope, receive, send)
                return
        raise NotFound("There is nothing at this address.")

    def grow(self) -> Node:
        """Make the tree: at the start, so that no first request waits for it (some tenths of a second)."""
        if self._tree is not None:
            return self._tree
        tree = Node()
        outside = [context for context in iter_route_contexts(self._app.routes) if not _add(tree, context)]
        self._others = [context._effective_route for context in outside]  # noqa: SLF001 - mounts have no public name
        self._tree = tree
        return tree


def _straight(tree: Node, segments: list[str], values: list[str]) -> Node | None:
    """The node of a whole path where no literal segment leads astray: what `Node.find` finds first, in less time."""
    node = tree
    for segment in segments[1:]:
        following = node.literal.get(segment)
        if following is None:
            following = node.parameter
            if following is None or not segment:
                return None
            values.append(segment)
        node = following
    return node if node.methods else None


def _segments(scope: Scope) -> list[str]:
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root):
        path = path[len(root) :]
    return path.split("/")


def _add(tree: Node, context: Any) -> bool:
    """Put one route into the tree; False when it does not fit."""
    route = context.original_route
    template, methods = context.path_format, context.methods
    convertors = getattr(context, "param_convertors", None)
    if not methods or convertors is None or any(type(c) is not StringConvertor for c in convertors.values()):
        return False
    if isinstance(route, LeanRoute) and len(context.dependencies) != len(route.dependencies):
        raise TypeError(f"{template}: dependencies of a router do not reach lean routes; name them in the signature")
    names = []
    node = tree
    for segment in template.split("/")[1:]:
        if "{" not in segment:
            node = node.literal.setdefault(segment, Node())
        elif segment.startswith("{") and segment.endswith("}") and segment.count("{") == 1:
            names.append(segment[1:-1])
            node.parameter = node = node.parameter or Node()
        else:
            return False
    operation = str(route.unique_id) if isinstance(route, APIRoute) else str(context.name)
    target = Target(context.app, context.endpoint, route, template, operation, tuple(names))
    for method in methods:
        if method in node.methods:
            raise TypeError(f"{method} {template} is declared twice")
        node.methods[method] = target
    return True
