"""All tables, so that one import knows the whole schema."""

from app.db.models import (
    accounts,
    agencies,
    catalogue,
    documents,
    equipment,
    imports,
    jobs,
    organisations,
    platform,
    programmes,
    training,
    webhooks,
)

__all__ = [
    "accounts",
    "agencies",
    "catalogue",
    "documents",
    "equipment",
    "imports",
    "jobs",
    "organisations",
    "platform",
    "programmes",
    "training",
    "webhooks",
]
