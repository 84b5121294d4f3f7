"""Gate one: may this caller do this at all? The signature is the policy, and OpenAPI shows it (HOUSE 4).

An operation names one alias, for instance `caller: EquipmentWriter`. The route (`app/web/route.py`) reads the scope
from the signature and settles who is calling before anything else; the alias then hands over the caller.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Security
from fastapi.security import OAuth2
from starlette.requests import Request

from app.domain.access import Caller, Scope
from app.domain.errors import Unauthorised
from app.security.tokens import Claims
from app.services.rights import narrowed
from app.web.at_once import at_once
from app.web.sent import header

TOKEN_URL = "/api/v1/oauth/token"  # noqa: S105 - an address, not a secret

#: What each scope is for, as the OpenAPI document tells it.
SCOPES: dict[Scope, str] = {
    Scope.REGISTER_READ: "Read programmes, components, organisations, agencies, sites and the catalogue.",
    Scope.REGISTER_WRITE: "Change programmes, components, agencies, sites and participations.",
    Scope.CATALOGUE_WRITE: "Change equipment types, models and courses.",
    Scope.SUPPLIERS_WRITE: "Change suppliers.",
    Scope.ORGANISATIONS_WRITE: "Change organisations.",
    Scope.DELEGATIONS_WRITE: "Delegate components to organisations, and end that.",
    Scope.ACCOUNTS_READ: "Read accounts of one's organisation.",
    Scope.ACCOUNTS_WRITE: "Invite, change and close accounts, and give them roles that one has oneself.",
    Scope.CLIENTS_READ: "Read clients (scripts) of one's organisation.",
    Scope.CLIENTS_WRITE: "Make, change and close clients, and rotate their secrets.",
    Scope.EQUIPMENT_READ: "Read items, deliveries and documents.",
    Scope.EQUIPMENT_WRITE: "Register items and move them along their stages.",
    Scope.EQUIPMENT_BACKDATE: "Record events further back than is ordinarily allowed, with a reason.",
    Scope.EQUIPMENT_CONFIRM: "Confirm receipt and report the condition of items of one's agency.",
    Scope.DELIVERIES_WRITE: "Record deliveries and register their items.",
    Scope.ACCEPTANCES_WRITE: "Draw up and submit acceptance certificates.",
    Scope.ACCEPTANCES_APPROVE: "Approve or return acceptance certificates.",
    Scope.HANDOVERS_WRITE: "Draw up and submit handover protocols.",
    Scope.HANDOVERS_APPROVE: "Approve or return handover protocols.",
    Scope.REQUIREMENTS_WRITE: "Record that a requirement is met.",
    Scope.REQUIREMENTS_WAIVE: "Waive a requirement, with a reason.",
    Scope.FILES_READ: "Read attached files.",
    Scope.FILES_WRITE: "Upload and attach files.",
    Scope.TRAINING_READ: "Read courses and sessions.",
    Scope.TRAINING_WRITE: "Plan sessions and record results.",
    Scope.TRAINEES_READ: "Read trainees (by pseudonym), training records and qualifications.",
    Scope.TRAINEES_NOMINATE: "Nominate trainees of one's agency.",
    Scope.TRAINEES_WRITE: "Change trainees and their postings.",
    Scope.TRAINEES_IDENTIFY: "Read the names of trainees; every reading is recorded.",
    Scope.TRAINEES_ERASE: "Erase the identity of a trainee.",
    Scope.QUALIFICATIONS_RECOGNISE: "Recognise qualifications gained elsewhere.",
    Scope.READINESS_READ: "Read readiness and training demand.",
    Scope.AUDIT_READ: "Read histories, chains and checkpoints, and verify them.",
    Scope.SECURITY_READ: "Read the security log.",
}


@dataclass(slots=True)
class _Known:
    """A verified token; its caller as the rights gave it, and the same narrowed to the token's scopes."""

    claims: Claims
    until: float
    rights: Caller | None = None
    caller: Caller | None = None

    def narrowed(self, rights: Caller) -> Caller:
        """The caller with these rights, as far as the token's scopes reach."""
        if rights is not self.rights or self.caller is None:
            self.rights, self.caller = rights, narrowed(rights, self.claims.scope)
        return self.caller


class Gate:
    """Turns tokens into callers. One per process; `create_app` makes it and `app.state.gate` holds it."""

    REMEMBERED = 4096
    SECONDS = 60.0

    def __init__(
        self,
        verify: Callable[[str], Claims],
        rights: Callable[[Claims], Awaitable[Caller]],
        fresh: Callable[[Claims], Caller | None] | None = None,
    ) -> None:
        """`verify` checks a token (any failure is Unauthorised); `rights` asks the database, with its own cache.

        `fresh` is what that cache still holds, if anything.
        """
        self._verify = verify
        self._rights = rights
        self._fresh = fresh
        self._known: dict[str, _Known] = {}

    def at_once(self, token: str) -> Caller | None:
        """The caller behind a token, where nothing has to be verified or asked for; else None."""
        known = self._known.get(token)
        if known is None or self._fresh is None or known.until <= time.time():
            return None
        rights = self._fresh(known.claims)
        return None if rights is None else known.narrowed(rights)

    async def caller(self, token: str) -> Caller:
        """The caller behind a token: verified at most 60 seconds ago, with rights as fresh as `rights` says."""
        known = self._known.get(token)
        if known is None or known.until <= time.time():
            known = self._remember(token)
        return known.narrowed(await self._rights(known.claims))

    def claims(self, token: str) -> Claims:
        """What a verified token says of itself: its session and when it expires."""
        known = self._known.get(token)
        return (known or self._remember(token)).claims

    def _remember(self, token: str) -> _Known:
        claims = self._verify(token)
        while len(self._known) >= self.REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known.pop(token, None)
        known = self._known[token] = _Known(claims, min(float(claims.exp), time.time() + self.SECONDS))
        return known


