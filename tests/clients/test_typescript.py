"""The TypeScript client: it compiles strictly, and makes its way against a running service."""

from __future__ import annotations

import json
from typing import Any

from scripts.clients.node import COMPILER, FOLDER, compiled, node
from tests.clients.conftest import Served
from tests.world import World


def test_it_compiles_and_a_journey_with_lost_answers_has_each_effect_once(served: Served, world: World) -> None:
    assert COMPILER.exists(), "make test installs the compiler: make clients/typescript/node_modules/.package-lock.json"
    built = compiled()
    assert (built.returncode, built.stdout) == (0, "")
    with served.client(world) as bmp:
        made = bmp.clients.create(name="TypeScript", scopes=["register:read", "register:write"])
        secret = str(made["client_secret"])
        done = node(FOLDER / "build/test/journey.js", served.url, made["client"]["client_id"], secret)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        assert told == {
            "version": 2,
            "names": {"en": "A synthetic store", "fr": "Un dépôt", "it": None, "ar": None},
            "stale": [412, "stale", 2],
            "unknown": [404, "not_found"],
            "references": [site["reference"] for site in bmp.sites.list(country=["TN"])],
            "posts": 2,
            "keys": 1,
        }
        assert told["references"].count("SITE-TYPESCRIPT") == 1
