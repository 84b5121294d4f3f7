"""The columns of an import, derived from a declaration: the export's cells and the schemas of creation and change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from app.db.base import Base
from app.db.columns import Column
from app.domain.imports import CellKind
from app.schemas.common import AMOUNT, REF
from app.services.importing import Importing

Part = Literal["", "id", "reference", "either", "label"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a file."""

    name: str
    #: Where its value goes in the body; empty for what is only shown.
    path: tuple[str, ...] = ()
    kind: CellKind | None = None
    #: The SQL of the value that there is; None where nothing shows it.
    known: str | None = None
    join: tuple[str, ...] = ()
    creates: bool = False
    changes: bool = False
    required: bool = False
    #: Which part of a reference it is.
    part: Part = ""
    #: Follows from other columns (labels): what a new row says here is not read.
    derived: bool = False
    values: tuple[str, ...] = ()
    description: str = ""
    #: When it is required, where that is not said by its kind.
    when: str = ""
    example: str = ""
    #: What a text has to look like, and the bounds of a number.
    pattern: str = ""
    longest: int | None = None
    low: float | None = None
    high: float | None = None
    #: What a new row says that leaves it empty.
    default: str = ""
    #: What a new row has here, though it cannot say so.
    begins: str = ""
    #: The resource that it refers to.
    refers: str = ""
    #: A list of words rather than of objects, and the words that it may hold.
    plain_list: bool = False
    words: tuple[str, ...] = ()
    #: Nothing shows what there is: it is compared by `Importing.hidden`, and reports mask it.
    hidden: bool = False
    #: The SQL of the value that there is to be.
    coming: str | None = None
    along: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a resource, by name."""

    cells: Mapping[str, Cell]
    #: Member of the body → the names of the columns that write it.
    writers: Mapping[tuple[str, ...], tuple[str, ...]]
    #: For nested JSON: column of the listing → part → column of the file.
    nested: Mapping[str, Mapping[str, str]]
    #: Columns by which a row is known again, whether they can be written or not.
    identify: frozenset[str] = frozenset()

    def members(self, names: Iterable[str | None]) -> set[str]:
        """The members of a body that these columns write."""
        cells = (self.cells.get(name or "") for name in names)
        return {cell.path[0] for cell in cells if cell is not None and cell.path}

    @property
    def whole(self) -> frozenset[str]:
        """Columns that hold JSON themselves."""
        return frozenset(name for name, cell in self.cells.items() if cell.kind == "json")

    @property
    def template(self) -> list[Cell]:
        """The columns of the file to fill: what can be written, each once."""
        made = [c for c in self.cells.values() if c.creates or c.changes or c.name in self.identify]
        ids = {c.path for c in made if c.part == "reference"}
        return [c for c in made if c.part != "either" and not (c.part == "id" and c.path in ids)]


class _Schemas:
    """What the schemas of creation and change say about a member."""

    def __init__(self, importing: Importing) -> None:
        self.body = importing.body.model_json_schema()
        self.patch = importing.patch.model_json_schema() if importing.patch else {"properties": {}}

    def of(self, path: tuple[str, ...], *, patch: bool = False) -> dict[str, Any] | None:
        root = self.patch if patch else self.body
        found: dict[str, Any] | None = root
        for name in path:
            members = self.resolved(root, found or {}).get("properties", {})
            if name not in members:
                return None
            found = members[name]
        if not found:
            return found
        said: dict[str, Any] = {name: found[name] for name in ("description", "examples") if name in found}
        return {**found, **self.resolved(root, found), **said}

    def required(self, path: tuple[str, ...]) -> bool:
        found: dict[str, Any] = self.body
        for name in path:
            if name not in found.get("required", ()):
                return False
            found = self.resolved(self.body, found["properties"][name])
        return True

    @staticmethod
    def resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        for option in schema.get("anyOf", ()):
            if option.get("type") != "null":
                return _Schemas.resolved(root, {**{k: v for k, v in schema.items() if k != "anyOf"}, **option})
        if "$ref" in schema:
            target: dict[str, Any] = root["$defs"][schema["$ref"].rpartition("/")[2]]
            return {**_Schemas.resolved(root, target), **{k: v for k, v in schema.items() if k != "$ref"}}
        return schema


_MADE: dict[str, Columns] = {}


def columns_of(importing: Importing) -> Columns:
    """The columns of a declaration, derived once."""
    made = _MADE.get(importing.resource)
    if made is None:
        made = _MADE[importing.resource] = _derived(importing)
    return made


def _derived(importing: Importing) -> Columns:
    schemas = _Schemas(importing)
    cells: dict[str, Cell] = {}
    nested: dict[str, dict[str, str]] = {}
    covered: set[str] = set()
    for column in importing.listing.columns:
        member = importing.members.get(column.name, column.name)
        for cell in _of_column(importing, schemas, column, member):
            cells[cell.name] = cell
            covered |= set(cell.path[:1])
        given = column.cells or ()
        if len(given) > 1:
            nested[column.name] = {_part(column.name, cell[0]): cell[0] for cell in given}
        elif given and given[0][0] == f"{column.name}_id":  # a pseudonym: the rest follows from it
            nested[column.name] = {"id": given[0][0], "reference": given[0][0], "label": ""}
    for own in importing.own:
        member = own.member or own.name
        path = (own.name,)
        found = schemas.of((member,)) or {}
        cells[own.name] = Cell(
            own.name,
            path,
            _kind(found) if own.kind == "text" and member == own.name else own.kind,
            own.known,
            creates=True,
            changes=schemas.of((member,), patch=True) is not None and member == own.name,
            required=schemas.required((member,)) and member == own.name,
            **_about(importing, schemas, own.name, found if member == own.name else {}, own.description),
            hidden=own.known is None,
            coming=own.coming,
            along=own.along,
        )
        covered.add(member)
    for member, schema in schemas.body["properties"].items():
        if member not in covered and member not in importing.without:
            raise TypeError(f"{importing.resource}: no column writes {member}: {schema.get('title')}")
    cells |= {name: replace(cells[name], when=when) for name, when in importing.when.items()}
    writers: dict[tuple[str, ...], list[str]] = {}
    for cell in cells.values():
        if cell.path:
            writers.setdefault(cell.path, []).append(cell.name)
    identify = frozenset(key[0] for key in importing.keys if len(key) == 1)
    return Columns(cells, {path: tuple(names) for path, names in writers.items()}, nested, identify)


def _part(column: str, cell: str) -> str:
    return cell.removeprefix("name_") if column == "names" else cell.removeprefix(f"{column}_")


def _of_column(importing: Importing, schemas: _Schemas, column: Column, member: str) -> list[Cell]:
    joins = tuple(join for join in (column.needs, column.join) if join)
    given = column.cells or ((column.name, column.json),)
    if member in importing.refers:
        return _reference(importing, schemas, column, member, joins)
    made = []
    for cell in given:
        name, expression = cell[0], cell[1]
        path = (member,) if len(given) == 1 else (member, _part(column.name, name))
        schema = schemas.of(path)
        changed = schemas.of(path, patch=True)
        shown = schema or changed
        moves = name in importing.moves
        derived = column.name == "label" or name == f"{column.name}_label"
        if shown is None and not moves:
            about = importing.says.get(name) or _says(name)
            begins = _begins(importing, column.name)
            made.append(Cell(name, (), None, expression, joins, derived=derived, description=about, begins=begins))
            continue
        made.append(
            Cell(
                name,
                path if shown else (),
                _kind(shown or {}),
                expression,
                joins,
                schema is not None,
                changed is not None or moves,
                schema is not None and schemas.required(path),
                **_about(importing, schemas, name, shown or {}),
                begins="" if schema is not None else _begins(importing, column.name),
            )
        )
    return made


_COUNTED = frozenset({"version", "event_count"})
_LITERAL = re.compile(r"true|false|\d+|'(\w*)'", re.ASCII)


def _begins(importing: Importing, name: str) -> str:
    """The default of the table for what no creation says. What counts steps says that something was there before."""
    column = Base.metadata.tables[importing.listing.table].columns.get(name)
    default = getattr(column, "server_default", None)
    found = _LITERAL.fullmatch(str(default.arg)) if default is not None and name not in _COUNTED else None
    return "" if found is None else found[1] if found[1] is not None else found[0]


def _reference(
    importing: Importing, schemas: _Schemas, column: Column, member: str, joins: tuple[str, ...]
) -> list[Cell]:
    """`x_id`, `x_reference` and `x`, any of which is enough, and the label that follows from them."""
    known = {cell[0].removeprefix(f"{column.name}_"): cell[1] for cell in column.cells}
    creates, changes = schemas.of((member,)) is not None, schemas.of((member,), patch=True) is not None
    schema = schemas.of((member,)) or schemas.of((member,), patch=True) or {}
    changes = changes or column.name in importing.moves
    required = creates and schemas.required((member,))
    about = "" if schema.get("description") == REF else schema.get("description", "")
    example = _example(schemas, schema)
    path = (member,)
    main: Part = "reference" if importing.refers[member].reference else "id"
    parts: tuple[Part, ...] = ("id", "reference")
    made = [
        Cell(
            f"{column.name}_{part}",
            path,
            "uuid" if part == "id" else "text",
            known[part],
            joins,
            creates,
            changes,
            required and part == main,
            part,
            description=importing.says.get(f"{column.name}_{part}") or about,
            example=example if part == main else "",
            refers=importing.refers[member].resource,
        )
        for part in parts
        if part in known
    ]
    either = known.get("reference") or known.get("id")
    if column.name not in {cell[0] for cell in column.cells}:
        made.append(Cell(column.name, path, "text", either, joins, creates, changes, part="either", description=about))
    if "label" in known:
        made.append(Cell(f"{column.name}_label", (), None, known["label"], joins, part="label", derived=True))
    return made


def _kind(schema: dict[str, Any]) -> CellKind:
    kind, form = schema.get("type"), schema.get("format")
    if kind in {"array", "object"} or "items" in schema or "properties" in schema:
        return "json"
    if kind == "integer":
        return "integer"
    if kind == "number" or schema.get("pattern") == AMOUNT:  # a spreadsheet makes 12.5 of 12.50
        return "decimal"
    if kind == "boolean":
        return "truth"
    if form == "date":
        return "day"
    if form == "date-time":
        return "instant"
    if form and form.startswith("uuid"):
        return "uuid"
    return "text"


def _about(
    importing: Importing, schemas: _Schemas, name: str, schema: dict[str, Any], said: str = ""
) -> dict[str, Any]:
    """What a person is told about a column, and what its texts have to be like."""
    item = schemas.resolved(schemas.body, schema.get("items", {}))
    return {
        "values": importing.values.get(name) or _values(schema),
        "description": importing.says.get(name) or said or schema.get("description", "") or _says(name),
        "example": _example(schemas, schema),
        "pattern": schema.get("pattern", ""),
        "longest": schema.get("maxLength"),
        "low": schema.get("minimum", schema.get("exclusiveMinimum")),
        "high": schema.get("maximum", schema.get("exclusiveMaximum")),
        "default": _default(schema.get("default")),
        "plain_list": schema.get("type") == "array" and item.get("type") == "string",
        "words": _values(item),
    }


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""


#: What columns of many resources mean, where their schemas do not say more.
_SAYS = {
    "id": "To change what is there: the id that an export shows. Leave it empty for what is new.",
    "reference": "The short name by which people and other files refer to it. It identifies the row.",
    "external_id": "The key in your own system. It identifies the row, also in later files.",
    "active": "false: it is kept, but no longer offered.",
    "admin_area": "The first administrative level: governorate, region or province.",
    "is_unit": "true: a unit that holds equipment and people; nothing is below it.",
    "note": "For people; nothing is decided by it.",
    "unit_price_amount": "The price of one, without tax; with the currency beside it.",
    "trainers": "Who trains: an organisation's reference, and the role.",
    "capacity": "How many people there is room for.",
    "half_days": "Attendance is counted in them.",
    "manufacturer": "The maker's name.",
    "model_number": "The maker's own name of the model.",
    "controlled": "true: it is on a list of controlled goods.",
    "control_reference": "Its number on that list.",
    "controlled_hint": "On which list of controlled goods such equipment often is.",
    "warranty_days": "How long the warranty lasts where a contract does not say otherwise.",
    "useful_life_months": "After how many months it is usually replaced.",
    "operators_persons": "So many operators are needed for as many items as `operators_items` says; 0: none.",
    "operators_items": "For how many items these operators are enough.",
    "maintainers_persons": "So many maintainers are needed for as many items as `maintainers_items` says; 0: none.",
    "maintainers_items": "For how many items these maintainers are enough.",
    "acceptance_tests": "What is tested when an item is accepted.",
    "maintenance_plan": "What is to be done, and every how many months or units of its meter.",
    "covers": "The models or types that the course is about.",
}
_LANGUAGES = {"en": "English", "fr": "French", "it": "Italian", "ar": "Arabic"}


def _says(name: str) -> str:
    if name.startswith("name_") and name[5:] in _LANGUAGES:
        return f"The name in {_LANGUAGES[name[5:]]}."
    return _SAYS.get(name, "")


def _values(schema: dict[str, Any]) -> tuple[str, ...]:
    if "const" in schema:
        return (str(schema["const"]),)
    if schema.get("type") == "boolean":
        return ("true", "false")
    return tuple(str(value) for value in schema.get("enum", ()))


def _example(schemas: _Schemas, schema: dict[str, Any]) -> str:
    """One value as it stands in a cell: the schema's own example, or one made of those of its parts."""
    if _values(schema):
        return ""
    found = _sample(schemas, schema)
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return ", ".join(found)
    return found if isinstance(found, str) else "" if found is None else orjson.dumps(found).decode()


def _sample(schemas: _Schemas, schema: dict[str, Any]) -> Any:
    schema = schemas.resolved(schemas.body, schema)
    given = schema.get("examples") or ()
    if given:
        return given[0]
    if "items" in schema:
        each = _sample(schemas, schema["items"])
        return None if each is None else [each]
    if schema.get("type") == "object":
        parts = {name: _sample(schemas, schema["properties"][name]) for name in schema.get("required", ())}
        return None if None in parts.values() or not parts else parts
    return (_values(schema) or (None,))[0] if schema.get("type") != "boolean" and "enum" in schema else None
