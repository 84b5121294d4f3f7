# Generated from _async/imports.py by `make clients`: do not edit.
"""Imports: a file goes up, is validated cell by cell, and is written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import Any, Literal, cast

from bmp_client._calls import Call, Ref, new_key, parameters
from bmp_client._files import Progress, save, source
from bmp_client._shapes import Page
from bmp_client._sync._resource import Acting
from bmp_client._sync._sending import Sender
from bmp_client._sync.jobs import Jobs
from bmp_client.models import ImportChangeOut, ImportFaultOut, ImportOut, JobListed

Mode = Literal["validate", "commit"]


class Imports(Acting):
    """`/imports`."""

    def __init__(self, sender: Sender, name: str, jobs: Jobs) -> None:
        """With the jobs that do the work."""
        super().__init__(sender, name)
        self._jobs = jobs

    def list(self, **filters: Any) -> Iterator[ImportOut]:
        """One's own imports, the latest first."""
        return self.rows_of(self.path, filters)

    def page(self, cursor: str | None = None, **filters: Any) -> Page[ImportOut]:
        """One page of them."""
        return self.page_of(self.path, filters, cursor)

    def get(self, ref: Ref) -> ImportOut:
        """One import: its state, how many rows and faults it has."""
        return cast("ImportOut", self.fetch(self.at(ref)))

    def upload(
        self,
        path: str | PathLike[str],
        *,
        resource: str,
        mode: Mode = "validate",
        progress: Progress | None = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> ImportOut:
        """Send a file (CSV, XLSX or JSON Lines) to be validated, or written when there is not one fault.

        `options` are `format`, `encoding` and `delimiter`, where the file does not say them itself.
        """
        key = idempotency_key or new_key()
        form = {name: value for name, value in {"resource": resource, "mode": mode, **options}.items() if value}
        with source(path, progress) as file:

            def content() -> Mapping[str, Any]:
                """The same bytes for each attempt: their boundary too belongs to what the key stands for."""
                file.again()
                headers = {"Content-Type": f"multipart/form-data; boundary={_boundary(key)}"}
                return {"data": form, "files": {"file": (file.name, file, file.media_type)}, "headers": headers}

            made = self._sender.json(Call("POST", self.path, key=key, content=content))
        return self._found(made)

    def wait(self, ref: Ref, *, progress: Callable[[JobListed], None] | None = None) -> ImportOut:
        """The import once its job is done: `valid`, `invalid` or `committed`. JobFailed when it could not be done."""
        found = self.get(ref)
        self._jobs.wait(found["job"], progress=progress)
        return self.get(ref)

    def commit(self, ref: Ref, *, idempotency_key: str | None = None) -> ImportOut:
        """Write everything, after one more look; wait for it as after the upload."""
        return self._found(self.act("POST", f"{self.at(ref)}/commit", key=idempotency_key))

    def faults(self, ref: Ref, **filters: Any) -> Iterator[ImportFaultOut]:
        """Every wrong cell: row, column, code, what was expected."""
        return self.rows_of(f"{self.at(ref)}/faults", filters)

    def changes(self, ref: Ref, **filters: Any) -> Iterator[ImportChangeOut]:
        """What the rows would do, or did."""
        return self.rows_of(f"{self.at(ref)}/changes", filters)

    def save(self, ref: Ref, target: str | PathLike[str], *, faults: bool = False) -> int:
        """Write the uploaded file to a place on this machine; with `faults`, with a column that names them."""
        query = parameters({"with": "faults" if faults else None})
        return self._save(Call("GET", f"{self.at(ref)}/file", query), target)

    def template(self, resource: str, target: str | PathLike[str], *, form: Literal["csv", "xlsx"] = "csv") -> int:
        """Write the file to fill to a place on this machine."""
        return self._save(Call("GET", self.at("templates", resource), parameters({"format": form})), target)

    def remove(self, ref: Ref, *, if_match: int | None = None) -> None:
        """Delete an import and its file. What it has written stays."""
        self.act("DELETE", self.at(ref), on=ref, version=if_match)

    def _save(self, call: Call, target: str | PathLike[str]) -> int:
        with self._sender.stream(call) as response:
            with save(target, None, response.headers.get("content-length")) as landing:
                for chunk in response.iter_bytes():
                    landing.write(chunk)
            return landing.written

    def _found(self, made: Mapping[str, Any]) -> ImportOut:
        """The import, also where a repeated call was answered with its job: imports are personal, and not kept."""
        if "resource" in made:
            return cast("ImportOut", made)
        return self.get(made["args"]["import"])


def _boundary(key: str) -> str:
    return "bmp-" + "".join(each if each.isalnum() else "-" for each in key)[:60]
