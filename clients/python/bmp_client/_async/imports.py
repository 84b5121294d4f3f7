"""Imports."""

from bmp_client._async._resource import AsyncActing
from bmp_client._async._sending import AsyncSender
from bmp_client._async.jobs import AsyncJobs


class AsyncImports(AsyncActing):
    """`/imports`."""

    def __init__(self, sender: AsyncSender, name: str, jobs: AsyncJobs) -> None:
        """With the jobs that it waits for."""
        super().__init__(sender, name)
        self._jobs = jobs
