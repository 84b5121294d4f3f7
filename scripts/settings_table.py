"""Write the table of settings in README.md from app/settings.py: `make readme`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from app.settings import Settings

README = Path(__file__).parents[1] / "README.md"
PART = re.compile(r"(<!-- settings: [^\n]*-->\n).*?(<!-- /settings -->)", re.DOTALL)


def table() -> str:
    """One row per setting: variable, default, description."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias if isinstance(field.validation_alias, str) else f"BMP_{name.upper()}"
        default = (
            ""
            if field.default in (None, "", ())
            else f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
        )
        rows.append(f"| `{variable}` | {default} | {(field.description or '').replace('|', ', ')} |")
    return "\n".join(rows) + "\n"


def written(text: str) -> str:
    """README with the table as it has to be."""
    return PART.sub(lambda found: found[1] + table() + found[2], text)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
