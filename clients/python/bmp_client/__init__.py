"""A client of the API of border-management programmes.

>>> from bmp_client import Client
>>> with Client("https://bmp.example", "my-client", "bmp_…") as bmp:  # doctest: +SKIP
...     for item in bmp.equipment.list(stage=["in_service"]):
...         print(item["reference"])
"""

from bmp_client import errors, models, webhooks
from bmp_client._async.client import AsyncClient
from bmp_client._calls import Retries
from bmp_client._shapes import OUT_OF_SIGHT, SCOPE_CHANGED, Change, ChangesPage, Page, Start
from bmp_client._sync.client import Client

__all__ = [
    "OUT_OF_SIGHT",
    "SCOPE_CHANGED",
    "AsyncClient",
    "Change",
    "ChangesPage",
    "Client",
    "Page",
    "Retries",
    "Start",
    "errors",
    "models",
    "webhooks",
]
