# Generated from _async/imports.py by `make clients`: do not edit.
"""Imports."""

from bmp_client._sync._resource import Acting
from bmp_client._sync._sending import Sender
from bmp_client._sync.jobs import Jobs


class Imports(Acting):
    """`/imports`."""

    def __init__(self, sender: Sender, name: str, jobs: Jobs) -> None:
        """With the jobs that it waits for."""
        super().__init__(sender, name)
        self._jobs = jobs
