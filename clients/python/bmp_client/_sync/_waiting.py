"""Sleeping and excluding one another, for the synchronous client. Written by hand, beside what is generated."""

from threading import Lock
from time import sleep

__all__ = ["Lock", "sleep"]
