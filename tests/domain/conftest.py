from __future__ import annotations

from hypothesis import settings

# A deadline per example would be a timed test: it fails on a busy machine and says nothing about the code (HOUSE 7).
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
