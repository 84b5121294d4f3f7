"""The start screen: where everything is, and with what to log in."""

from __future__ import annotations

from typing import Any

import orjson
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from app.settings import Settings

CREDENTIALS = "demo-credentials.json"
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
    found = demo_credentials(settings)
    if not found:
        return
    people = [entry for entry in found if entry.get("password")]
    table = Table("organisation", "role", "account", "password", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for entry in people[:SHOWN]:
        table.add_row(*(str(entry.get(key, "")) for key in ("organisation", "role", "account_name", "password")))
    console.print("\n  Synthetic demo data. Log in (Authorize on /docs) as, for instance:\n", highlight=False)
    console.print(Padding(table, (0, 0, 0, 2)), highlight=False)
    console.print("\n  All accounts and clients: .venv/bin/bmp demo credentials (--json for scripts)", highlight=False)


def demo_credentials(settings: Settings) -> list[dict[str, Any]]:
    """Accounts and clients of the demo with their secrets; empty when no demo was built here."""
    path = settings.secrets_dir / CREDENTIALS
    try:
        read = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return []
    return [entry for entry in read if isinstance(entry, dict)] if isinstance(read, list) else []
