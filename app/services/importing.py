"""How a resource is imported, declared beside its LISTING: `IMPORTING = Importing(...)` (API 12).

Columns are those of the CSV export. Which of them are written, of what kind, required and valid they are, follows from
the schemas of creation and change; rows go through the same services as single calls. So a new resource is imported by
naming what it has already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel

from app.db import writing
from app.db.listing import Listing
from app.db.session import Tx
from app.domain.access import Scope
from app.domain.errors import DomainError
from app.domain.imports import CellKind
from app.security.keys import Keys
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Work:
    """What the writers of rows work with."""

    tx: Tx
    keys: Keys
    settings: Settings
    #: False: nothing will be kept; whoever can say what would happen without doing it may.
    commit: bool
    #: People whose names were compared with those of the file; each is kept in the log of identity reads.
    compared: list[tuple[UUID, UUID]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class New:
    """A row that stands for something new, with its body; references in it are ids already."""

    row: int
    body: Any
    #: What `Importing.ready` made of the body.
    ready: Any = None


@dataclass(frozen=True, slots=True)
class Edited:
    """A row that stands for something known and differs from it. `patch` holds what differs."""

    row: int
    id: UUID
    version: int
    patch: Any
    #: Columns that differ, as they are and as they are to be; for resources that do more than a patch.
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    #: All that the row is now, by the columns of the file.
    there: Mapping[str, str | None] = field(default_factory=dict)


#: What is wrong with a row: row number, error.
Refusals = list[tuple[int, DomainError]]


class Writer(Protocol):
    """Writes many rows at once; tells which it refused, and leaves nothing of those."""

    async def create(self, work: Work, rows: Sequence[New]) -> Refusals:
        """Add what is new."""

    async def change(self, work: Work, rows: Sequence[Edited]) -> Refusals:
        """Change what is known."""


@dataclass(frozen=True, slots=True)
class Own:
    """A column that the export does not have: it is written only, or another way to write a member."""

    name: str
    #: The member of the body that it stands for, for faults; by default its own name.
    member: str = ""
    kind: CellKind = "text"
    #: The value that there is, where it can be compared (SQL); without, it is only compared by `hidden`.
    known: str | None = None
    description: str = ""
    #: The value that there is to be (SQL). A row whose columns all say what is to be changes nothing, either.
    coming: str | None = None
    #: How a new row is meant, or an edit whose patch knows it: no value of what is there, and never an edit by itself.
    along: bool = False


@dataclass(frozen=True)
class Importing:
    """One resource's import."""

    listing: Listing
    scope: Scope
    body: type[BaseModel]
    create: Callable[[Work, Any], Awaitable[Any]]
    #: None: what is there is not changed by imports.
    patch: type[BaseModel] | None = None
    change: Callable[[Work, UUID, int, Any], Awaitable[Any]] | None = None
    #: Member → the listing that it refers to.
    refers: Mapping[str, Listing] = field(default_factory=dict)
    #: Column of the listing → member of the body, where they differ.
    members: Mapping[str, str] = field(default_factory=dict)
    own: tuple[Own, ...] = ()
    #: Members of the body that no column writes.
    without: frozenset[str] = frozenset()
    #: Columns by which a row finds what it stands for, the first that is given: a name, or names that do together.
    keys: tuple[tuple[str, ...], ...] = (("id",), ("reference",), ("external_id",))
    #: The member within which an external id is unique; None: everywhere.
    unique_within: str | None = None
    #: Turns the members of a row into what the body takes, in place.
    arrange: Callable[[dict[str, Any]], None] | None = None
    #: Column → whether a text of it says what there is in another way (given, known), for what no kind of cell tells.
    alike: Mapping[str, Callable[[str, str], bool]] = field(default_factory=dict)
    #: Columns whose edits the writer itself carries out, beside the patch (steps through a door).
    moves: frozenset[str] = frozenset()
    #: Valid values of columns that no schema describes, for the template (steps through a door).
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: When a column is required that the schema lets be empty: the template says so instead of "Optional".
    when: Mapping[str, str] = field(default_factory=dict)
    #: What the template says about a column, where the schema of single calls speaks of something else.
    says: Mapping[str, str] = field(default_factory=dict)
    #: Columns that the writer has to know the present value of, whether the file has them or not.
    needs: tuple[str, ...] = ()
    #: Values that no list shows, to compare with: (work, ids, columns) → {id: {column: text}}. Reports never show them.
    hidden: Callable[[Work, Sequence[UUID], frozenset[str]], Awaitable[dict[UUID, dict[str, str | None]]]] | None = None
    #: How else a row is known again, behind the names of `keys`.
    found_by: str = ""
    #: Columns by which `find` finds a row.
    find_keys: tuple[str, ...] = ()
    #: Finds rows by what is no column of the table: (work, bodies as members by row) → {row: id}.
    find: Callable[[Work, Mapping[int, Mapping[str, Any]]], Awaitable[dict[int, UUID]]] | None = None
    #: What a new row may not share with another row of the file, beside its keys, made from its arranged members: text
    #: → the columns that say it.
    unique: Callable[[Mapping[str, Any]], Mapping[str, Sequence[str]]] | None = None
    #: Member, or `member:code` of one fault → the members that its checks look at besides: while one of those is wrong,
    #: it is not told.
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Texts that stand in for required cells that are wrong, where the schema's examples will not do.
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    #: What the writer makes of a body without asking the database, made while the database works on rows before it.
    ready: Callable[[Any], Any] | None = None
    writer: Writer | None = None
    #: The id of something new that names none.
    new_id: Callable[[], UUID] = writing.new_id
    batch: int = 500

    @property
    def resource(self) -> str:
        """The public word."""
        return self.listing.resource
