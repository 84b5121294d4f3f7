# Generated from _async/_sending.py by `make clients`: do not edit.
"""Sending calls: with a token, again when that is safe, and with refusals as exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from bmp_client._calls import Attempts, Call, Retries
from bmp_client._sync._tokens import Given, Tokens
from bmp_client._sync._waiting import sleep
from bmp_client.errors import Incomplete


class Sender:
    """What every resource calls through."""

    def __init__(self, http: httpx.Client, tokens: Tokens | Given | None, retries: Retries) -> None:
        """Without tokens, only what is public is answered."""
        self.http, self.tokens, self.retries = http, tokens, retries

    def send(self, call: Call) -> httpx.Response:
        """The answer, read whole; refusals are raised."""
        response = self._answer(call, stream=False)
        if response.status_code == httpx.codes.SEE_OTHER and "location" in response.headers:
            # A repeated call whose answer was too large or too private to be kept: it is read where it belongs.
            return self.send(Call("GET", response.headers["location"]))
        return response

    def json(self, call: Call) -> Any:
        """The value of the answer; None where it has none."""
        response = self.send(call)
        return response.json() if response.content else None

    @contextmanager
    def stream(self, call: Call) -> Iterator[httpx.Response]:
        """An answer that is read as it comes. A cut connection is Incomplete."""
        response = self._answer(call, stream=True)
        try:
            yield response
        except httpx.TransportError as error:
            raise Incomplete(f"{call.method} {call.path}: {error or type(error).__name__}") from error
        finally:
            response.close()

    def _answer(self, call: Call, *, stream: bool) -> httpx.Response:
        attempts = Attempts(call, self.retries)
        while True:
            token = self.tokens.get() if self.tokens is not None else None
            try:
                response = self._once(call, token, stream=stream)
            except httpx.TransportError as error:
                sleep(attempts.failed(error))
                continue
            if not response.is_error:
                return response
            if self._renew(response, token, attempts):
                continue
            wait = attempts.answered(response)
            if wait is None:
                raise attempts.refusal(response)
            sleep(wait)

    def _once(self, call: Call, token: str | None, *, stream: bool) -> httpx.Response:
        request = self.http.build_request(call.method, call.path, **call.arguments())
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        response = self.http.send(request, stream=True)
        if not stream or response.is_error:
            try:
                response.read()
            finally:
                response.close()
        return response

    def _renew(self, response: httpx.Response, token: str | None, attempts: Attempts) -> bool:
        """Whether to try again with a new token: once per call."""
        if response.status_code != httpx.codes.UNAUTHORIZED or self.tokens is None or attempts.renewed:
            return False
        attempts.renewed = True
        return self.tokens.forget(token or "")
