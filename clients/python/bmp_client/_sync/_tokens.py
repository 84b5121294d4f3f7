# Generated from _async/_tokens.py by `make clients`: do not edit.
"""The access token: fetched when it is first needed, renewed before it expires, and once when it is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from bmp_client._calls import API, Attempts, Call, Retries
from bmp_client._proofs import Proof
from bmp_client._sync._waiting import Lock, sleep
from bmp_client.errors import Problem, Unauthorised, problem_of

TOKEN_PATH = f"{API}/oauth/token"
METADATA_PATH = "/.well-known/oauth-authorization-server"
#: A token is renewed when so many seconds, or a tenth of its life, are left.
MARGIN_S = 30.0


class Tokens:
    """The token of one client."""

    def __init__(
        self,
        http: httpx.Client,
        proof: Proof,
        *,
        scopes: Sequence[str] = (),
        audience: str | None,
        retries: Retries,
    ) -> None:
        """Nothing is fetched yet."""
        self._http, self._proof, self._scopes, self._retries = http, proof, scopes, retries
        self._audience = audience
        self._token, self._until = "", 0.0
        self._lock = Lock()

    def get(self) -> str:
        """A token that is good for a while."""
        if time.monotonic() < self._until:
            return self._token
        with self._lock:
            if time.monotonic() >= self._until:
                self._fetch()
            return self._token

    def forget(self, token: str) -> bool:
        """The service refused this one. True: the next will be another."""
        if token == self._token:
            self._until = 0.0
        return True

    def drop(self) -> None:
        """The next call needs a new one."""
        self._until = 0.0

    def _fetch(self) -> None:
        began = time.monotonic()
        answer = self._ask()
        lifetime = float(answer.get("expires_in") or 0)
        self._token = str(answer["access_token"])
        self._until = began + lifetime - min(MARGIN_S, lifetime / 10)

    def _ask(self) -> dict[str, Any]:
        """Asking twice has no effect but a second token, so it is always safe to repeat."""
        call = Call("POST", TOKEN_PATH, key="")
        attempts = Attempts(call, self._retries)
        while True:
            try:
                response = self._http.post(TOKEN_PATH, data=self._form(), headers=self._headers())
            except httpx.TransportError as error:
                sleep(attempts.failed(error))
                continue
            wait = attempts.answered(response)
            if wait is not None:
                sleep(wait)
                continue
            if response.is_success:
                return dict(response.json())
            raise _refused(attempts.refusal(response))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": self._proof.basic} if self._proof.basic else {}

    def _form(self) -> dict[str, str]:
        form = {"grant_type": "client_credentials"}
        if self._scopes:
            form["scope"] = " ".join(self._scopes)
        if self._proof.sign is not None:
            form |= {"client_id": self._proof.client_id, **self._proof.assertion(self._meant_for())}
        return form

    def _meant_for(self) -> str:
        """What assertions are meant for: the issuer, as the service publishes it."""
        if self._audience is None:
            response = self._http.get(METADATA_PATH)
            if not response.is_success:
                raise problem_of(response.status_code, response.content)
            self._audience = str(response.json()["issuer"])
        return self._audience


class Given:
    """A token that somebody else looks after: a text, or a function that gives the present one."""

    def __init__(self, token: str | Callable[[], str]) -> None:
        """Keep it."""
        self._token = token
        self._refused = ""

    def get(self) -> str:
        """The present token."""
        return self._token if isinstance(self._token, str) else self._token()

    def forget(self, token: str) -> bool:
        """The service refused this one. True: asking again may give another."""
        again = not isinstance(self._token, str) and token != self._refused
        self._refused = token
        return again

    def drop(self) -> None:
        """Whoever looks after it knows better."""


def _refused(error: Exception) -> Exception:
    """A refusal of the token endpoint is about who is calling, whatever its status."""
    if isinstance(error, Problem) and error.status == httpx.codes.BAD_REQUEST:
        return Unauthorised(error.status, error.facts)
    return error
