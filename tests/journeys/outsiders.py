"""What somebody without any right to the story may learn of it: nothing, by list, id, search, export or error text."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import uuid4

import httpx

from app.services.demo_plan import model

API = "/api/v1"
PAGES = {
    "delivery": "deliveries",
    "acceptance": "acceptances",
    "handover": "handovers",
    "handover_reference": "handovers",
    "session": "sessions",
    "session_reference": "sessions",
    "record": "records",
    "trainee": "trainees",
    "due_diligence": "requirements",
    "export_check": "requirements",
    "file": "files",
    "unit": "agencies",
    "site": "sites",
    "reference": "equipment",
}
LISTS = (
    *("equipment", "deliveries", "acceptances", "handovers", "requirements", "sessions", "records", "trainees"),
    *("qualifications", "postings", "agencies", "sites", "participations", "support-arrangements"),
)
BELOW = ("events", "history")


class Somebody(Protocol):
    """Who asks."""

    client: httpx.AsyncClient
    name: str
    token: str

    async def ask(self, method: str, path: str, body: Any = None, version: int | None = None) -> httpx.Response:
        """The answer, whatever it is."""
        ...


async def see_nothing(who: Somebody, made: dict[str, str], serials: list[str], radios: list[str]) -> None:
    """Go through every way in; whatever is answered holds nothing of the story."""
    # The catalogue is everybody's, so the model may be seen.
    hidden = [*serials, *radios, *(value for name, value in made.items() if name != "model"), "STORY-", "AG-TN-STORY"]
    said: list[str] = []
    await _by_id(who, made, radios, said)
    await _by_list(who, made, serials, radios, said)
    await _by_export(who, said)
    await _by_error(who, made, serials, radios, said)
    for text in said:
        found = [secret for secret in hidden if secret in text]
        assert not found, (who.name, found, text[:2000])


async def _by_id(who: Somebody, made: dict[str, str], radios: list[str], said: list[str]) -> None:
    """An id of the story is answered as one that nobody ever gave."""
    paths = [f"/{resource}/{made[name]}" for name, resource in PAGES.items()]
    paths += [f"/equipment/{radio}" for radio in radios]
    paths += [f"/equipment/{radios[0]}/{part}" for part in BELOW]
    paths += [f"/sessions/{made['session']}/records", f"/handovers/{made['handover']}/lines"]
    paths += [f"/files/{made['file']}/content", f"/readiness/sites/{made['site']}"]
    paths += [f"/equipment/{radios[0]}?as_of=2026-01-01T00:00:00Z&known_at=2026-01-01T00:00:00Z"]
    for path in paths:
        answer = await who.ask("GET", path)
        assert answer.status_code == 404, (who.name, path, answer.text)
        problem = answer.json()
        said.append(f"{problem['title']} {problem['detail']}")
        unknown = await who.ask("GET", f"/{path.split('/')[1]}/{uuid4()}")
        assert problem["code"] == unknown.json()["code"], path


async def _by_list(who: Somebody, made: dict[str, str], serials: list[str], radios: list[str], said: list[str]) -> None:
    """Lists, counts and searches are empty where only the story could answer, and silent of it elsewhere."""
    empty = [
        f"/equipment?total=exact&model_id={made['model']}",
        f"/equipment?total=exact&unit_id={made['unit']}",
        f"/equipment?total=exact&delivery_id={made['delivery']}",
        f"/equipment?total=exact&identifier={serials[0]}",
        f"/equipment?total=exact&q={serials[0]}",
        f"/equipment?total=exact&model_id={made['model']}&as_of=2026-11-01T00:00:00Z",
        f"/acceptances?total=exact&item_id={radios[0]}",
        f"/handovers?total=exact&item_id={radios[0]}",
        f"/requirements?total=exact&unit_id={made['unit']}",
        f"/records?total=exact&session_id={made['session']}",
        f"/trainees?total=exact&unit_id={made['unit']}",
        f"/qualifications?total=exact&trainee_id={made['trainee']}",
        f"/sites?total=exact&agency_id={made['unit']}",
    ]
    for path in empty:
        answer = await who.ask("GET", path)
        assert answer.status_code == 200, (who.name, path, answer.text)
        assert (answer.json()["items"], answer.json()["page"]["total"]) == ([], 0), (who.name, path)
    for path in (f"/readiness?unit={made['unit']}", f"/readiness/demand?unit={made['unit']}"):
        assert (await who.ask("GET", path)).status_code in {404, 422}, path
    said += [
        (await who.ask("GET", path)).text for path in ("/readiness?by=unit_model", "/readiness?programme=BMP-MAGHREB")
    ]


async def _by_export(who: Somebody, said: list[str]) -> None:
    for resource in LISTS:
        for form in ("csv", "jsonl"):
            answer = await who.ask("GET", f"/{resource}?format={form}")
            assert answer.status_code == 200, (who.name, resource, answer.text)
            said.append(answer.text)


async def _by_error(
    who: Somebody, made: dict[str, str], serials: list[str], radios: list[str], said: list[str]
) -> None:
    """Steps on what is out of sight, references to it, and a serial that is taken: never by whom."""
    component = "BMP-MA"
    tries: list[tuple[str, Any, int | None]] = [
        (f"/equipment/{radios[0]}/condition", {"condition": "up"}, 1),
        (f"/equipment/{radios[0]}/receipt", {}, 1),
        (f"/equipment/{radios[0]}/transitions", {"action": "withdraw", "payload": {"reason": "surplus"}}, 1),
        (f"/handovers/{made['handover']}/approve", {}, 1),
        (f"/deliveries/{made['delivery']}/receive", {}, 1),
        (f"/records/{made['record']}/complete", {}, 1),
        (f"/requirements/{made['due_diligence']}/revoke", {"reason": "Because."}, 1),
        ("/acceptances", {"component": component, "kind": "provisional", "lines": [_line(radios[0])]}, None),
        ("/handovers", {"component": component, "receiving_unit": made["unit"], "site": made["site"]}, None),
        ("/requirements", {"kind": "test_passed", "item": radios[0], "reference": "X"}, None),
        ("/equipment", {"component": component, "model": model("VEH-4X4", 1), "parent": radios[0]}, None),
        ("/equipment", {"component": component, "model": made["model"], "identifiers": [_serial(serials[0])]}, None),
        ("/sessions/" + made["session"] + "/records", {"trainees": [made["trainee"]]}, None),
        (
            "/trainees/search",
            {"name": "Synthetic Alfa Story", "agency": made["unit"], "purpose": "Looking around"},
            None,
        ),
    ]
    for path, body, version in tries:
        answer = await who.ask("POST", path, body, version)
        assert answer.status_code in {403, 404, 409, 422}, (who.name, path, answer.status_code, answer.text)
        problem = answer.json()
        problem.pop("instance", None)  # what was asked for comes back as the address
        said.append(str(problem))


def _line(item: str) -> dict[str, Any]:
    return {"item": item, "outcome": "accepted"}


def _serial(value: str) -> dict[str, str]:
    return {"scheme": "serial", "value": value}
