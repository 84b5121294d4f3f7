"""Receive webhooks, believe only what was signed, keep each event once, and answer before working on it.

    webhook_receiver.py inbox.sqlite 8080

Needs bmp-client. WEBHOOK_SECRETS holds the secret that the service showed when the webhook was made; while it is
rotated, the old one and the new one with a space between. Put a server that speaks https in front. Whatever works on
the events reads the table `inbox` in the order of `position`; an event is thin, so it reads the object at `subject`.

To try it on one machine, start the service with BMP_WEBHOOK_ALLOW='["127.0.0.1"]' (before `make run`): without it
webhooks go neither to plain http nor to this machine. The `url` of the webhook is then what this script prints.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bmp_client import errors, webhooks

#: An event has some hundred bytes.
MOST_BYTES = 65_536
SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    position integer PRIMARY KEY, id text UNIQUE, type text, subject text, version integer, event text)
"""


class Inbox:
    """Events that were received. A delivery comes at least once; its `webhook-id` is the same each time."""

    def __init__(self, path: str) -> None:
        """Open it, or begin one."""
        self.path = path
        with sqlite3.connect(path) as db:
            db.execute(SCHEMA)
        db.close()

    def take(self, ident: str, event: dict[str, object]) -> None:
        """Keep an event; one that is here already is left alone."""
        data = event.get("data")
        version = data.get("version") if isinstance(data, dict) else None
        row = (ident, event.get("type"), event.get("subject"), version, json.dumps(event))
        db = sqlite3.connect(self.path, timeout=10)
        try:
            with db:
                db.execute(
                    "INSERT OR IGNORE INTO inbox (id, type, subject, version, event) VALUES (?, ?, ?, ?, ?)", row
                )
        finally:
            db.close()


def receiver(inbox: Inbox, secrets: list[str], port: int) -> ThreadingHTTPServer:
    """A server that takes webhooks on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if length > MOST_BYTES:
                self._answer(413)
                return
            payload = self.rfile.read(length)
            try:
                event = webhooks.verify(payload, dict(self.headers), secrets)
            except errors.SignatureInvalid as error:
                self.log_message("refused: %s", error)
                self._answer(401)
                return
            inbox.take(self.headers["webhook-id"], event)  # kept first, answered then: else it would be lost
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def environment(*names: str) -> list[str]:
    """What the environment says; the end of the script, with the names of what it does not say."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"{Path(sys.argv[0]).name}: set {', '.join(missing)} in the environment")
    return [os.environ[name] for name in names]


def main() -> int:
    """Receive until stopped."""
    secrets = environment("WEBHOOK_SECRETS")[0].split()
    if not sys.argv[2:]:
        sys.exit(f"usage: {Path(sys.argv[0]).name} <file.sqlite> <port>")
    with receiver(Inbox(sys.argv[1]), secrets, int(sys.argv[2])) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
