"""The TypeScript client: it compiles strictly, and makes its way against a running service."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scripts.clients.node import COMPILER, FOLDER, compiled, node
from tests.clients.conftest import Served
from tests.world import World


@pytest.fixture(scope="module")
def built() -> None:
    assert COMPILER.exists(), "make test installs the compiler: make clients/typescript/node_modules/.package-lock.json"
    done = compiled()
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def run(served: Served, world: World, built: None) -> Callable[[str], dict[str, Any]]:
    """Runs one of its scripts as a client of its own, and gives what it told."""

    def told(script: str) -> dict[str, Any]:
        with served.client(world) as bmp:
            made = bmp.clients.create(name="TypeScript", scopes=["register:read", "register:write"])
        secret = str(made["client_secret"])
        done = node(FOLDER / f"build/test/{script}.js", served.url, made["client"]["client_id"], secret)
        assert done.returncode == 0, done.stderr
        value: dict[str, Any] = json.loads(done.stdout)
        return value

    return told


def test_it_compiles_and_a_journey_with_lost_answers_has_each_effect_once(
    served: Served, world: World, run: Callable[[str], dict[str, Any]]
) -> None:
    told = run("journey")
    with served.client(world) as bmp:
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


def test_a_file_is_uploaded_once_told_what_is_wrong_and_written_whole(
    served: Served, world: World, run: Callable[[str], dict[str, Any]]
) -> None:
    told = run("imports")
    assert {"reference", "name_en", "organisation_reference"} <= set(told["header"].splitlines()[0].split(";"))
    assert (told["wrong"], told["faults"]) == (["invalid", 1], [[3, "kind"]])
    header, *lines = told["marked"].splitlines()
    assert header.endswith("import_errors")
    assert [bool(line.split(",")[-1]) for line in lines] == [False, True]
    assert told["right"] == ["committed", 2]
    assert (told["posts"], told["keys"]) == (4, 3), "an upload whose answer was lost, another, and a commit"
    assert told["imports"] == ["committed", "invalid"]
    with served.client(world) as bmp:
        assert len(bmp.sites.get_many(["SITE-TYPED-1", "SITE-TYPED-2"])) == 2


def test_the_feed_is_followed_over_lost_connections_from_the_last_event(
    served: Served, world: World, run: Callable[[str], dict[str, Any]]
) -> None:
    told = run("feed")
    assert told["live"] == told["again"] == told["made"], "each once, also the one that was cut in the middle"
    assert (len(told["from"]), told["from"].count("null")) == (3, 0), "each connection says where it goes on"
    assert told["types"] == ["bmp.sites.created"] * 2
    assert told["refused"] == [422, "invalid"]
