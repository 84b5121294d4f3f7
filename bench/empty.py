"""An empty FastAPI answer: what the same uvicorn can do at best."""

from __future__ import annotations

import gc

from fastapi import FastAPI
from pydantic import BaseModel


class Empty(BaseModel):
    """Nothing."""


def create_app() -> FastAPI:
    """One operation that answers nothing."""
    app = FastAPI()

    @app.get("/livez")
    async def livez() -> Empty:
        return Empty()

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    return app
