"""A child process that is kept running: started, watched, started again with growing pauses, stopped in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("serve_child.py")
STARTUP_FAILURES = (1, 3)
"""Exit codes that mean "it cannot start" (Python's for an exception, uvicorn's own), not "it was killed"."""
STEADY_S = 10.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0


class ChildFailed(Exception):
    """A child could not start at all, which trying again would not mend. Facts: `name`, `code`."""

    def __init__(self, name: str, code: int) -> None:
        self.name = name
        self.code = code
        super().__init__(f"{name} could not start (exit code {code}); the reason is above")


class Pauses:
    """Seconds to wait before the next start: a quarter, doubled each time up to ten, afresh after a steady life."""

    def __init__(self) -> None:
        self._failures = 0

    def after(self, lived_s: float) -> float:
        """The pause after a life of so many seconds."""
        self._failures = 0 if lived_s >= STEADY_S else self._failures + 1
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** max(0, self._failures - 1))


async def first_of(seconds: float, *waits: Coroutine[Any, Any, Any]) -> None:
    """Come back when one of these is done, or after so many seconds; the others are dropped."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a child is: arguments of serve_child.py, environment, inherited descriptors, and what its end entails.

    `essential`: when it cannot start at the first attempt, the service cannot.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    essential: bool = False
    ended: Callable[[int], None] = lambda _pid: None


class Child:
    """One child of a plan. `ready` is set when it first was."""

    def __init__(self, plan: Plan, lifeline: int, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.ready = asyncio.Event()
        self._lifeline = lifeline
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()

    async def keep(self) -> None:
        """Run until `stop`. Raises `ChildFailed` when an essential child cannot start at all."""
        pauses = Pauses()
        clock = asyncio.get_running_loop().time
        try:
            while not self._stopping.is_set():
                began = clock()
                try:
                    code = await self._live()
                except OSError as error:  # no memory or no descriptors for a process: there may be some later
                    self._say(f"{self.plan.name} could not be started: {error}")
                    code = -signal.SIGABRT
                if self._stopping.is_set():
                    return
                if self.plan.essential and not self.ready.is_set() and code in STARTUP_FAILURES:
                    raise ChildFailed(self.plan.name, code)
                pause = pauses.after(clock() - began)
                self._say(f"{self.plan.name} ended ({_described(code)}); starting it again in {pause:g} s")
                await first_of(pause, self._stopping.wait())
        finally:
            self._ended.set()

    async def stop(self, grace_s: float, hurried: asyncio.Event) -> None:
        """Ask it to stop; kill it and what it started after `grace_s` seconds, or as soon as `hurried` is set."""
        self._stopping.set()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
        await first_of(grace_s, self._ended.wait(), hurried.wait())
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._ended.wait()

    async def _live(self) -> int:
        """One life of the child, in a session of its own: Ctrl-C reaches the parent only. Its exit code."""
        told, tell = os.pipe()
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", str(PROGRAM), str(self._lifeline), str(tell), *self.plan.arguments),
                stdin=asyncio.subprocess.DEVNULL,
                env=dict(self.plan.environment),
                pass_fds=(self._lifeline, tell, *self.plan.descriptors),
                start_new_session=True,
            )
        except BaseException:
            os.close(told)
            raise
        finally:
            os.close(tell)
        loop = asyncio.get_running_loop()
        loop.add_reader(told, self._hear, told)
        try:
            if self._stopping.is_set():
                process.terminate()
            return await process.wait()
        finally:
            loop.remove_reader(told)
            os.close(told)
            self.plan.ended(process.pid)

    def _hear(self, told: int) -> None:
        """The child has said that it is ready, or has closed its end without saying so."""
        asyncio.get_running_loop().remove_reader(told)
        if os.read(told, 1):
            self.ready.set()


def _described(code: int) -> str:
    """An exit code as people say it."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
