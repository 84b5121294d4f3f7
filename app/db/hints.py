"""What an unknown reference was perhaps meant to be, out of what the caller may read."""

from __future__ import annotations

from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.nearest import meant

#: Tables whose references are words that somebody chose, read with `register:read`. Those of items and documents are
#: counted, and near to one another; who has an account is nobody's guess.
NAMED = frozenset(
    {
        "agencies",
        "components",
        "courses",
        "equipment_models",
        "equipment_types",
        "organisations",
        "programmes",
        "sites",
        "suppliers",
    }
)
#: Longer ones are no slip of the pen, and dear to compare.
LONGEST = 60
#: So many references are compared with one that is unknown; where there are more, none is.
MOST_COMPARED = 500
_STATEMENTS = {
    table: Statement(f"SELECT t.reference FROM {table} t WHERE t.reference IS NOT NULL LIMIT :most") for table in NAMED
}


def may(tx: Tx, table: str | None) -> bool:
    """Whether the caller may be told what there is in this table."""
    return table in NAMED and tx.caller is not None and Scope.REGISTER_READ in tx.caller.scopes


async def called(tx: Tx, table: str, most: int = MOST_COMPARED) -> list[str]:
    """Every reference of the table in sight; none where there are more."""
    rows = await tx.rows(_STATEMENTS[table], most=most + 1)
    return [row[0] for row in rows] if len(rows) <= most else []


async def hint(tx: Tx, table: str | None, given: str) -> str:
    """`Did you mean …?`, with a blank in front, for the first few unknown references of a transaction."""
    if table is None or not may(tx, table) or len(given) > LONGEST or tx.hints <= 0:
        return ""
    tx.hints -= 1
    return meant(given, await called(tx, table))


__all__ = ["MOST_COMPARED", "NAMED", "called", "hint", "may"]
