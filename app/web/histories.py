"""`GET /{resource}/{id}/history`, the same for every resource: one line in its router."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, Security

from app.db.listing import Listing
from app.domain.access import Caller, Scope
from app.problems import problems
from app.schemas.common import Listed, Ref
from app.schemas.history import HistoryQuery, RevisionOut
from app.services import history
from app.web.callers import current_caller
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import Language, Transaction


def offer_history(router: APIRouter, listing: Listing, scope: Scope = Scope.REGISTER_READ) -> None:
    """Add the operation to a router; `scope` is the one that reading the resource needs."""
    shown = replace(history.LISTING, personal=listing.personal)

    @router.get("/{ident}/history", response_model=Listed[RevisionOut], responses={**LIST_CONTENT, **problems(404)})
    async def list_history(
        request: Request,
        ident: Annotated[Ref, Path()],
        query: Annotated[HistoryQuery, Query()],
        _: Annotated[Caller, Security(current_caller, scopes=[scope])],
        tx: Transaction,
        language: Language,
    ) -> Response:
        """Who changed what in it and when, the latest first. Whoever sees the object sees its history."""
        within = await history.of(tx, listing, ident)
        return await answer_query(request, tx, shown, query, language, within=within)
