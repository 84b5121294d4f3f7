"""Named constraints of the database and the domain errors they mean (HOUSE 2 and 5).

A constraint that is not listed here still becomes a typed error by its SQLSTATE; the list gives better words.
Messages of the database are never shown: they can hold values of rows out of the caller's sight.
"""

from __future__ import annotations

from typing import Any, cast

import asyncpg
import structlog

from app.domain.errors import Conflict, Fault, Forbidden, NotFound, Rejected, Taken, Unavailable

log = structlog.get_logger(__name__)

#: constraint name → (pointer into the body, sentence)
TAKEN: dict[str, tuple[str, str]] = {
    "ex_postings_one_at_a_time": ("/period", "The person is posted somewhere during that time."),
    "uq_trainees_agency_id_external_id": ("/external_id", "This external id is already used in the agency."),
    "uq_training_records_session_id_trainee_id": ("/trainee", "The trainee is in this session already."),
    "uq_training_sessions_component_id_external_id": ("/external_id", "This external id is already used."),
    "uq_accounts_account_name": ("/account_name", "This account name is already used."),
    "pk_accounts": ("/id", "This id is already used."),
    "uq_grants_account_id_role_component_id": ("/role", "The account has this role already."),
    "pk_clients": ("/id", "This id is already used."),
    "uq_clients_client_id": ("/client_id", "This client id is already used."),
    "pk_organisations": ("/id", "This id is already used."),
    "uq_organisations_reference": ("/reference", "This reference is already used."),
    "uq_organisations_external_id": ("/external_id", "This external id is already used."),
    "uq_agencies_external_id_organisation_id": ("/external_id", "This external id is already used there."),
    "uq_sites_external_id_organisation_id": ("/external_id", "This external id is already used there."),
    "pk_delegations": ("/id", "This id is already used."),
    "uq_identifiers_scheme_issuer_value": ("/identifiers", "One of these identifiers is already registered."),
    "uq_courses_reference_edition": ("/reference", "There is this edition of the course already."),
    "ex_participations_one_at_a_time": ("/period", "The agency takes part in this component at that time already."),
}

#: What the end of a name says, where the name itself is not listed.
_TAKEN_ENDS: dict[str, tuple[str, str]] = {
    "_reference": ("/reference", "This reference is already used."),
    "_external_id": ("/external_id", "This external id is already used."),
}

#: check constraint, or trigger that speaks like one → (pointer into the body, code, sentence)
BROKEN: dict[str, tuple[str, str, str]] = {
    "ck_agencies_no_cycle": ("/parent", "cycle", "An agency cannot stand below itself."),
    "ck_agencies_not_own_parent": ("/parent", "cycle", "An agency cannot stand below itself."),
    "ck_agencies_unit_is_leaf": (
        "/is_unit",
        "unit_is_leaf",
        "A unit is a leaf of the tree: nothing stands below it, and what has something below it is no unit.",
    ),
    "ck_agencies_unit_in_use": (
        "/is_unit",
        "unit_in_use",
        "Equipment is on the books of this unit or people are posted to it, so it has to stay a unit.",
    ),
    "ck_programmes_period": ("/ends_on", "period_reversed", "The end is before the start."),
    "ck_participations_period": ("/period/end", "period_empty", "The end has to be after the start."),
    "ck_support_arrangements_period": ("/period/end", "period_empty", "The end has to be after the start."),
    "ck_support_arrangements_not_own_support": (
        "/supporting_unit",
        "own_support",
        "A unit that maintains for itself needs no arrangement.",
    ),
    "ck_support_arrangements_one_kind_of_support": (
        "/contract_reference",
        "one_kind_of_support",
        "Support comes from another unit or by contract; this arrangement is of the other kind.",
    ),
    "ck_equipment_models_controlled": (
        "/control_reference",
        "control_reference_missing",
        "A controlled model names the reference in the list of controlled goods.",
    ),
}

#: composite foreign key → (pointer into the body, code, sentence)
UNRELATED: dict[str, tuple[str, str, str]] = {
    "fk_documents_delivery": (
        "/delivery",
        "other_component",
        "The delivery belongs to another component than the document.",
    ),
    "fk_sites_agency_of_organisation": (
        "/agency",
        "other_organisation",
        "The agency is not part of the organisation whose place this is.",
    ),
}

_RETRY_CLASSES = ("40001", "40P01")


def translate(error: Any) -> Exception:
    """The domain error for a database error; errors worth a retry stay as they are."""
    state = error.sqlstate or ""
    name = getattr(error, "constraint_name", None) or ""
    if state in _RETRY_CLASSES or isinstance(error, asyncpg.InvalidCachedStatementError):
        return cast("Exception", error)
    if state in {"23505", "23P01"}:
        pointer, sentence = _taken(name)
        taken = Taken(sentence, pointer=pointer)
        taken.constraint = name
        return taken
    if state == "23503":
        if "is still referenced" in (error.detail or ""):
            return Conflict("Something still refers to this.")
        missing = ("", "reference_unknown", "It refers to something that does not exist here.")
        return Rejected([Fault(*UNRELATED.get(name, missing))])
    if state in {"23514", "23502"}:
        unnamed = ("", name or "not_null", f"The rule {name or error.column_name} is not kept.")
        return Rejected([Fault(*BROKEN.get(name, unnamed))])
    if state == "42501":
        return Forbidden("This is outside of what you may change.")
    return _by_class(error, state)


def _taken(name: str) -> tuple[str, str]:
    """Where and what is used already. A primary key is an id that the client made."""
    if name in TAKEN:
        return TAKEN[name]
    if name.startswith("pk_"):
        return "/id", "This id is already used."
    return next((words for end, words in _TAKEN_ENDS.items() if name.endswith(end)), ("", ""))


def _by_class(error: Any, state: str) -> Exception:
    if state == "P0002":
        return NotFound()
    if state == "57014":
        return Unavailable("The database took too long.", retry_after=2)
    if state == "55P03":
        return Unavailable("Somebody else is changing this.", retry_after=1)
    if state.startswith(("53", "58")):
        log.error("database.resources", sqlstate=state)
        return Unavailable("The database has no room or resources left.", retry_after=10)
    if state.startswith("22"):
        return Rejected([Fault("", "value_unusable", "A value is outside of what can be stored.")])
    return cast("Exception", error)
