"""Mirror the register into SQLite by the change feed: resumable at any point, right also when rights come and go.

    mirror.py register.sqlite            # catch up and end: for cron
    mirror.py register.sqlite --live     # and go on as things happen

Needs bmp-client. BMP_URL, BMP_CLIENT_ID and BMP_CLIENT_SECRET say where and who. The table `objects` holds what that
client may see now, one row per object with its JSON: what goes out of sight leaves it, what comes into sight enters.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from bmp_client import OUT_OF_SIGHT, SCOPE_CHANGED, Client, errors

#: What is mirrored, as far as the client may read it, with the members that a list shows (one object shows more).
RESOURCES = ("components", "agencies", "sites", "equipment-models", "equipment")

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    resource text, id text, version integer, reading integer, body text, PRIMARY KEY (resource, id));
CREATE TABLE IF NOT EXISTS place (
    one integer PRIMARY KEY CHECK (one = 1), cursor text, reading integer, whole integer);
"""


class Mirror:
    """A copy. `place` is where it stands: a cursor, and whether everything has been read since it was taken."""

    def __init__(self, bmp: Client, path: str) -> None:
        """Open the copy, or begin one."""
        self.bmp = bmp
        self.db = sqlite3.connect(path)
        self.db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the copy."""
        self.db.close()

    def follow(self, *, live: bool) -> None:
        """Catch up, from wherever an earlier run stopped; with `live`, for ever."""
        while True:
            try:
                self._catch_up()
                if not live:
                    return
                for change in self.bmp.changes.follow(self._place()[0], live=True, resource=RESOURCES):
                    self._apply([change.event], change.cursor)
                    if not self._place()[2]:
                        break  # the scope changed: everything is read again, and then followed again
            except (errors.CursorExpired, errors.FeedRewound):
                self._begin()

    def _catch_up(self) -> None:
        if self._place()[0] is None:
            self._begin()
        while True:
            if not self._place()[2]:
                self._read_all()
            for page in self.bmp.changes.pages(self._place()[0], resource=RESOURCES):
                self._apply(page.events, page.cursor)
            if self._place()[2]:
                return

    def _place(self) -> tuple[str | None, int, int]:
        found = self.db.execute("SELECT cursor, reading, whole FROM place").fetchone()
        return found or (None, 0, 0)

    def _stand(self, cursor: str | None, *, whole: bool) -> None:
        reading = self._place()[1] + (0 if whole else 1)
        self.db.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?, ?)", (cursor, reading, whole))

    def _begin(self) -> None:
        """The cursor is taken *before* everything is read: what changes meanwhile is told afterwards."""
        with self.db:
            self._stand(self.bmp.changes.cursor().cursor, whole=False)

    def _read_all(self) -> None:
        """Read every list, keep what is in it, drop what is not. Killed in the middle, it is begun again."""
        cursor, reading, _ = self._place()
        for resource in RESOURCES:
            with self.db:
                try:
                    for row in self.bmp.resource(resource).list():
                        self._keep(resource, row, reading)
                except errors.Forbidden:
                    continue  # the client may not read it (any more): nothing of it stays
        with self.db:
            self.db.execute("DELETE FROM objects WHERE reading < ?", (reading,))
            self._stand(cursor, whole=True)

    def _apply(self, events: Iterable[Mapping[str, Any]], cursor: str | None) -> None:
        """Deal with events and keep the cursor behind them, in one transaction: both or neither."""
        changed: dict[tuple[str, str], bool] = {}
        whole = bool(self._place()[2])
        for event in events:
            if event["type"] == SCOPE_CHANGED:
                whole = False
            elif event["data"]["resource"] in RESOURCES:
                gone = event["type"] == OUT_OF_SIGHT or event["type"].endswith(".deleted")
                changed[event["data"]["resource"], event["data"]["id"]] = gone
        found = self._ask([key for key, gone in changed.items() if not gone])
        with self.db:
            for resource, ident in changed:
                row = found.get((resource, ident))
                if row is None:
                    self.db.execute("DELETE FROM objects WHERE resource = ? AND id = ?", (resource, ident))
                else:
                    self._keep(resource, row, self._place()[1])
            self._stand(cursor, whole=whole)

    def _ask(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
        """The objects as they are now, a hundred at a time. What is not found went out of sight: that is told too."""
        by_resource: dict[str, list[str]] = {}
        for resource, ident in wanted:
            by_resource.setdefault(resource, []).append(ident)
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for resource, idents in by_resource.items():
            with suppress(errors.Forbidden):  # the client may not read it any more
                rows = self.bmp.resource(resource).get_many(idents)
                found |= {(resource, ident): row for ident, row in rows.items()}
        return found

    def _keep(self, resource: str, row: Mapping[str, Any], reading: int) -> None:
        values = (resource, row["id"], row["version"], reading, json.dumps(row, ensure_ascii=False))
        self.db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", values)


def environment(*names: str) -> list[str]:
    """What the environment says; the end of the script, with the names of what it does not say."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"{Path(sys.argv[0]).name}: set {', '.join(missing)} in the environment")
    return [os.environ[name] for name in names]


def main() -> int:
    """One run."""
    where, who, secret = environment("BMP_URL", "BMP_CLIENT_ID", "BMP_CLIENT_SECRET")
    if not sys.argv[1:]:
        sys.exit(f"usage: {Path(sys.argv[0]).name} <file.sqlite> [--live]")
    try:
        with Client(where, who, secret) as bmp, closing(Mirror(bmp, sys.argv[1])) as mirror:
            mirror.follow(live="--live" in sys.argv[2:])
    except errors.BmpError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
