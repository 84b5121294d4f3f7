# Generated from _async/files.py by `make clients`: do not edit.
"""Files: evidence goes up with somebody looking on, and comes down whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from typing import cast

from bmp_client._calls import Call, Ref, new_key, parameters
from bmp_client._files import Progress, save, source
from bmp_client._sync._resource import Acting
from bmp_client.models import FileOut


class Files(Acting):
    """`/files`."""

    def get(self, file: Ref) -> FileOut:
        """What is known of a file: name, type, size, hash."""
        return cast("FileOut", self.fetch(self.at(file)))

    def upload(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> FileOut:
        """Send a file. What it is, the service reads from its bytes; until it is attached only you see it."""
        with source(path, progress) as file:

            def pieces() -> Iterator[bytes]:
                for piece in file.pieces():
                    yield piece

            headers = {"Content-Type": file.media_type, "Content-Length": str(file.size)}
            call = Call(
                "POST",
                self.path,
                parameters({"file_name": name or file.name}),
                key=idempotency_key or new_key(),
                content=lambda: {"content": pieces(), "headers": headers},
            )
            return cast("FileOut", self._sender.json(call))

    def save(self, file: Ref, target: str | PathLike[str], *, progress: Progress | None = None) -> int:
        """Write the bytes of a file to a place on this machine; how many."""
        with self._sender.stream(Call("GET", f"{self.at(file)}/content")) as response:
            with save(target, progress, response.headers.get("content-length")) as landing:
                for chunk in response.iter_bytes():
                    landing.write(chunk)
            return landing.written
