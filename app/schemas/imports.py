"""Imports: what is shown and asked; and bodies of rows that say more than a single call (API 12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.common import OWN_ID, Answer, Body, Bound, ListQuery, Number, PageQuery, Several, Text
from app.schemas.equipment import EquipmentIn
from app.schemas.records import RecordIn, Results
from app.schemas.records import Stage as RecordStage

ImportMode = Literal["validate", "commit"]
FileFormat = Literal["csv", "xlsx", "jsonl"]
Encoding = Literal["utf-8", "cp1252", "cp1256"]
Delimiter = Literal[",", ";", "tab"]
ImportState = Literal["queued", "running", "valid", "invalid", "committed", "failed", "dead", "cancelled"]


class EquipmentRow(EquipmentIn):
    """A row that stands for a new item: ordered, or delivered already (custody is required then)."""

    stage: Literal["ordered", "delivered"] = "ordered"


class RecordRow(RecordIn, Results):
    """A row that stands for a new record: nominated, or led on step by step to where it stands."""

    stage: RecordStage = "nominated"
    reason: Text | None = None


class ImportJob(Answer):
    """The job that works on it, or did last."""

    id: UUID


class ImportFile(Answer):
    """What was uploaded."""

    name: str | None
    size: int
    sha256: str
    format: FileFormat


class ImportOut(Answer):
    """One file on its way in. Only its uploader sees it; it is deleted at `expires_at`."""

    id: UUID
    resource: str = Field(examples=["sites"])
    mode: ImportMode
    state: ImportState = Field(
        description="`valid`, `invalid` (there are faults, nothing was written), `committed`; else that of the job."
    )
    job: ImportJob
    file: ImportFile
    rows: int
    faults: int
    created: int = Field(description="Rows that stand for something new.")
    changed: int
    unchanged: int
    expires_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime


class ImportQuery(ListQuery):
    """Filters of the list of imports."""

    resource: Several[Text] | None = Field(None, description="Imports of these resources, by the word of their path.")
    mode: Several[ImportMode] | None = Field(None, description="Imports that were asked for in these modes.")
    created_at_gte: Bound | None = Field(
        None, alias="created_at.gte", description="Made at this instant or later; a day alone is its beginning in UTC."
    )
    created_at_lt: Bound | None = Field(
        None, alias="created_at.lt", description="Made before this instant, or this day in UTC."
    )


class ImportFaultOut(Answer):
    """One wrong cell. What stands in it is not repeated."""

    id: int = Field(description="From 1 on in each import.")
    row: int = Field(description="As a spreadsheet counts: the header is mostly row 1. 0: the file as a whole.")
    column: str | None = Field(description="Null: the row as a whole.")
    code: str
    detail: str = Field(description="What was expected.")


class ImportFaultQuery(PageQuery):
    """Filters of the faults of an import."""

    id: Several[Number] | None = Field(None, description=OWN_ID)
    code: Several[Text] | None = Field(None, description="Faults of these codes.")
    column: Several[Text] | None = Field(None, description="Faults in these columns.")


class ImportChangeOut(Answer):
    """What rows would do, or did. Neighbours that would be new, or are unchanged, are told as one."""

    id: int = Field(description="From 1 on in each import.")
    row: int
    last_row: int
    outcome: Literal["created", "changed", "unchanged"]
    object_id: UUID | None = Field(description="What was created or is changed; null before it is created.")
    reference: str | None = Field(description="Its reference, where it has one.")
    before: dict[str, Any] | None = Field(description="The columns that differ, as they are.")
    after: dict[str, Any] | None = Field(description="The same as the file has them.")


class ImportChangeQuery(PageQuery):
    """Filters of what an import would change."""

    id: Several[Number] | None = Field(None, description=OWN_ID)
    outcome: Several[Literal["created", "changed", "unchanged"]] | None = Field(
        None, description="Rows of which this came, or would come."
    )


class ImportFileQuery(Body):
    """Which file."""

    with_: Literal["faults"] | None = Field(None, alias="with", description="`faults`: with a column that names them.")


class TemplateQuery(Body):
    """In which form the file to fill comes."""

    format: Literal["csv", "xlsx"] = Field("csv", description="Form of the file to fill.")


class ImportColumnOut(Answer):
    """One column of the file to fill."""

    name: str
    type: str
    required: bool = Field(description="Of a row that stands for something new.")
    creates: bool = Field(description="A new row may say it.")
    changes: bool = Field(description="It may be changed.")
    values: list[str] = Field(description="The only values, where there are few.")
    description: str


class TemplateOut(Answer):
    """What can be imported, and with which columns."""

    resource: str
    scope: str
    keys: list[list[str]] = Field(description="Columns by which a row is known again.")
    columns: list[ImportColumnOut]


class TemplatesOut(Answer):
    """Everything that can be imported."""

    items: list[TemplateOut]
