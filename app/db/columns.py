"""What a resource shows, declared once: each column is one SQL expression for JSON and one or more for CSV.

Answers are JSON made by PostgreSQL from these declarations, the same for one row, a list and an export, so that the
three cannot differ. Expressions are declared by us, never taken from input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

LANGUAGES = ("en", "fr", "it", "ar")


class Cell(NamedTuple):
    """One cell of a table."""

    name: str
    #: As CSV prints it.
    table: str
    #: The value itself, where that is another expression: a spreadsheet gets numbers, dates and booleans as what they
    #: are, and texts without the apostrophe, because their type keeps them from being run.
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One member of the answer. `{lang}` in an expression becomes the caller's language."""

    name: str
    json: str
    #: Cells of this column in a table, as `Cell` or (name, expression). Empty: `json` as it is, under `name`.
    cells: tuple[Cell | tuple[str, str], ...] = ()
    #: What `?expand=<name>` shows instead.
    expanded: str | None = None
    #: The LEFT JOIN that the expressions need.
    join: str = ""
    #: The same for exports, (join, JSON): the related object is made once per key and remembered, not once per row.
    once: tuple[str, str] | None = None
    #: Another column's join that this one builds on, for when it is asked for alone.
    needs: str = ""
    #: Left out of lists and exports unless asked for by `fields`.
    detail: bool = False
    #: Any cell of this column may hold text that a spreadsheet would run as a formula. Where only some may, they are
    #: `defused` one by one.
    free_text: bool = False

    @property
    def in_table(self) -> tuple[Cell, ...]:
        """Its cells with what they are in CSV and in a spreadsheet."""
        made = [Cell(*cell) for cell in self.cells or ((self.name, self.json),)]
        return tuple(Cell(c.name, defused(c.table) if self.free_text else c.table, c.sheet or c.table) for c in made)


def plain(name: str, expression: str | None = None, *, free_text: bool = False, detail: bool = False) -> Column:
    """A value whose JSON PostgreSQL prints as the contract wants it: text, integer, boolean, uuid, date."""
    return Column(name, expression or f"t.{name}", free_text=free_text, detail=detail)


def truth(name: str, expression: str | None = None) -> Column:
    """A boolean: `true` and `false` in a table too."""
    source = expression or f"t.{name}"
    return Column(name, source, cells=(Cell(name, f"({source})::text", source),))


def instant(name: str, expression: str | None = None) -> Column:
    """An instant, printed as RFC 3339 in UTC with `Z` (API 3)."""
    source = expression or f"t.{name}"
    return Column(name, f"app.iso({source})", cells=(Cell(name, f"app.iso({source})", source),))


def names() -> tuple[Column, ...]:
    """Names in four languages and the label in the caller's own (DOMAIN 8)."""
    return (
        Column("label", label("t"), free_text=True),
        Column(
            "names",
            "json_build_object('en', t.name_en, 'fr', t.name_fr, 'it', t.name_it, 'ar', t.name_ar)",
            cells=tuple(_safe(f"name_{lang}", f"t.name_{lang}") for lang in LANGUAGES),
        ),
    )


def defused(expression: str) -> str:
    """A text that a spreadsheet would run as a formula (`=+-@`, tab, CR) gets an apostrophe in front (API 13).

    All of these come before `A`, so most texts are passed on after one comparison.
    """
    text = f"({expression})::text"
    return (
        f"CASE WHEN ascii({text}) > 64 THEN {text} "
        f"WHEN ascii({text}) IN (61, 43, 45, 64, 9, 13) THEN '''' || {text} ELSE {text} END"
    )


def in_sheet(expression: str, kind: str) -> str:
    """A value as a spreadsheet stores it: days are counted from 1899-12-30, instants are days with a fraction."""
    if kind == "bool":
        return f"({expression})::integer"
    if kind == "date":
        return f"({expression}) - DATE '1899-12-30'"
    if kind == "timestamptz":
        return f"(date_part('epoch', {expression}) + 2209161600) / 86400"
    return expression


def _safe(name: str, expression: str) -> Cell:
    return Cell(name, defused(expression), expression)


def label(alias: str) -> str:
    """A row's name in the caller's language, else in English."""
    return f"coalesce({alias}.name_{{lang}}, {alias}.name_en)"


