"""The start screen: where everything is, and with what to log in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from app.settings import Settings

#: Demo log-ins shown on the start screen; `bmp demo credentials` shows all.
SHOWN = 6


def banner(console: Console, settings: Settings) -> None:
    """One screen, shown when every API worker answers."""
    base = settings.issuer
    data = str(settings.data.absolute()) if settings.embedded else "none: the database is the one of DATABASE_URL"
    rows = (
        ("API", f"{base}/api/v1"),
        ("Documentation", f"{base}/docs  (or /scalar, /redoc, /openapi.json)"),
        ("Health", f"{base}/readyz  (or /livez, /version, /metrics)"),
        ("Data folder", data),
        ("Keys", str(settings.secrets_dir.absolute())),
    )
    console.print("\n[bold]bmp[/bold] is ready; Ctrl-C stops it.\n", highlight=False)
    for name, value in rows:
        console.print(f"  {name:<15}{value}", markup=False, highlight=False, soft_wrap=True)
    if settings.demo:
        _demo(console, settings)
    console.print()


def _demo(console: Console, settings: Settings) -> None:
    people = [entry for entry in demo_credentials(settings) if entry.get("password")]
    if not people:
        return
    console.print("\n  Synthetic demo data. Log in (Authorize on /docs) as, for instance:\n", highlight=False)
    rows = [("organisation", "role", "account", "password"), *map(_cells, people[:SHOWN])]
    for line in aligned(rows):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print("\n  All accounts and clients: .venv/bin/bmp demo credentials (--json for scripts)", highlight=False)


def _cells(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(key) or "") for key in ("organisation", "role", "account_name", "password"))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns. Nothing is cut off or folded: people copy secrets out of them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def demo_credentials(settings: Settings) -> list[dict[str, Any]]:
    """Accounts and clients of the demo with their secrets; empty when no demo was built here."""
    from app.services import demo_access  # noqa: PLC0415  brings in services that most commands do not need

    return demo_access.read(settings.secrets_dir)
