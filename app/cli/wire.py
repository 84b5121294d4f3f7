"""How commands reach a running service over HTTP: by the client package that integrators use."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import typer

from app.cli.banner import demo_credentials
from app.cli.clients import SECRET, proof, reason
from app.cli.reach import errors, fail, read_settings
from app.settings import Settings

if TYPE_CHECKING:
    from bmp_client import Client

Url = Annotated[str | None, typer.Option(help="Where the service answers, if not where the settings say.")]
Who = Annotated[
    str | None,
    typer.Option(
        "--client",
        metavar="CLIENT_ID",
        help="A client, with its secret in BMP_CLIENT_SECRET or on standard input; or a client or account of the demo.",
    ),
]


@contextmanager
def connected(who: str | None, url: str | None, data: Path | None) -> Iterator[Client]:
    """A client of the service. Its refusals are sentences on standard error, every fault on a line of its own."""
    import bmp_client  # noqa: PLC0415  the types of the whole contract

    settings = read_settings(data=data)
    base = (url or settings.issuer).rstrip("/")
    form, basic = proof(settings, who or _somebody(settings))
    given = basic or (None, None)
    try:
        with bmp_client.Client(base, *given, token=None if basic else _Token(base, form)) as client:
            yield client
    except bmp_client.errors.Problem as problem:
        for fault in problem.errors:
            errors.print(f"{fault.get('in', 'body')}{fault['pointer']}: {fault['detail']}", markup=False)
        told = {fault["detail"] for fault in problem.errors}
        sentence = problem.title if problem.detail in told else problem.detail  # each thing is said once
        raise fail(f"{sentence} ({problem.status} {problem.code})") from problem
    except bmp_client.errors.Unreachable as error:
        raise fail(f"no service answers at {base}: {error.__cause__ or error}") from error
    except httpx.HTTPError as error:  # the token of a person of the demo is asked for outside of the package
        raise fail(f"no service answers at {base}: {error}") from error
    except bmp_client.errors.BmpError as error:
        raise fail(str(error)) from error


def _somebody(settings: Settings) -> str:
    """The first person of the demo, where there is one; not in the place of a client whose secret is given."""
    if os.environ.get(SECRET):
        raise fail(f"{SECRET} is set, but not whose secret it is: add --client CLIENT_ID, or unset it")
    for entry in demo_credentials(settings):
        if entry.get("password"):
            return str(entry["account_name"])
    raise fail("say who is calling: --client CLIENT_ID, with the secret in BMP_CLIENT_SECRET")


class _Token:
    """The token of a person of the demo: asked for once, and again when a minute of it is left."""

    def __init__(self, base: str, form: dict[str, str]) -> None:
        """Nothing is asked yet."""
        self._base, self._form = base, form
        self._token, self._until = "", 0.0

    def __call__(self) -> str:
        """The present token."""
        if time.monotonic() >= self._until:
            answer = httpx.post(f"{self._base}/api/v1/oauth/token", data=self._form, timeout=30)
            if not answer.is_success:
                raise fail(f"the service gives no token: {reason(answer)}")
            facts = answer.json()
            self._token, self._until = str(facts["access_token"]), time.monotonic() + facts["expires_in"] - 60
        return self._token