def related(
    name: str, table: str, key: str, *, text: str | None = None, reference: str = "reference", expand: str = ""
) -> Column:
    """A related object as `{id, reference, label}` (API 6), null when there is none or it is out of sight."""
    alias = f"j_{name}"
    shown = text.replace("{a}", alias) if text else label(alias)
    base = f"'id', {alias}.id, 'reference', {alias}.{reference}, 'label', {shown}"
    more = expand.replace("{a}", alias)

    def build(content: str) -> str:
        return f"CASE WHEN {alias}.id IS NULL THEN NULL ELSE json_build_object({content}) END"

    # OFFSET 0 keeps the planner from flattening it; it then remembers what came out for each key (Memoize).
    once = f"(SELECT json_build_object({base}) AS o FROM {table} {alias} WHERE {alias}.id = {key} OFFSET 0) {alias}"
    return Column(
        name,
        build(base),
        cells=(
            (f"{name}_id", f"{alias}.id"),
            _safe(f"{name}_reference", f"{alias}.{reference}"),
            _safe(f"{name}_label", shown),
        ),
        expanded=build(f"{base}, {more}") if more else None,
        join=f"LEFT JOIN {table} {alias} ON {alias}.id = {key}",
        once=(f"LEFT JOIN LATERAL {once} ON true", f"{alias}.o"),
    )


def money(name: str, minor: str, currency: str) -> Column:
    """An amount as a decimal string with its currency (API 3)."""
    amount = f"app.decimal({minor}, {currency})"
    return Column(
        name,
        f"CASE WHEN {minor} IS NULL THEN NULL ELSE json_build_object('amount', {amount}, 'currency', {currency}) END",
        cells=(Cell(f"{name}_amount", amount, f"({amount})::numeric"), (f"{name}_currency", currency)),
    )


def period(start: str, end: str, *, instants: bool, name: str = "period") -> Column:
    """A half-open period `{start, end}` (API 3) of instants or of days."""
    first, last = (f"app.iso({start})", f"app.iso({end})") if instants else (start, end)
    return Column(
        name,
        f"json_build_object('start', {first}, 'end', {last})",
        cells=(Cell(f"{name}_start", first, start), Cell(f"{name}_end", last, end)),
    )


def may_know_who(component: str = "NULL::uuid") -> str:
    """Whether the caller is told who acted in a component: the one rule for every form of every answer (DOMAIN 2)."""
    return f"((SELECT app.has('n')) AND ({component} IS NULL OR {component} <> ALL ((SELECT app.observed())::uuid[])))"


def who(key: str, component: str = "NULL::uuid") -> str:
    """The id of who acted; null for observers."""
    return f"CASE WHEN {may_know_who(component)} THEN {key} END"


def person(name: str, key: str, *, component: str = "t.component_id", detail: bool = False) -> Column:
    """Somebody by their account: the id, the name where the caller sees the account; null for observers."""
    alias = f"p_{name}"
    shown = who(key, component)
    return Column(
        name,
        f"CASE WHEN ({shown}) IS NOT NULL THEN json_build_object('id', {key}, 'label', {alias}.display_name) END",
        cells=((f"{name}_id", shown), (f"{name}_label", f"{alias}.display_name")),
        join=f"LEFT JOIN accounts {alias} ON {alias}.id = {shown}",
        detail=detail,
        free_text=True,
    )


def actor(component: str = "t.component_id") -> Column:
    """The account or client that acted (`t.actor_id`); null for observers, and where the deployment itself did."""
    label = "coalesce(j_account.display_name, j_client.name)"
    shown = who("t.actor_id", component)
    return Column(
        "actor",
        f"CASE WHEN ({shown}) IS NOT NULL THEN json_build_object('id', t.actor_id, 'label', {label}) END",
        cells=(("actor_id", shown), ("actor_label", label)),
        join=f"LEFT JOIN accounts j_account ON j_account.id = {shown} "
        f"LEFT JOIN clients j_client ON j_client.id = {shown}",
        free_text=True,
    )


def facts(name: str, expression: str, component: str = "t.component_id") -> Column:
    """What an event or a revision says, without who acted for observers."""
    return structure(name, f"CASE WHEN {may_know_who(component)} THEN {expression} ELSE app.unnamed({expression}) END")


def structure(name: str, expression: str | None = None, *, join: str = "", detail: bool = False) -> Column:
    """A JSON value of its own: lists, facts. In a table it is one cell of JSON text."""
    source = expression or f"t.{name}"
    return Column(name, source, cells=((name, f"({source})::text"),), join=join, detail=detail)
