# Generated from _async/client.py by `make clients`: do not edit.
"""The client: where it goes, who it is, and what it can reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from bmp_client._calls import CONNECT_S, Call, Retries, address, new_key, parameters
from bmp_client._proofs import Proof, Signer, signer
from bmp_client._sync._resource import AnyResource
from bmp_client._sync._sending import Sender
from bmp_client._sync._tokens import Given, Tokens
from bmp_client._sync.changes import Changes
from bmp_client._sync.files import Files
from bmp_client._sync.imports import Imports
from bmp_client._sync.jobs import Jobs
from bmp_client._sync.resources import Resources

#: Seconds that an answer may take.
ANSWER_S = 60.0


class Client(Resources):
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
        transport: httpx.BaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is asked until the first call."""
        retries = retries or Retries()
        given = {"Accept": "application/json", "User-Agent": "bmp-client", **(headers or {})}
        if language is not None:
            given["Accept-Language"] = language
        self._http = httpx.Client(
            base_url=address(base_url),
            headers=given,
            timeout=httpx.Timeout(timeout, connect=CONNECT_S),
            transport=transport,
        )
        tokens: Tokens | Given | None = None
        if token is not None:
            tokens = Given(token)
        elif client_id is not None:
            if private_key is not None:
                sign = signer(private_key)
            if (client_secret is None) == (sign is None):
                raise ValueError("a client proves itself with client_secret, private_key or sign: one of them")
            proof = Proof(client_id, client_secret, sign)
            tokens = Tokens(self._http, proof, scopes=scopes, audience=audience, retries=retries)
        self._sender = Sender(self._http, tokens, retries)
        super().__init__(self._sender)
        self.changes = Changes(self._sender, "changes")
        self.files = Files(self._sender, "files")
        self.jobs = Jobs(self._sender, "jobs")
        self.imports = Imports(self._sender, "imports", self.jobs)

    def resource(self, name: str) -> AnyResource:
        """Any resource by the word of its path, untyped."""
        return AnyResource(self._sender, name)

    def request(
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
        return self._sender.send(call)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
