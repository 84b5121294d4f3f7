"""Courses over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.courses import CourseChange, CourseIn, CourseOut, CourseQuery, EditionIn
from app.services import courses
from app.web.answers import answer_changed, answer_created
from app.web.callers import CatalogueWriter, RegisterReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/courses", tags=["courses"], route_class=HouseRoute)


@router.get("", response_model=Listed[CourseOut], responses=LIST_CONTENT)
async def list_courses(
    request: Request,
    query: Annotated[CourseQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Courses: one catalogue for the deployment, every edition a row of its own."""
    return await answer_query(request, tx, courses.LISTING, query, language)


@router.get("/{course}", response_model=CourseOut, responses=problems(404))
async def get_course(
    request: Request,
    course: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One course by its id, or the last edition by its reference."""
    return await answer_read(request, tx, courses.LISTING, course, query, language)


@router.post("", status_code=201, response_model=CourseOut, responses=problems(409))
async def create_course(body: CourseIn, _: CatalogueWriter, tx: Transaction) -> Response:
    """Add a course in its first edition."""
    made = await courses.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/courses/{made.id}")


@router.patch("/{course}", response_model=CourseOut, responses=problems(404, 409, 412, 428))
async def change_course(
    course: Annotated[Ref, Path()], body: CourseChange, version: IfMatch, _: CatalogueWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names. What it covers and takes changes by a new edition only."""
    changed = await courses.change(tx, course, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{course}/editions", status_code=201, response_model=CourseOut, responses=problems(404, 409))
async def add_edition(course: Annotated[Ref, Path()], body: EditionIn, _: CatalogueWriter, tx: Transaction) -> Response:
    """Add the next edition: what is absent is as in the last one. Sessions keep the edition that they have."""
    made = await courses.add_edition(tx, course, body)
    return answer_created(made.body, made.version, f"/api/v1/courses/{made.id}")


offer_history(router, courses.LISTING)