def bearer(request: Request) -> str:
    """The access token of a request; Unauthorised when there is none."""
    scheme, _, token = (header(request, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised("Send an access token: `Authorization: Bearer <token>`.")
    return token.strip()


def _settled(request: Request) -> Caller:
    caller: Caller | None = request.scope["state"].get("caller")
    if caller is None:
        raise RuntimeError(f"{request.scope.get('path')} asks for its caller without being a HouseRoute")
    return caller


class CallerScheme(OAuth2):
    """The security scheme of OpenAPI, and the dependency that hands over the caller whom the route has settled."""

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """The caller of this request."""
        return _settled(request)


_FLOW = {"tokenUrl": TOKEN_URL, "scopes": {scope.value: text for scope, text in SCOPES.items()}}

current_caller = CallerScheme(
    flows={"password": _FLOW, "clientCredentials": _FLOW},
    scheme_name="oauth2",
    description="Access tokens (RFC 9068) of accounts and clients, valid for minutes. "
    "Rights come from the database at each request, not from the token.",
    auto_error=False,
)
at_once(_settled)(current_caller)


def admit(caller: Caller, scope: str | None) -> Caller:
    """The caller as far as the scope of the operation reaches; Forbidden, naming it, for one who lacks it."""
    if scope is None:
        return caller
    caller.require(scope)
    return caller.within(scope)


AnyCaller = Annotated[Caller, Security(current_caller)]
RegisterReader = Annotated[Caller, Security(current_caller, scopes=[Scope.REGISTER_READ])]
RegisterWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.REGISTER_WRITE])]
CatalogueWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.CATALOGUE_WRITE])]
SuppliersWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.SUPPLIERS_WRITE])]
OrganisationsWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.ORGANISATIONS_WRITE])]
DelegationsWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.DELEGATIONS_WRITE])]
AccountsReader = Annotated[Caller, Security(current_caller, scopes=[Scope.ACCOUNTS_READ])]
AccountsWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.ACCOUNTS_WRITE])]
ClientsReader = Annotated[Caller, Security(current_caller, scopes=[Scope.CLIENTS_READ])]
ClientsWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.CLIENTS_WRITE])]
EquipmentReader = Annotated[Caller, Security(current_caller, scopes=[Scope.EQUIPMENT_READ])]
EquipmentWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.EQUIPMENT_WRITE])]
EquipmentBackdater = Annotated[Caller, Security(current_caller, scopes=[Scope.EQUIPMENT_BACKDATE])]
EquipmentConfirmer = Annotated[Caller, Security(current_caller, scopes=[Scope.EQUIPMENT_CONFIRM])]
DeliveriesWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.DELIVERIES_WRITE])]
AcceptancesWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.ACCEPTANCES_WRITE])]
AcceptancesApprover = Annotated[Caller, Security(current_caller, scopes=[Scope.ACCEPTANCES_APPROVE])]
HandoversWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.HANDOVERS_WRITE])]
HandoversApprover = Annotated[Caller, Security(current_caller, scopes=[Scope.HANDOVERS_APPROVE])]
RequirementsWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.REQUIREMENTS_WRITE])]
RequirementsWaiver = Annotated[Caller, Security(current_caller, scopes=[Scope.REQUIREMENTS_WAIVE])]
FilesReader = Annotated[Caller, Security(current_caller, scopes=[Scope.FILES_READ])]
FilesWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.FILES_WRITE])]
TrainingReader = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINING_READ])]
TrainingWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINING_WRITE])]
TraineesReader = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINEES_READ])]
TraineesNominator = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINEES_NOMINATE])]
TraineesWriter = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINEES_WRITE])]
TraineesIdentifier = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINEES_IDENTIFY])]
TraineesEraser = Annotated[Caller, Security(current_caller, scopes=[Scope.TRAINEES_ERASE])]
QualificationsRecogniser = Annotated[Caller, Security(current_caller, scopes=[Scope.QUALIFICATIONS_RECOGNISE])]
ReadinessReader = Annotated[Caller, Security(current_caller, scopes=[Scope.READINESS_READ])]
AuditReader = Annotated[Caller, Security(current_caller, scopes=[Scope.AUDIT_READ])]
SecurityReader = Annotated[Caller, Security(current_caller, scopes=[Scope.SECURITY_READ])]
