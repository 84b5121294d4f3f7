"""Parameters that operations share, as annotated types: a signature that names one gets its rules and its words.

Unknown and repeated parameters are refused by the route itself (`app/web/route.py`), so nothing here can forget it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query
from pydantic import BeforeValidator
from starlette.requests import Request

from app.db.session import Tx
from app.domain.errors import PreconditionMissing
from app.problems import Malformed
from app.security.keys import Keys
from app.settings import Settings
from app.web.at_once import at_once

LANGUAGES = ("en", "fr", "it", "ar")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200

_IF_MATCH = re.compile(r'"(\d{1,18})(?:-[0-9A-Za-z_-]*)?"', re.ASCII)


def _transaction(request: Request) -> Tx:
    tx: Tx = request.scope["state"]["tx"]
    return tx


@at_once(_transaction)
async def transaction(request: Request) -> Tx:
    """The transaction of this request. Nobody but the route commits or rolls back (HOUSE 3)."""
    return _transaction(request)


Transaction = Annotated[Tx, Depends(transaction)]


async def rights_transaction(request: Request) -> Tx:
    """The transaction of a request that changes somebody's rights: this process asks for rights anew after it."""
    tx: Tx = request.state.tx
    tx.after_commit.append(request.app.state.rights.forget)
    return tx


RightsTransaction = Annotated[Tx, Depends(rights_transaction)]


async def keys_of_process(request: Request) -> Keys:
    """The keys of this deployment, for operations that seal or open names."""
    found: Keys = request.app.state.keys
    return found


VaultKeys = Annotated[Keys, Depends(keys_of_process)]


async def configuration(request: Request) -> Settings:
    """The settings of this process."""
    found: Settings = request.app.state.settings
    return found


Configuration = Annotated[Settings, Depends(configuration)]


def _version(if_match: str | None) -> int:
    return parse_if_match(if_match)


@at_once(_version)
async def version_to_change(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='The version that the change is based on: `"7"`, or the whole `ETag` of a GET. '
            "428 without it, 412 when somebody was faster.",
            examples=['"7"'],
            json_schema_extra={"pattern": f"^{_IF_MATCH.pattern}$"},  # told, not enforced: another form of it is a 400
        ),
    ] = None,
) -> int:
    """The version that the caller read (API 9)."""
    return parse_if_match(if_match)


IfMatch = Annotated[int, Depends(version_to_change)]


def parse_if_match(value: str | None) -> int:
    """The version in `"<version>"` or `"<version>-<hash>"`. Weak tags, lists and `*` do not name one version."""
    if value is None:
        raise PreconditionMissing
    match = _IF_MATCH.fullmatch(value.strip())
    if match is None:
        raise Malformed('If-Match has to be one strong entity tag like "7" or the ETag of a GET; `*` is not enough.')
    return int(match[1])


def _language(accept_language: str | None) -> str:
    return best_language(accept_language)


@at_once(_language)
async def language(
    accept_language: Annotated[
        str | None,
        Header(alias="Accept-Language", description="Language of titles, labels and documents: en, fr, it or ar."),
    ] = None,
) -> str:
    """The language to answer in (API 20): the best of `Accept-Language` that there is, else English."""
    return best_language(accept_language)


Language = Annotated[str, Depends(language)]


def best_language(accept: str | None) -> str:
    """`fr-CH, it;q=0.8` → `fr`. What cannot be read counts as not said."""
    if accept is None:
        return "en"
    best, best_weight = "en", 0.0
    for part in accept.split(","):
        tag, _, parameter = part.partition(";")
        code = tag.strip().lower().partition("-")[0]
        quality = parameter.strip().lower().removeprefix("q=").strip()
        weight = 1.0 if not quality else float(quality) if re.fullmatch(r"[01](\.\d{0,3})?", quality) else 0.0
        if weight > best_weight and code in LANGUAGES:
            best, best_weight = code, weight
    return best


def split_commas(value: Any) -> Any:
    """Repeated and comma-separated values mean the same: any of (API 5). Empty pieces stay, to be refused."""
    if not isinstance(value, list):
        return value
    return [piece for item in value for piece in (item.split(",") if isinstance(item, str) else [item])]


#: Makes a list-typed query parameter take commas: `Annotated[list[Stage] | None, Query(), Commas]`.
Commas = BeforeValidator(split_commas)

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Number of objects on a page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=2000, description="`page.next` of the page before. Bound to the same filters and order."),
]
Sort = Annotated[
    str | None,
    Query(max_length=64, pattern=r"^-?[a-z_]+$", description="One of the orders of this list; `-` turns it round."),
]
Total = Annotated[
    Literal["none", "estimate", "exact"],
    Query(description="Whether to count what matches. Counting costs more than the page."),
]
Fields = Annotated[
    list[str] | None, Query(description="Only these members: `fields=id,reference`. The database reads no others."),
    Commas,
]  # fmt: skip
Expand = Annotated[
    list[str] | None, Query(description="Related objects to show whole instead of as `{id, reference, label}`."),
    Commas,
]  # fmt: skip
Search = Annotated[
    str | None,
    Query(alias="q", min_length=2, max_length=200, description="Text in any of the four languages, accents folded."),
]
