"""Trainees: people of beneficiary agencies, by pseudonym. Names come in, and go out by logged identity reads only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import UUID4, Field, StringConstraints

from app.schemas.common import Answer, Body, Day, DaysOut, Language, ListQuery, Ref, Related, Several, Text, Truth, keep

GradeBand = Literal["rank_and_file", "non_commissioned", "officer", "civilian"]
Sex = Literal["female", "male", "undisclosed"]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
WorkContact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
Purpose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500)]

_NAME = "Letters only. It is sealed in the vault; answers never show it."
_CONTACT = "A work e-mail address, or a telephone that begins with +. Sealed like the name."
_EXTERNAL = "The person's key in your own system; never the number of a card or service file (no 5 digits in a row)."
_CONFIRM = "It is not one of the trainees that `possible_duplicate` named."


class PostedTo(Answer):
    """Where somebody serves now."""

    id: UUID
    unit: Related | None
    site: Related | None
    period: DaysOut


class TraineeOut(Answer):
    """A person by pseudonym. Nothing here tells who it is."""

    id: UUID = Field(description="The pseudonym: random, and the only thing that other records know of the person.")
    label: str
    agency: Related | None
    posting: PostedTo | None = Field(description="Where the person serves today.")
    grade_band: GradeBand
    sex: Sex
    language: Language
    merged_into: Related | None = Field(description="The pseudonym of the same person that counts.")
    merged_at: datetime | None
    erased_at: datetime | None = Field(description="From then on nobody can tell who this was.")
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class FirstPosting(Body):
    """Where the person serves."""

    unit: Ref = Field(examples=["AG-TN-SFAX"])
    site: Ref | None = Field(None, examples=["SITE-TNSFA"])
    starts_on: Day = Field(examples=["2026-01-01"])


class TraineeIn(Body):
    """A new person. `id` may be made by the client: a random UUIDv4, because it points to a person."""

    id: UUID4 | None = None
    name: PersonName = Field(description=_NAME, examples=["Salma Example"])
    work_contact: WorkContact | None = Field(None, description=_CONTACT, examples=["salma@example.org"])
    agency: Ref = Field(examples=["AG-TN-SFAX"], description="The unit, or the agency above it, that the person is of.")
    posting: FirstPosting | None = None
    grade_band: GradeBand = Field(examples=["officer"])
    sex: Sex = Field(examples=["female"])
    language: Language = Field(examples=["fr"])
    external_id: Text | None = Field(None, description=_EXTERNAL)
    confirm_new: Truth = Field(default=False, description=_CONFIRM)


class TraineeChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties."""

    name: PersonName = keep(description=_NAME)
    work_contact: WorkContact | None = Field(None, description=_CONTACT)
    agency: Ref = keep()
    grade_band: GradeBand = keep(examples=["non_commissioned"])
    sex: Sex = keep()
    language: Language = keep()
    external_id: Text | None = Field(None, description=_EXTERNAL)
    confirm_new: Truth = Field(default=False, description=_CONFIRM)


class TraineeQuery(ListQuery):
    """Filters of the list of trainees."""

    agency_id: Several[Ref] | None = Field(None, description="Of these agencies themselves.")
    below: Several[Ref] | None = Field(None, description="Of these agencies and everything below them.")
    unit_id: Several[Ref] | None = Field(None, description="Posted to one of these units today.")
    grade_band: Several[GradeBand] | None = Field(None, description="Of these grade bands.")
    sex: Several[Sex] | None = Field(None, description="Of these sexes, as they were recorded.")
    language: Several[Language] | None = Field(None, description="Whose language is one of these.")
    merged: bool | None = Field(None, description="Pseudonyms that do not count, because another one does.")
    erased: bool | None = Field(None, description="True: those whose name was erased; false: the others.")
    external_id: Several[str] | None = Field(None, description="With one of these numbers of another system.")


class IdentityIn(Body):
    """Why the name is needed. It is kept, with who asked: no names, no numbers of persons."""

    purpose: Purpose = Field(examples=["Attendance sheet of the radio course"])


class IdentityOut(Answer):
    """Who a pseudonym is. Do not keep it longer than the purpose takes."""

    trainee: Related
    name: str
    work_contact: str | None


class SearchIn(Body):
    """Look for a person by exact name; case, accents and spaces do not count."""

    name: PersonName = Field(examples=["Salma Example"])
    agency: Ref = Field(examples=["AG-TN-CG"], description="Searched with everything below it.")
    purpose: Purpose = Field(examples=["Looking for a nominee of the radio course"])


class FoundOut(Answer):
    """People of that name."""

    items: list[IdentityOut]


class MergeIn(Body):
    """Two pseudonyms are one person."""

    into: UUID = Field(
        description="The pseudonym that counts from now on.", examples=["7d0f3a52-5c1e-4b7a-9a54-2f6f0c9d1e11"]
    )


class MoveIn(Body):
    """A person is posted to another unit, or another site."""

    unit: Ref = Field(examples=["AG-TN-BIZERTE"])
    site: Ref | None = None
    on: Day = Field(examples=["2026-07-01"], description="First day there; the day before is the last one here.")
