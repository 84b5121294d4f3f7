"""Every router under `/api/v1`, one line each, in the order of the OpenAPI document."""

from __future__ import annotations

from fastapi import APIRouter

from app.routers import (
    agencies,
    components,
    courses,
    equipment_models,
    equipment_types,
    participations,
    programmes,
    sites,
    suppliers,
    support_arrangements,
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
)
