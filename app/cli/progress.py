"""How far something is, on standard error: bars on a terminal, a line per step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Told = Callable[[str, int, int | None], None]
"""What is being done, how many are done, out of how many (None: nobody knows)."""


@contextmanager
def progress(console: Console) -> Iterator[Told]:
    """Tell people how far each step is. A new name begins a new step."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        steps: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int | None) -> None:
            if step not in steps:
                steps[step] = bars.add_task(step, total=total)
            bars.update(steps[step], completed=done, total=total)

        yield tell


def _lines(console: Console) -> Told:
    """One line when a step is done, for logs and pipes."""
    began: dict[str, float] = {}

    def tell(step: str, done: int, total: int | None) -> None:
        since = began.setdefault(step, time.monotonic())
        if total is not None and done >= total:
            console.print(f"{step}: {done} ({time.monotonic() - since:.1f} s)", markup=False, highlight=False)

    return tell
