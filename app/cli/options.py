"""Options and answers that commands share."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

Data = Annotated[
    Path | None, typer.Option(help="Data folder of the embedded database; the environment says it by BMP_DATA.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


def many(count: int, thing: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def say(value: Mapping[str, Any], text: str, as_json: bool) -> None:
    """Answer as JSON for scripts, or as a sentence for people."""
    sys.stdout.write((orjson.dumps(dict(value), default=str).decode() if as_json else text) + "\n")
