"""Suppliers over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.suppliers import SupplierChange, SupplierIn, SupplierOut, SupplierQuery
from app.services import suppliers
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, SuppliersWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/suppliers", tags=["suppliers"], route_class=HouseRoute)


@router.get("", response_model=Listed[SupplierOut], responses=LIST_CONTENT)
async def list_suppliers(
    request: Request,
    query: Annotated[SupplierQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Suppliers: one catalogue for the deployment."""
    return await answer_query(request, tx, suppliers.LISTING, query, language)


@router.get("/{supplier}", response_model=SupplierOut, responses=problems(404))
async def get_supplier(
    request: Request,
    supplier: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One supplier by its id or reference."""
    return await answer_read(request, tx, suppliers.LISTING, supplier, query, language)


@router.post("", status_code=201, response_model=SupplierOut, responses=problems(409))
async def create_supplier(body: SupplierIn, _: SuppliersWriter, tx: Transaction) -> Response:
    """Add a supplier. Its organisation is made along with it, under the same id and reference."""
    made = await suppliers.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/suppliers/{made.id}")


@router.patch("/{supplier}", response_model=SupplierOut, responses=problems(404, 409, 412, 428))
async def change_supplier(
    supplier: Annotated[Ref, Path()], body: SupplierChange, version: IfMatch, _: SuppliersWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names; its organisation follows, unless it is of other kinds too."""
    changed = await suppliers.change(tx, supplier, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, suppliers.LISTING)
