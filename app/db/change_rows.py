"""The SQL of change rows: the triggers that write them (ADR 5), and who may see them (ADR 12).

Made from `db/tenancy.py`, so that the feed's wall is the wall of each resource: every condition of a `see` stands once,
with the resources that it counts for, and reads the columns that the trigger copied into the change row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.db.tenancy import Tenancy

_COLUMNS = "(resource, object_id, action, version, component_id, agency_id, organisation_id, personal"
_TO = ", to_component_id, to_agency_id, to_organisation_id"
_OWNERS = re.compile(r"\b(component_id|agency_id|organisation_id)\b")
_PEOPLE = "(SELECT app.has('p')) AND "
#: The resource of rows that tell of moved branches: no resource, and everybody's.
TREE = "tree"


def triggers(table: str, t: Tenancy) -> list[str]:
    """Statement-level triggers that write change rows, and revisions where there is a history.

    One function per table and no dynamic SQL, so that its plans are kept; set-based, so that ten thousand rows cost
    one statement.
    """
    statements = []
    for operation in ("insert", "update", "delete"):
        if operation.upper() not in t.grants:
            continue
        name = f"app.changed_{table}_{operation}"
        body = "\n    ".join(_lines(table, t, operation))
        statements.append(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            f"SET search_path = pg_catalog, pg_temp AS $$\nBEGIN\n    {body}\n    RETURN NULL;\nEND $$"
        )
        statements.append(
            f"CREATE TRIGGER changed_{operation} AFTER {operation.upper()} ON {table} "
            f"REFERENCING {_transition_tables(t, operation)} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    return statements


def _transition_tables(t: Tenancy, operation: str) -> str:
    both = operation == "update" and (t.history or _moves(t))
    old = ["OLD TABLE AS old_rows"] if both or operation == "delete" else []
    new = ["NEW TABLE AS new_rows"] if operation != "delete" else []
    return " ".join(old + new)


def _moves(t: Tenancy) -> list[str]:
    """The columns by which a row can move from one side's sight into another's. Rows never change their own id."""
    owners = (t.component, t.agency, t.organisation)
    return [each for each in (*owners, t.parent) if each not in {None, "id"} and t.tells_of is None]


def _lines(table: str, t: Tenancy, operation: str) -> list[str]:
    rows = "old_rows" if operation == "delete" else "new_rows"
    owner = _owner(t, "r")
    personal = str(t.personal).lower()
    version = "NULL::integer" if table == "attachments" or t.tells_of else "r.version"
    word = t.word or f"'{t.tells_of[0] if t.tells_of else t.resource}'"
    ident, action = (f"r.{t.tells_of[1]}", "'update'") if t.tells_of else ("r.id", "lower(TG_OP)")
    lines = []
    before = _owner(t, "o")
    if operation == "update" and t.parent:
        lines += _moved(t.parent)
    elif operation == "update" and _moves(t):
        lines.append(
            f"INSERT INTO public.changes {_COLUMNS}{_TO}) SELECT {word}, r.id, 'left', NULL::integer, {before}, "
            f"{personal}, {owner} FROM new_rows r JOIN old_rows o ON o.id = r.id "
            f"WHERE ({before}) IS DISTINCT FROM ({owner}) ORDER BY r.id;"
        )
    lines.append(
        f"INSERT INTO public.changes {_COLUMNS}) SELECT {word}, {ident}, {action}, {version}, {owner}, {personal} "
        f"FROM {rows} r ORDER BY r.id;"
    )
    if t.history:
        after, join = {
            "insert": ("to_jsonb(r) - 'folded'", ""),
            "update": ("app.difference(to_jsonb(o), to_jsonb(r))", "JOIN old_rows o ON o.id = r.id"),
            "delete": ("'{}'::jsonb", ""),
        }[operation]
        if t.texts:  # a revision keeps that a free text about a person was there, never what it said (ADR 8)
            after = after if operation == "delete" else f"app.withheld({after}, '{{{','.join(t.texts)}}}')"
        revised = "NULL::integer" if table == "attachments" else "r.version"
        lines.append(
            f"INSERT INTO public.revisions {_COLUMNS}, actor_id, after) SELECT '{t.resource}', r.id, lower(TG_OP), "
            f"{revised}, {owner}, {personal}, app.caller(), {after} FROM {rows} r {join} ORDER BY r.id;"
        )
    return lines


def _moved(parent: str) -> list[str]:
    """A branch that moves changes who sees all that is below it: said to both sides, once each."""
    return [
        f"INSERT INTO public.changes (resource, object_id, action, agency_id, to_agency_id) "
        f"SELECT '{TREE}', r.id, '{action}', {at}.{parent}, {to}.{parent} FROM new_rows r "
        f"JOIN old_rows o ON o.id = r.id WHERE o.{parent} IS DISTINCT FROM r.{parent} ORDER BY r.id;"
        for action, at, to in (("moved_out", "o", "r"), ("moved_in", "r", "o"))
    ]


def _owner(t: Tenancy, alias: str) -> str:
    return ", ".join(f"{alias}.{name}" if name else "NULL::uuid" for name in (t.component, t.agency, t.organisation))


def visible(tenancies: Mapping[str, Tenancy]) -> str:
    """Who may see a change row: whoever may see the object as it was then.

    A row of an object that `left` is for those only who could see where it was and cannot see where it went.
    """
    now = _pieces(tenancies)
    seen = f"({now} OR {_tree_moved()})"
    went = _OWNERS.sub(r"to_\1", now)
    return f"({seen} AND (action <> 'left' OR ({went}) IS NOT TRUE))"


def _tree_moved() -> str:
    """Rows of moved branches: seen where one end is in sight and the other is not, in one of the two trees."""
    sides = [
        f"({column} = ANY ((SELECT app.{tree}())::uuid[]))" for tree in ("agencies", "own_agencies")
        for column in ("agency_id", "to_agency_id")
    ]  # fmt: skip
    whole, own = (f"({sides[i]} AND {sides[i + 1]} IS NOT TRUE)" for i in (0, 2))
    return f"(resource = '{TREE}' AND ({whole} OR {own}))"


def _pieces(tenancies: Mapping[str, Tenancy]) -> str:
    """Each condition once, with the resources it counts for; people's rows only for who may see people."""
    found: dict[str, list[str]] = {}
    personal: list[str] = []
    for t in tenancies.values():
        words = t.in_feed
        if not words:
            continue
        see = _as_change(t)
        if see.startswith(_PEOPLE):
            see = see.removeprefix(_PEOPLE)
            personal += words
        for piece in _parts(see):
            found.setdefault(piece, []).extend(words)
    pieces = " OR ".join(f"({_among(words)} AND {piece})" for piece, words in found.items())
    return f"((NOT {_among(personal)} OR (SELECT app.has('p'))) AND ({pieces}))"


