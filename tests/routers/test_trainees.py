"""Trainees over HTTP: pseudonyms outside, names in the vault, every reading of a name logged (DOMAIN 4)."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest

from app.settings import Settings
from tests.routers.training import API, day, get, made_up_name, patch, post, record, session, trainee
from tests.world import World, ident

pytestmark = pytest.mark.anyio


async def identity(client: httpx.AsyncClient, world: World, key: str, *, by: str = "icmpd.training") -> httpx.Response:
    return await post(client, world, f"/trainees/{key}/identity", {"purpose": "Attendance sheet"}, by=by)


async def reads(client: httpx.AsyncClient, world: World, key: str | None = None) -> list[dict[str, object]]:
    answer = await get(client, world, "/identity-reads?limit=200", by="auditor")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return [each for each in answer.json()["items"] if key is None or (each["trainee"] or {}).get("id") == key]


async def test_a_person_is_registered_by_name_and_shown_by_pseudonym(client: httpx.AsyncClient, world: World) -> None:
    name = made_up_name()
    body = {
        "name": name,
        "work_contact": "someone@example.org",
        "agency": "AG-TN-SFAX",
        "posting": {"unit": "AG-TN-SFAX", "site": "SITE-TN-SFAX", "starts_on": day(-30)},
        "grade_band": "officer",
        "sex": "male",
        "language": "fr",
        "external_id": "TR-17",
    }
    answer = await post(client, world, "/trainees", body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    made = answer.json()
    assert UUID(made["id"]).version == 4
    assert made == {
        "id": made["id"],
        "label": f"T-{made['id'][:8].upper()}",
        "agency": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "posting": {
            "id": made["posting"]["id"],
            "unit": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
            "site": {"id": str(world["site-tn-sfax"]), "reference": "SITE-TN-SFAX", "label": "Port of tn-sfax"},
            "period": {"start": day(-30), "end": None},
        },
        "grade_band": "officer",
        "sex": "male",
        "language": "fr",
        "merged_into": None,
        "merged_at": None,
        "erased_at": None,
        "external_id": "TR-17",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert (await get(client, world, f"/trainees/{made['id']}")).json() == made
    listed = await get(client, world, f"/trainees?unit_id={world['tn-sfax']}&sex=male&grade_band=officer")
    assert listed.json()["items"] == [made]
    answer = await identity(client, world, made["id"])
    shown = {"id": made["id"], "reference": made["id"], "label": made["label"]}
    assert answer.json() == {"trainee": shown, "name": name, "work_contact": "someone@example.org"}
    assert answer.headers["cache-control"] == "private, no-store"
    (logged,) = await reads(client, world, made["id"])
    assert logged == {
        "id": logged["id"],
        "recorded_at": logged["recorded_at"],
        "trainee": shown,
        "agency": made["agency"],
        "caller_id": str(world.accounts["icmpd.training"]),
        "person_id": str(world.accounts["icmpd.training"]),
        "purpose": "Attendance sheet",
        "request_id": answer.headers["x-request-id"],
    }
    answer = await post(client, world, "/trainees", {**body, "name": made_up_name()})
    assert (answer.status_code, answer.json()["pointer"]) == (409, "/external_id")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": "Person 12345678"}, "/name", "identity_number"),
        ({"name": "Person 7"}, "/name", "invalid_name"),
        ({"work_contact": "12 345 678"}, "/work_contact", "identity_number"),
        ({"external_id": "SN 123456"}, "/external_id", "identity_number"),
        ({"agency": "AG-NONE"}, "/agency", "reference_unknown"),
        ({"posting": {"unit": "AG-TN-DIRECTORATE", "starts_on": "2026-01-01"}}, "/posting/unit", "not_a_unit"),
        ({"posting": {"unit": "AG-MA-NADOR", "starts_on": "2026-01-01"}}, "/posting/unit", "another_tree"),
        (
            {"posting": {"unit": "AG-TN-SFAX", "site": "SITE-TN-ZARZIS", "starts_on": "2026-01-01"}},
            "/posting/site",
            "site_of_another_unit",
        ),
        ({"id": "01a209e5-cf3c-76b5-aa06-89815954cef4"}, "/id", None),
        ({"birth_date": "1990-01-01"}, "/birth_date", None),
    ],
)
async def test_what_is_not_held(
    client: httpx.AsyncClient, world: World, change: dict[str, object], pointer: str, code: str | None
) -> None:
    body = {
        "name": made_up_name(),
        "agency": "AG-TN-SFAX",
        "grade_band": "civilian",
        "sex": "undisclosed",
        "language": "it",
        **change,
    }
    answer = await post(client, world, "/trainees", body)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert code is None or fault["code"] == code
    assert str(next(iter(change.values()))) not in answer.text


async def test_a_namesake_is_named_by_pseudonym_and_that_is_logged(client: httpx.AsyncClient, world: World) -> None:
    name = made_up_name()
    known = await trainee(client, world, name=name)
    body = {
        "name": f"  {name.upper()} ",
        "agency": "AG-TN-ZARZIS",
        "grade_band": "officer",
        "sex": "male",
        "language": "fr",
    }
    answer = await post(client, world, "/trainees", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "possible_duplicate")
    assert answer.json()["trainees"] == [known["id"]]
    assert [each["purpose"] for each in await reads(client, world, known["id"])] == ["duplicate warning"]
    # Somebody who does not see that unit is not told of it, and a namesake in another service is nobody's business.
    blind = await post(client, world, "/trainees", {**body, "agency": "AG-MA-NADOR"})
    assert blind.status_code == 201
    confirmed = await post(client, world, "/trainees", {**body, "confirm_new": True})
    assert confirmed.status_code == 201
    answer = await post(client, world, "/trainees", {**body, "agency": "AG-TN-SFAX"}, by="tn.focal.sfax")
    assert answer.json()["trainees"] == [known["id"]]


async def test_of_two_who_register_one_name_at_once_one_is_warned(client: httpx.AsyncClient, world: World) -> None:
    body = {"name": made_up_name(), "agency": "AG-TN-SFAX", "grade_band": "officer", "sex": "male", "language": "fr"}
    answers = await asyncio.gather(*(post(client, world, "/trainees", body) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409]


async def test_search_finds_exact_names_and_is_logged(client: httpx.AsyncClient, world: World) -> None:
    name = "Zoé Synthétique"
    known = await trainee(client, world, name=name, work_contact="+216 71 000 000")
    wanted = {"name": "zoe  SYNTHETIQUE", "agency": "AG-TN-DIRECTORATE", "purpose": "Looking for a nominee"}
    answer = await post(client, world, "/trainees/search", wanted)
    shown = {"id": known["id"], "reference": known["id"], "label": known["label"]}
    assert answer.json() == {"items": [{"trainee": shown, "name": name, "work_contact": "+216 71 000 000"}]}
    assert [each["purpose"] for each in await reads(client, world, known["id"])] == ["Looking for a nominee"]
    before = len(await reads(client, world))
    for change, by in (({"name": "zoe"}, "icmpd.training"), ({"agency": "AG-TN-ZARZIS"}, "icmpd.training")):
        answer = await post(client, world, "/trainees/search", {**wanted, **change}, by=by)
        assert answer.json() == {"items": []}
    nobody = [each for each in await reads(client, world) if each["trainee"] is None]
    assert (len(nobody), len(await reads(client, world))) == (2, before + 2)
    answer = await post(client, world, "/trainees/search", {**wanted, "purpose": "Who is Zoe Synthetique?"})
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/purpose", "name_in_purpose")]
    answer = await post(client, world, "/trainees/search", wanted, by="ma.focal")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/agency", "reference_unknown")]


async def test_identities_take_no_idempotency_key(client: httpx.AsyncClient, world: World) -> None:
    known = await trainee(client, world)
    for path, body in (
        (f"/trainees/{known['id']}/identity", {"purpose": "Attendance sheet"}),
        ("/trainees/search", {"name": "Nobody", "agency": "AG-TN-SFAX", "purpose": "Attendance sheet"}),
    ):
        headers = world.headers("icmpd.training", Idempotency_Key="k-1")
        answer = await client.post(f"{API}{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_not_supported")


async def test_registering_twice_with_one_key_registers_once(client: httpx.AsyncClient, world: World) -> None:
    body = {"name": made_up_name(), "agency": "AG-TN-SFAX", "grade_band": "officer", "sex": "male", "language": "fr"}
    headers = world.headers("icmpd.training", Idempotency_Key=f"k-{uuid4()}")
    first = await client.post(f"{API}/trainees", json=body, headers=headers)
    second = await client.post(f"{API}/trainees", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 303)
    assert second.headers["location"] == first.headers["location"]


async def test_who_may_read_names(client: httpx.AsyncClient, world: World) -> None:
    known = await trainee(client, world)
    for by, status in (
        ("icmpd.manager", 403),
        ("icmpd.monitoring", 403),
        ("auditor", 403),
        ("observer", 403),
        ("ma.focal", 404),
        ("nobody", 403),
        ("tn.focal.sfax", 200),
        ("tn.focal", 200),
    ):
        assert (await identity(client, world, known["id"], by=by)).status_code == status, by
    assert (await get(client, world, "/identity-reads", by="icmpd.training")).status_code == 403
    answer = await get(client, world, f"/trainees/{known['id']}", by="icmpd.morocco")
    assert answer.status_code == 404
    for path in ("/trainees", f"/trainees/{known['id']}", "/postings", "/qualifications"):
        assert (await get(client, world, path, by="observer")).status_code == 403
    assert (await get(client, world, "/trainees", by="nobody")).json()["items"] == []
    mine = (await get(client, world, "/trainees?limit=200", by="tn.focal.sfax")).json()["items"]
    assert {each["agency"]["reference"] for each in mine} == {"AG-TN-SFAX"}


async def test_a_focal_point_registers_in_its_own_agency_only(client: httpx.AsyncClient, world: World) -> None:
    own = await trainee(client, world, by="tn.focal.sfax")
    answer = await patch(client, world, f"/trainees/{own['id']}", {"sex": "male"}, version=1, by="tn.focal.sfax")
    assert (answer.status_code, answer.json()["scope"]) == (403, "trainees:write")
    for agency in ("AG-TN-ZARZIS", "AG-MA-NADOR", "AG-TN-DIRECTORATE"):
        body = {"name": made_up_name(), "agency": agency, "grade_band": "officer", "sex": "male", "language": "fr"}
        answer = await post(client, world, "/trainees", body, by="tn.focal.sfax")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/agency")


async def test_changes(client: httpx.AsyncClient, world: World) -> None:
    known = await trainee(client, world)
    other = made_up_name()
    await trainee(client, world, name=other)
    path = f"/trainees/{known['id']}"
    answer = await patch(client, world, path, {"name": other}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "possible_duplicate")
    name = made_up_name()
    body = {"name": name, "work_contact": "new@example.org", "grade_band": "officer", "external_id": "A-1"}
    answer = await patch(client, world, path, body, version=1)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["grade_band"], changed["external_id"], changed["version"]) == ("officer", "A-1", 2)
    shown = (await identity(client, world, known["id"])).json()
    assert (shown["name"], shown["work_contact"]) == (name, "new@example.org")
    wanted = {"name": name, "agency": "AG-TN-SFAX", "purpose": "Looking for a nominee"}
    assert len((await post(client, world, "/trainees/search", wanted)).json()["items"]) == 1
    answer = await patch(client, world, path, {"work_contact": None, "external_id": None}, version=2)
    assert answer.json()["external_id"] is None
    assert (await identity(client, world, known["id"])).json()["work_contact"] is None
    answer = await patch(client, world, path, {"agency": "AG-TN-ZARZIS"}, version=3)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/agency", "posted_elsewhere")]
    answer = await patch(client, world, path, {"agency": "AG-TN-DIRECTORATE"}, version=3)
    assert answer.json()["agency"]["reference"] == "AG-TN-DIRECTORATE"
    assert (await identity(client, world, known["id"])).json()["name"] == name
    for member in ("name", "sex", "agency"):
        answer = await patch(client, world, path, {member: None}, version=4)
        assert [e["pointer"] for e in answer.json()["errors"]] == [f"/{member}"]
    assert (await patch(client, world, path, {"sex": "male"}, version=3)).status_code == 412
    assert (await patch(client, world, path, {"sex": "male"}, version=4, by="icmpd.morocco")).status_code == 404


async def test_two_pseudonyms_of_one_person(client: httpx.AsyncClient, world: World) -> None:
    survivor, double, third = [await trainee(client, world) for _ in range(3)]
    path = f"/trainees/{double['id']}"
    for into, code in ((double["id"], "same_trainee"), (str(ident()), "reference_unknown")):
        answer = await post(client, world, f"{path}/merge", {"into": into}, version=1)
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/into", code)]
    answer = await post(client, world, f"{path}/merge", {"into": survivor["id"]}, version=1)
    assert answer.status_code == 200, answer.text
    merged = answer.json()
    assert merged["merged_into"] == {"id": survivor["id"], "reference": survivor["id"], "label": survivor["label"]}
    assert merged["merged_at"] is not None
    chained = await post(client, world, f"/trainees/{third['id']}/merge", {"into": double["id"]}, version=1)
    assert chained.status_code == 409
    turned = await post(client, world, f"/trainees/{survivor['id']}/merge", {"into": third["id"]}, version=1)
    assert turned.status_code == 409
    assert [each["id"] for each in (await get(client, world, "/trainees?merged=true")).json()["items"]] == [
        double["id"]
    ]
    held = await session(client, world)
    answer = await post(client, world, "/records", {"session": held["id"], "trainee": double["id"]})
    assert [e["code"] for e in answer.json()["errors"]] == ["merged"]
    assert (await post(client, world, f"{path}/unmerge", version=1)).status_code == 412
    answer = await post(client, world, f"{path}/unmerge", version=2)
    assert (answer.status_code, answer.json()["merged_into"], answer.json()["merged_at"]) == (200, None, None)
    assert (await post(client, world, f"{path}/unmerge", version=3)).status_code == 409
    await record(client, world, held["id"], double["id"])
    assert (await post(client, world, f"{path}/merge", {"into": survivor["id"]}, version=3)).status_code == 200
    answer = await post(client, world, "/records", {"session": held["id"], "trainee": survivor["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "taken")


async def test_two_who_merge_each_other_at_once(client: httpx.AsyncClient, world: World) -> None:
    one, two = [await trainee(client, world) for _ in range(2)]
    answers = await asyncio.gather(
        post(client, world, f"/trainees/{one['id']}/merge", {"into": two["id"]}, version=1),
        post(client, world, f"/trainees/{two['id']}/merge", {"into": one["id"]}, version=1, by="italy.manager"),
    )
    assert sorted(each.status_code for each in answers) == [200, 409]


async def test_an_erased_person_is_nobody_for_good(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, settings: Settings
) -> None:
    name = made_up_name()
    known = await trainee(client, world, name=name, external_id="ZX-1")
    double = await trainee(client, world)
    await post(client, world, f"/trainees/{double['id']}/merge", {"into": known["id"]}, version=1)
    held = await session(client, world)
    await record(client, world, held["id"], known["id"])
    path = f"/trainees/{known['id']}"
    assert (await post(client, world, f"{path}/erase", version=1, by="icmpd.manager")).status_code == 403
    assert (await post(client, world, f"{path}/erase", version=9)).status_code == 412
    answer = await post(client, world, f"{path}/erase", version=1)
    assert answer.status_code == 200, answer.text
    erased = answer.json()
    assert (erased["external_id"], erased["version"]) == (None, 2)
    assert erased["erased_at"] is not None
    both = [UUID(known["id"]), UUID(double["id"])]
    rows = await owner.fetch("SELECT * FROM vault WHERE trainee_id = ANY ($1)", both)
    assert [(row["wrapped_key"], row["sealed_name"], row["sealed_contact"], row["blind_index"]) for row in rows] == [
        (None, None, None, None)
    ] * 2
    assert await owner.fetchval("SELECT count(*) FROM revisions WHERE after::text LIKE '%ZX-1%'") == 0
    lines = [orjson.loads(line) for line in (settings.data / "erasures.jsonl").read_bytes().split(b"\n") if line]
    assert {line["trainee_id"] for line in lines} == {known["id"], double["id"]}
    assert (settings.data / "erasures.jsonl").stat().st_mode & 0o777 == 0o600
    for verb, body in (("identity", {"purpose": "Attendance sheet"}), ("erase", None)):
        assert (await post(client, world, f"{path}/{verb}", body, version=2)).status_code == 409
    wanted = {"name": name, "agency": "AG-TN-SFAX", "purpose": "Looking for a nominee"}
    assert (await post(client, world, "/trainees/search", wanted)).json() == {"items": []}
    assert (await patch(client, world, path, {"name": made_up_name()}, version=2)).status_code == 409
    answer = await post(client, world, "/records", {"session": held["id"], "trainee": known["id"]})
    assert [e["code"] for e in answer.json()["errors"]] == ["erased"]
    found = await get(client, world, f"/records?trainee_id={known['id']}")
    assert len(found.json()["items"]) == 1
    again = await trainee(client, world, name=name)
    assert again["id"] != known["id"]


async def test_the_history_of_a_person_holds_no_name(client: httpx.AsyncClient, world: World) -> None:
    name = made_up_name()
    known = await trainee(client, world, name=name)
    assert (await patch(client, world, f"/trainees/{known['id']}", {"sex": "male"}, version=1)).status_code == 200
    answer = await get(client, world, f"/trainees/{known['id']}/history")
    assert answer.headers["cache-control"] == "private, no-store"
    newest, first = answer.json()["items"]
    assert (newest["action"], newest["version"], newest["changed"]) == ("update", 2, {"sex": "male"})
    assert set(first["changed"]) == {
        "agency_id",
        "erased_at",
        "external_id",
        "grade_band",
        "language",
        "merged_at",
        "merged_into_id",
        "nominated_by",
        "sex",
    }
    assert name not in answer.text
    posting = known["posting"]["id"]
    assert len((await get(client, world, f"/postings/{posting}/history")).json()["items"]) == 1
    for by, status in (("observer", 403), ("ma.focal", 404), ("icmpd.morocco", 404)):
        assert (await get(client, world, f"/trainees/{known['id']}/history", by=by)).status_code == status
