"""`make clients`: write what the clients take from openapi.json."""

from __future__ import annotations

import sys

from scripts.clients.files import made

if __name__ == "__main__":
    for path, text in made().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.name}\n")
