"""`bmp account`: people who log in."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import asyncpg
import orjson
import typer

from app.cli.acting import Acting, act, body_of, everything, told_apart, version_of
from app.cli.banner import aligned
from app.cli.options import AsJson, Data, say
from app.cli.reach import fail, owner_url, read_settings
from app.db.session import Tx
from app.schemas.accounts import AccountIn
from app.services import accounts, administrators, links
from app.services.links import Link
from app.settings import Settings

account = typer.Typer(name="account", help="People who log in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Account name: what the person types to log in.")]


def printed(rows: list[dict[str, Any]], columns: dict[str, str], as_json: bool) -> None:
    """A list: all of it as JSON for scripts, some columns for people (`a.b` is a member of a member)."""
    if as_json:
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    lines = aligned([tuple(columns), *(tuple(_cell(row, path) for path in columns.values()) for row in rows)])
    sys.stdout.write("\n".join(lines) + "\n")


def _cell(row: dict[str, Any], path: str) -> str:
    value: Any = row
    for step in path.split("."):
        value = [each[step] for each in value] if isinstance(value, list) else value[step]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@account.command("list")
def list_command(*, acting: Acting = None, data: Data = None, as_json: AsJson = False) -> None:
    """Accounts that the acting account may see."""
    rows = act(read_settings(data=data), acting, lambda tx: everything(tx, accounts.LISTING))
    columns = {"account": "account_name", "organisation": "organisation.reference", "roles": "grants.role"}
    printed(rows, columns | {"active": "active", "can log in": "has_password"}, as_json)


@account.command("create")
def create_command(
    name: Name,
    *,
    organisation: Annotated[str | None, typer.Option(help="Reference, such as ORG-ICMPD.")] = None,
    display_name: Annotated[str | None, typer.Option(help="The person's name as others see it.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role; may be repeated.")] = None,
    component: Annotated[str | None, typer.Option(help="Limit the roles to one component.")] = None,
    agency: Annotated[str | None, typer.Option(help="For people of a beneficiary: whose subtree they see.")] = None,
    administrator: Annotated[
        bool,
        typer.Option("--administrator", help="Appoint an administrator of the deployment; needs no other account."),
    ] = False,
    acting: Acting = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add an account and show the invitation, once: with it the person sets a password."""
    settings = read_settings(data=data)
    grants = [{"role": each, "component": component} for each in role or []]
    body = body_of(
        AccountIn,
        account_name=name,
        display_name=display_name or name,
        organisation=organisation,
        agency=agency,
        grants=grants,
    )
    if administrator:
        if organisation is None:
            raise fail("name the organisation of the administrator: --organisation ORG-ICMPD")
        link = _appoint(settings, organisation, body)
    else:

        async def create(tx: Tx) -> Link:
            await accounts.create(tx, body)
            return await links.hand_out(tx, body.account_name, "invitation")

        link = act(settings, acting, create)
    _show(settings, name, link, as_json)


def _appoint(settings: Settings, organisation: str, body: AccountIn) -> Link:
    async def run(url: str) -> Link:
        connection = await asyncpg.connect(url)
        try:
            return await administrators.appoint(
                connection,
                organisation=organisation,
                account_name=body.account_name,
                display_name=body.display_name,
            )
        finally:
            await connection.close()

    with owner_url(settings) as url:
        return told_apart(lambda: asyncio.run(run(url)))


@account.command("invite")
def invite_command(
    name: Name,
    *,
    reset: Annotated[bool, typer.Option("--reset", help="For somebody who lost the password.")] = False,
    acting: Acting = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show a new one-time link for an account; earlier ones stop working."""
    settings = read_settings(data=data)
    link = act(settings, acting, lambda tx: links.hand_out(tx, name, "reset" if reset else "invitation"))
    _show(settings, name, link, as_json)


def _show(settings: Settings, name: str, link: Link, as_json: bool) -> None:
    where = f"{settings.issuer}/api/v1/oauth/redeem"
    facts = {
        "account_name": name,
        "kind": link.kind,
        "secret": link.secret,
        "expires_at": link.expires_at.isoformat(),
        "redeem_at": where,
    }
    say(
        facts,
        f"{link.kind.capitalize()} for {name}, good once until {link.expires_at:%Y-%m-%d %H:%M} UTC: {link.secret}\n"
        f"The person sends it with a new password to {where} (see /docs).",
        as_json,
    )


@account.command("close")
def close_command(name: Name, *, acting: Acting = None, data: Data = None, as_json: AsJson = False) -> None:
    """Close an account: password, links, sessions and clients stop within a minute."""

    async def close(tx: Tx) -> None:
        await accounts.close(tx, name, await version_of(tx, accounts.LISTING, name))

    act(read_settings(data=data), acting, close)
    say({"account_name": name, "active": False}, f"{name} is closed", as_json)
