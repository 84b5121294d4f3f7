"""What runs inside each child process of `bmp serve`; started by path, so that it imports nothing of the command.

A child ends itself when its parent is gone, even by `kill -9`: the parent holds the only writing end of a pipe, the
lifeline, and never writes. Of a second pipe the child holds the writing end, and says there that it is ready.
"""

from __future__ import annotations

import os
import runpy
import signal
import socket
import sys
import threading
import time

import uvicorn

GRACE_S = 10
"""Seconds that running requests have to end after SIGTERM."""


def main() -> None:
    """Arguments: lifeline, ready (descriptors), then `module <name>`, or `api <listener descriptor> <app factory>`."""
    lifeline, ready, kind, *rest = sys.argv[1:]
    for descriptor in (int(lifeline), int(ready)):
        os.set_inheritable(descriptor, False)
    threading.Thread(target=_end_with_parent, args=(int(lifeline),), daemon=True).start()
    if kind == "api":
        _serve_api(int(rest[0]), rest[1], int(ready))
    else:
        os.close(int(ready))
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)


def _end_with_parent(lifeline: int) -> None:
    """Wait until the parent is gone, then ask ourselves to stop in order, and insist a little later."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S + 5)
    os._exit(1)


def _serve_api(listener: int, app: str, ready: int) -> None:
    """Serve the application on a socket that listens already. Exits with 3 when it does not come up."""

    class Telling(uvicorn.Server):
        """Closes the pipe with one byte in it when requests can be answered."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            os.write(ready, b"1")
            os.close(ready)

    config = uvicorn.Config(
        app,
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,  # the application's, which also writes one line per request, without personal data
        log_level="warning",  # comings and goings of workers are the parent's to tell
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    Telling(config).run([socket.socket(fileno=listener)])


if __name__ == "__main__":
    main()
