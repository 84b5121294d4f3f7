"""Every router under `/api/v1`, one line each, in the order of the OpenAPI document."""

from __future__ import annotations

from fastapi import APIRouter

from app.routers import (
    accounts,
    agencies,
    clients,
    components,
    courses,
    delegations,
    equipment_models,
    equipment_types,
    identity_reads,
    me,
    oauth,
    organisations,
    participations,
    postings,
    programmes,
    qualifications,
    records,
    security_log,
    sites,
    suppliers,
    support_arrangements,
    trainees,
    training_sessions,
)

ROUTERS: tuple[APIRouter, ...] = (
    sites.router,
    equipment_models.router,
    equipment_types.router,
    courses.router,
    suppliers.router,
    agencies.router,
    components.router,
    participations.router,
    programmes.router,
    support_arrangements.router,
    records.router,
    trainees.router,
    qualifications.router,
    training_sessions.router,
    postings.router,
    identity_reads.router,
    oauth.router,
    oauth.answers,
    me.router,
    organisations.router,
    delegations.router,
    accounts.router,
    clients.router,
    security_log.router,
)
