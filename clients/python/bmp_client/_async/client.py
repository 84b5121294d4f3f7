"""The client: where it goes, who it is, and what it can reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from bmp_client._async._resource import AsyncAnyResource
from bmp_client._async._sending import AsyncSender
from bmp_client._async._tokens import AsyncGiven, AsyncTokens
from bmp_client._async.changes import AsyncChanges
from bmp_client._async.files import AsyncFiles
from bmp_client._async.imports import AsyncImports
from bmp_client._async.jobs import AsyncJobs
from bmp_client._async.resources import AsyncResources
from bmp_client._calls import CONNECT_S, Call, Retries, address, new_key, parameters
from bmp_client._proofs import Proof, Signer, signer

#: Seconds that an answer may take.
ANSWER_S = 60.0


class AsyncClient(AsyncResources):
    """A client of one deployment. Use it as a context manager, or close it; it is safe to share.

    Who it is: `client_id` with `client_secret`, with `private_key` (PEM) or with `sign`; or a `token` that somebody
    else looks after, as a text or a function. `scopes` asks for fewer rights than the client has.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        private_key: str | bytes | None = None,
        sign: Signer | None = None,
        audience: str | None = None,
        token: str | Callable[[], str] | None = None,
        scopes: Sequence[str] = (),
        language: str | None = None,
        retries: Retries | None = None,
        timeout: float = ANSWER_S,
        transport: httpx.AsyncBaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is asked until the first call."""
        retries = retries or Retries()
        given = {"Accept": "application/json", "User-Agent": "bmp-client", **(headers or {})}
        if language is not None:
            given["Accept-Language"] = language
        self._http = httpx.AsyncClient(
            base_url=address(base_url),
            headers=given,
            timeout=httpx.Timeout(timeout, connect=CONNECT_S),
            transport=transport,
        )
        tokens: AsyncTokens | AsyncGiven | None = None
        if token is not None:
            tokens = AsyncGiven(token)
        elif client_id is not None:
            if private_key is not None:
                sign = signer(private_key)
            if (client_secret is None) == (sign is None):
                raise ValueError("a client proves itself with client_secret, private_key or sign: one of them")
            proof = Proof(client_id, client_secret, sign)
            tokens = AsyncTokens(self._http, proof, scopes=scopes, audience=audience, retries=retries)
        self._sender = AsyncSender(self._http, tokens, retries)
        super().__init__(self._sender)
        self.changes = AsyncChanges(self._sender, "changes")
        self.files = AsyncFiles(self._sender, "files")
        self.jobs = AsyncJobs(self._sender, "jobs")
        self.imports = AsyncImports(self._sender, "imports", self.jobs)

    def resource(self, name: str) -> AsyncAnyResource:
        """Any resource by the word of its path, untyped."""
        return AsyncAnyResource(self._sender, name)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        version: int | None = None,
        idempotency_key: str | bool = True,
    ) -> httpx.Response:
        """Any call by its whole path (`/api/v1/me`), with token, retries and exceptions; the answer as httpx has it.

        `idempotency_key=False` is for operations that take none.
        """
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        key = None
        if method == "POST" and idempotency_key is not False:
            key = new_key() if idempotency_key is True else idempotency_key
        call = Call(method, path, parameters(query or {}), body=body, headers=headers, key=key)
        return await self._sender.send(call)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