def _among(words: list[str]) -> str:
    return "resource IN (" + ", ".join(f"'{word}'" for word in sorted(words)) + ")"


def _as_change(t: Tenancy) -> str:
    """The resource's `see`, over the columns that its change rows have."""
    see = t.see
    for column, copied in ((t.component, "component_id"), (t.agency, "agency_id")):
        if column and column != copied:
            see = re.sub(rf"(?<![\w.]){column} = ", f"{copied} = ", see)
    return see


def _parts(see: str) -> list[str]:
    """`(a OR (b AND c) OR d)` → a, (b AND c), d."""
    inner = see[1:-1] if see.startswith("(") and _closes(see) == len(see) - 1 else see
    parts, depth, start = [], 0, 0
    for at, character in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and inner.startswith(" OR ", at):
            parts.append(inner[start:at])
            start = at + 4
    return [part for some in (*parts, inner[start:]) for part in (_parts(some) if _wraps_or(some) else [some])]


def _closes(text: str) -> int:
    """Where the parenthesis that opens a text closes."""
    depth = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return at
    raise ValueError(f"unbalanced: {text}")


def _wraps_or(text: str) -> bool:
    """True for a parenthesis around a further choice."""
    return text.startswith("(") and _closes(text) == len(text) - 1 and len(_parts(text)) > 1
