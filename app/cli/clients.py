"""`bmp client`: scripts with a named subset of their owner's scopes; `bmp token`: an access token for one."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import httpx
import orjson
import typer

from app.cli.accounts import printed
from app.cli.acting import Acting, act, body_of, everything, version_of
from app.cli.banner import demo_credentials
from app.cli.options import AsJson, Data, say
from app.cli.reach import fail, read_settings
from app.db.session import Tx
from app.schemas.clients import ClientIn, RotationIn
from app.services import clients
from app.settings import Settings

client = typer.Typer(name="client", help="Scripts that call the API as their owner.", no_args_is_help=True)

Ident = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Client id, such as cl-0123456789abcdef.")]
SECRET = "BMP_CLIENT_SECRET"  # noqa: S105 - the name of a variable


@client.command("list")
def list_command(*, acting: Acting = None, data: Data = None, as_json: AsJson = False) -> None:
    """Clients that the acting account may see."""
    rows = act(read_settings(data=data), acting, lambda tx: everything(tx, clients.LISTING))
    columns = {"client": "client_id", "name": "name", "organisation": "organisation.reference"}
    printed(rows, columns | {"owner": "owner.reference", "active": "active", "scopes": "scopes"}, as_json)


@client.command("create")
def create_command(
    name: Annotated[str, typer.Argument(help="What the script is for.")],
    *,
    scope: Annotated[list[str], typer.Option(help="A scope of the owner's; may be repeated.")],
    component: Annotated[list[str] | None, typer.Option(help="Limit it to components; may be repeated.")] = None,
    acting: Acting = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a client owned by the acting account, and show its secret, once."""
    body = body_of(ClientIn, name=name, scopes=scope, components=component or None)
    made = act(read_settings(data=data), acting, lambda tx: clients.create(tx, body))
    _show(made, as_json)


@client.command("rotate")
def rotate_command(
    ident: Ident,
    *,
    overlap_hours: Annotated[int, typer.Option(help="Hours for which the old secret lives on; 0 if it leaked.")] = 24,
    acting: Acting = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a client a new secret, shown once. Only its owner may: act `--as` the owner."""
    body = body_of(RotationIn, overlap_hours=overlap_hours)

    async def rotate(tx: Tx) -> clients.Made:
        return await clients.rotate(tx, ident, await version_of(tx, clients.LISTING, ident), body.overlap_hours)

    _show(act(read_settings(data=data), acting, rotate), as_json)


def _show(made: clients.Made, as_json: bool) -> None:
    facts: dict[str, Any] = orjson.loads(made.client.body)
    answer = {"client_id": facts["client_id"], "client_secret": made.secret, "scopes": facts["scopes"]}
    say(answer, f"client_id      {facts['client_id']}\nclient_secret  {made.secret}  (shown once)", as_json)


@client.command("close")
def close_command(ident: Ident, *, acting: Acting = None, data: Data = None, as_json: AsJson = False) -> None:
    """Close a client for good: its secrets are gone, its tokens die within a minute."""

    async def close(tx: Tx) -> None:
        await clients.close(tx, ident, await version_of(tx, clients.LISTING, ident))

    act(read_settings(data=data), acting, close)
    say({"client_id": ident, "active": False}, f"{ident} is closed", as_json)


def token(
    who: Annotated[str, typer.Argument(help="A demo account or client, or a client whose secret is given.")],
    *,
    scope: Annotated[list[str] | None, typer.Option(help="Only these scopes; may be repeated.")] = None,
    url: Annotated[str | None, typer.Option(help="Where the service answers, if not where the settings say.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Get an access token from the running service, for scripts: TOKEN=$(bmp token manager@icmpd.example).

    The secret of a client comes from the environment (BMP_CLIENT_SECRET); without it from the demo's credentials, and
    where the client is not the demo's from standard input. Never from the command line, which other accounts of the
    machine can read.
    """
    settings = read_settings(data=data)
    base = (url or settings.issuer).rstrip("/")
    form, basic = proof(settings, who)
    if scope:
        form["scope"] = " ".join(scope)
    try:
        answer = httpx.post(f"{base}/api/v1/oauth/token", data=form, auth=basic, timeout=30)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise fail(f"no service answers at {base}: {error}") from error
    if not answer.is_success:
        raise fail(f"the service gives no token: {reason(answer)}")
    facts = answer.json()
    say(facts, facts["access_token"], as_json)


def reason(answer: httpx.Response) -> str:
    """Why the token endpoint refused, in its own words."""
    try:
        facts = answer.json()
    except ValueError:
        return str(answer.status_code)
    return str(facts.get("error_description") or facts.get("detail") or facts.get("error") or answer.status_code)


def proof(settings: Settings, who: str) -> tuple[dict[str, str], tuple[str, str] | None]:
    """The form and the HTTP Basic credentials with which the token endpoint is asked.

    A secret of the environment goes before that of the demo's file: who gives one wants to know whether it is right.
    """
    given = os.environ.get(SECRET)
    for entry in demo_credentials(settings):
        if entry.get("account_name") == who:
            return {"grant_type": "password", "username": who, "password": entry["password"]}, None
        if entry.get("client_id") == who and not given:
            return {"grant_type": "client_credentials"}, (who, entry["client_secret"])
    secret = given or ("" if sys.stdin.isatty() else sys.stdin.readline().strip())
    if not secret:
        raise fail(f"{who} is no account or client of a demo here; give a client's secret in {SECRET}")
    return {"grant_type": "client_credentials"}, (who, secret)
