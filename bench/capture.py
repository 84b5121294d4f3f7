"""What a request really sends to the database, so that its limit is made of the same statements."""

from __future__ import annotations

import re
from typing import Any

import httpx
import orjson

from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from bench.place import Place

#: The frame of the transaction, the look-up of rights (remembered for seconds), and what the driver asks once per
#: connection about types.
_NOT_OF_THE_REQUEST = re.compile(r"^(BEGIN|COMMIT|ROLLBACK)|app\.(rights_of|token_revoked)|typeinfo_tree|'jit'")


async def statements_of(made: Place, method: str, path: str, token: str, body: Any, **headers: str) -> list[str]:
    """The statements of one successful request, with their values as literals; BEGIN and COMMIT left out."""
    seen: list[str] = []

    def note(record: Any) -> None:
        if not _NOT_OF_THE_REQUEST.search(record.query):
            seen.append(_filled(record.query.removesuffix(";COMMIT"), record.args))

    database = Database(made.dsn("app"), size=2)
    acquire = database.acquire

    async def watched() -> Any:
        connection = await acquire()
        connection.add_query_logger(note)
        return connection

    database.acquire = watched  # type: ignore[method-assign]
    await database.open()
    app = create_app(
        Settings(
            database_url=made.dsn("app"),
            secrets=made.folder / "keys",
            data=made.folder / "app",
            public_url=f"http://127.0.0.1:{made.port}",
            access_token_minutes=60,
            rate_limit_per_minute=0,
        ),
        database,
    )
    try:
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
                answer = await client.request(
                    method,
                    path,
                    content=orjson.dumps(body),
                    headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers},
                )
                answer.raise_for_status()
    finally:
        await database.close()
    return seen


def _filled(sql: str, values: Any) -> str:
    for number in range(len(values), 0, -1):
        literal = _literal(values[number - 1]).replace("\\", r"\\")  # a template of `re` reads backslashes
        sql = re.sub(rf"\${number}(?!\d)", literal, sql)
    return sql.replace("\n", " ")


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, dict) or (isinstance(value, list) and (not value or isinstance(value[0], dict))):
        return _quoted(orjson.dumps(value, default=str).decode())
    if isinstance(value, list):
        return "ARRAY[" + ",".join(_quoted(str(each)) for each in value) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A literal in which pgbench sees no variable: it would take `:word` for one."""
    escaped = text.replace("'", "''")
    return "'" + re.sub(r":(?=[A-Za-z_0-9])", "' || chr(58) || '", escaped) + "'"
