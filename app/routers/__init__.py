"""Every router under `/api/v1`, one line each, in the order of the OpenAPI document."""

from __future__ import annotations

from fastapi import APIRouter

from app.routers import sites

ROUTERS: tuple[APIRouter, ...] = (
    sites.router,
)
