"""Sites over HTTP: whole answers, every refusal, and nobody's places in anybody else's hands."""

from __future__ import annotations

import asyncio
import csv
import io
import uuid
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

SITES = "/api/v1/sites"
MANAGER = "icmpd.manager"


def new_site(world: World, **more: Any) -> dict[str, Any]:
    return {
        "reference": f"SITE-{uuid.uuid4().hex[:12].upper()}",
        "names": {"en": "Sfax workshop", "fr": "Atelier de Sfax"},
        "kind": "workshop",
        "organisation": "ORG-TN-COAST-GUARD",
        "agency": "AG-TN-SFAX",
        "country": "TN",
        **more,
    }


async def create(client: httpx.AsyncClient, world: World, account: str = MANAGER, **more: Any) -> dict[str, Any]:
    answer = await client.post(SITES, json=new_site(world, **more), headers=world.headers(account))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def test_a_site_is_made_read_and_listed_with_the_same_body(client: httpx.AsyncClient, world: World) -> None:
    site_id = str(uuid.uuid4())
    body = new_site(world, id=site_id, reference="SITE-SFAX-9", un_locode="TNSFA", admin_area="Sfax", external_id="X9")
    made = await client.post(SITES, json=body, headers=world.headers(MANAGER))
    assert made.status_code == 201
    assert made.headers["location"] == f"{SITES}/{site_id}"
    assert made.headers["etag"].startswith('"1-')
    shown = made.json()
    assert shown == {
        "id": site_id,
        "reference": "SITE-SFAX-9",
        "label": "Sfax workshop",
        "names": {"en": "Sfax workshop", "fr": "Atelier de Sfax", "it": None, "ar": None},
        "kind": "workshop",
        "organisation": {
            "id": str(world["tn-coast-guard"]),
            "reference": "ORG-TN-COAST-GUARD",
            "label": "Organisation tn-coast-guard",
        },
        "agency": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "country": "TN",
        "admin_area": "Sfax",
        "un_locode": "TNSFA",
        "active": True,
        "external_id": "X9",
        "version": 1,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    by_id = await client.get(f"{SITES}/{site_id}", headers=world.headers(MANAGER))
    by_reference = await client.get(f"{SITES}/SITE-SFAX-9", headers=world.headers(MANAGER))
    assert by_id.content == by_reference.content == made.content
    assert by_id.headers["etag"] == made.headers["etag"]
    listed = await client.get(f"{SITES}?external_id=X9&total=exact", headers=world.headers(MANAGER))
    assert listed.json() == {"items": [shown], "page": {"next": None, "limit": 50, "total": 1}}
    unchanged = await client.get(
        f"{SITES}/{site_id}", headers=world.headers(MANAGER, If_None_Match=made.headers["etag"])
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_labels_follow_the_language_and_fields_and_expand_the_question(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await create(client, world)
    headers = {**world.headers(MANAGER), "Accept-Language": "fr-TN, en;q=0.5"}
    answer = await client.get(f"{SITES}/{made['id']}?fields=label,agency&expand=agency", headers=headers)
    assert answer.json() == {
        "id": made["id"],
        "label": "Atelier de Sfax",
        "agency": {
            "id": str(world["tn-sfax"]),
            "reference": "AG-TN-SFAX",
            "label": "Unité tn-sfax",
            "country": "TN",
            "is_unit": True,
        },
    }
    italian = await client.get(
        f"{SITES}/{made['id']}?fields=label", headers={**world.headers(MANAGER), "Accept-Language": "it"}
    )
    assert italian.json()["label"] == "Sfax workshop"


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("colour=red", "/colour", "unknown_parameter"),
        ("kind=castle", "/kind/0", "literal_error"),
        ("sort=kind", "/sort", "unknown_sort"),
        ("fields=colour", "/fields", "unknown_field"),
        ("expand=country", "/expand", "unknown_expand"),
        ("cursor=AAAA", "/cursor", "cursor_invalid"),
        ("limit=201", "/limit", "less_than_equal"),
        ("q=x", "/q", "string_too_short"),
        ("created_at.gte=2024-01-01T00:00:00", "/created_at.gte", "value_error"),
        ("created_at_gte=2024-01-01T00:00:00Z", "/created_at_gte", "unknown_parameter"),
    ],
)
async def test_what_a_list_does_not_know_is_refused(
    client: httpx.AsyncClient, world: World, query: str, pointer: str, code: str
) -> None:
    for form in ("", "&format=csv"):
        if form and "cursor" in query:
            continue
        answer = await client.get(f"{SITES}?{query}{form}", headers=world.headers(MANAGER))
        assert answer.status_code == 422, answer.text
        assert faults(answer) == [(pointer, code)]


async def test_pages_follow_one_another_without_gaps_in_both_directions(
    client: httpx.AsyncClient, world: World
) -> None:
    for number in range(7):
        await create(client, world, names={"en": f"Page site {number % 3}"}, external_id=f"page-{number}")
    for sort in ("name", "-name", "created_at", "-created_at"):
        headers = world.headers(MANAGER)
        whole = (await client.get(f"{SITES}?q=page site&sort={sort}&limit=200", headers=headers)).json()["items"]
        assert len(whole) == 7
        walked: list[Any] = []
        cursor = ""
        while True:
            page = (await client.get(f"{SITES}?q=page site&sort={sort}&limit=2{cursor}", headers=headers)).json()
            walked += page["items"]
            if page["page"]["next"] is None:
                break
            cursor = f"&cursor={page['page']['next']}"
        assert walked == whole
        key = (lambda s: (s["label"], s["id"])) if "name" in sort else (lambda s: (s["created_at"], s["id"]))
        assert whole == sorted(whole, key=key, reverse=sort.startswith("-"))


async def test_a_cursor_belongs_to_its_filters_its_order_and_its_search(
    client: httpx.AsyncClient, world: World
) -> None:
    headers = world.headers(MANAGER)
    page = (await client.get(f"{SITES}?limit=1&kind=port", headers=headers)).json()["page"]
    for other in ("kind=store", "kind=port&sort=name", "kind=port&q=port", "kind=port&country=TN"):
        answer = await client.get(f"{SITES}?limit=1&{other}&cursor={page['next']}", headers=headers)
        assert (answer.status_code, faults(answer)) == (422, [("/cursor", "cursor_invalid")])


async def test_search_folds_accents_and_case_in_every_language_and_takes_wildcards_literally(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await create(
        client,
        world,
        names={"en": "Harbour 100%", "fr": "Hébergement", "it": "Città", "ar": "مِينَاء صفاقس"},
    )
    for words in ("HEBERGEMENT", "citta", "ميناء", "100%", "hébergement", made["reference"].lower()):
        answer = await client.get(SITES, params={"q": words}, headers=world.headers(MANAGER))
        assert [site["id"] for site in answer.json()["items"]] == [made["id"]], words
    for words in ("1_0%", "%%", "\\%"):
        answer = await client.get(SITES, params={"q": words}, headers=world.headers(MANAGER))
        assert answer.json()["items"] == [], words


async def test_exports_hold_what_the_list_holds_and_defuse_formulas(client: httpx.AsyncClient, world: World) -> None:
    await create(client, world, names={"en": "=HYPERLINK(0)", "fr": 'Dit "oui", là'}, external_id="-1")
    await create(client, world, names={"en": "Export plain"}, external_id="export-2")
    headers = world.headers(MANAGER)
    listed = (await client.get(f"{SITES}?external_id=-1,export-2&sort=created_at", headers=headers)).json()["items"]
    lines = await client.get(
        f"{SITES}?external_id=-1,export-2&sort=created_at", headers={**headers, "Accept": "application/jsonl"}
    )
    assert lines.headers["content-type"].startswith("application/jsonl")
    assert [orjson.loads(line) for line in lines.text.splitlines()] == listed
    table = await client.get(
        f"{SITES}?external_id=-1,export-2&sort=created_at&format=csv&fields=names,external_id,active,agency",
        headers=headers,
    )
    assert table.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(table.text))) == [
        [
            "id", "name_en", "name_fr", "name_it", "name_ar", "agency_id", "agency_reference", "agency_label",
            "active", "external_id",
        ],
        [
            listed[0]["id"], "'=HYPERLINK(0)", 'Dit "oui", là', "", "", str(world["tn-sfax"]), "AG-TN-SFAX",
            "Agency tn-sfax", "true", "'-1",
        ],
        [
            listed[1]["id"], "Export plain", "", "", "", str(world["tn-sfax"]), "AG-TN-SFAX",
            "Agency tn-sfax", "true", "export-2",
        ],
    ]  # fmt: skip


async def test_a_patch_changes_what_it_names_and_nothing_else(client: httpx.AsyncClient, world: World) -> None:
    made = await create(client, world, admin_area="Sfax", un_locode="TNSFA")
    changed = await client.patch(
        f"{SITES}/{made['reference']}",
        json={"names": {"it": "Officina", "fr": None}, "un_locode": None, "active": False, "agency": "AG-TN-ZARZIS"},
        headers=world.headers(MANAGER, If_Match="1"),
    )
    assert changed.status_code == 200
    body = changed.json()
    assert body == {
        **made,
        "names": {"en": "Sfax workshop", "fr": None, "it": "Officina", "ar": None},
        "un_locode": None,
        "active": False,
        "agency": {"id": str(world["tn-zarzis"]), "reference": "AG-TN-ZARZIS", "label": "Agency tn-zarzis"},
        "version": 2,
        "updated_at": body["updated_at"],
    }
    assert body["updated_at"] > made["updated_at"]
    again = await client.get(f"{SITES}/{made['id']}", headers=world.headers(MANAGER))
    assert again.content == changed.content


async def test_a_change_needs_the_version_that_it_is_based_on(client: httpx.AsyncClient, world: World) -> None:
    made = await create(client, world)
    path = f"{SITES}/{made['id']}"
    missing = await client.patch(path, json={"active": False}, headers=world.headers(MANAGER))
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_missing")
    stale = await client.patch(path, json={"active": False}, headers=world.headers(MANAGER, If_Match="7"))
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]) == (412, "stale", 1)
    first, second = await asyncio.gather(
        *(
            client.patch(path, json={"admin_area": area}, headers=world.headers(MANAGER, If_Match="1"))
            for area in ("One", "Two")
        )
    )
    assert sorted((first.status_code, second.status_code)) == [200, 412]


async def test_a_locode_begins_with_the_country_of_its_site(client: httpx.AsyncClient, world: World) -> None:
    made = await create(client, world)
    refused = await client.patch(
        f"{SITES}/{made['id']}", json={"un_locode": "FRMRS"}, headers=world.headers(MANAGER, If_Match="1")
    )
    assert (refused.status_code, faults(refused)) == (422, [("/un_locode", "locode_of_other_country")])


async def test_what_a_patch_cannot_change_is_told_apart_from_what_is_not_there(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await create(client, world)
    refused = await client.patch(
        f"{SITES}/{made['id']}", json={"country": "FR", "note": "red"}, headers=world.headers(MANAGER, If_Match="1")
    )
    assert refused.status_code == 422
    fixed, nowhere = refused.json()["errors"]
    assert fixed == {"pointer": "/country", "code": "read_only", "detail": "This cannot be changed."}
    assert (nowhere["pointer"], nowhere["code"]) == ("/note", "extra_forbidden")
    assert nowhere["detail"].startswith("There is no such field here. Known fields: names, ")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"kind": "castle"}, [("/kind", "literal_error")]),
        ({"colour": "red"}, [("/colour", "extra_forbidden")]),
        ({"country": "ZZ"}, [("/country", "value_error")]),
        ({"country": "FR", "un_locode": "TNSFA"}, [("/un_locode", "locode_of_other_country")]),
        ({"country": "tn"}, [("/country", "string_pattern_mismatch")]),
        ({"un_locode": "TN-SFA"}, [("/un_locode", "string_pattern_mismatch")]),
        ({"names": {"fr": "Sans anglais"}}, [("/names/en", "missing")]),
        ({"reference": "with space"}, [("/reference", "string_pattern_mismatch")]),
        ({"reference": "0198C1D2-7A43-7C55-9A4E-0F6D7D6F2B11"}, [("/reference", "value_error")]),
        ({"agency": None}, [("/agency", "agency_missing")]),
        ({"agency": "AG-MA-NADOR"}, [("/agency", "other_organisation")]),
        ({"organisation": "ORG-MA-BORDER"}, [("/agency", "other_organisation")]),
        ({"agency": "AG-NOWHERE"}, [("/agency", "reference_unknown")]),
        ({"organisation": str(uuid.UUID(int=0))}, [("/organisation", "reference_unknown")]),
    ],
)
async def test_what_cannot_be_is_refused_at_its_place(
    client: httpx.AsyncClient, world: World, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.post(SITES, json=new_site(world, **more), headers=world.headers(MANAGER))
    assert (answer.status_code, faults(answer)) == (422, expected)


@pytest.mark.parametrize("member", ["kind", "active", "names"])
async def test_what_cannot_be_empty_cannot_be_emptied(client: httpx.AsyncClient, world: World, member: str) -> None:
    made = await create(client, world)
    answer = await client.patch(
        f"{SITES}/{made['id']}", json={member: None}, headers=world.headers(MANAGER, If_Match="1")
    )
    assert answer.status_code == 422
    assert [pointer for pointer, _ in faults(answer)] == [f"/{member}"]


async def test_references_ids_and_external_ids_are_unique(client: httpx.AsyncClient, world: World) -> None:
    made = await create(client, world, external_id="only-once")
    for more, pointer in (
        ({"reference": made["reference"]}, "/reference"),
        ({"id": made["id"]}, "/id"),
        ({"external_id": "only-once"}, "/external_id"),
    ):
        answer = await client.post(SITES, json=new_site(world, **more), headers=world.headers(MANAGER))
        assert (answer.status_code, answer.json()["code"], answer.json()["pointer"]) == (409, "taken", pointer)


async def test_one_of_ten_that_add_the_same_reference_wins(client: httpx.AsyncClient, world: World) -> None:
    body = new_site(world)
    answers = await asyncio.gather(*(client.post(SITES, json=body, headers=world.headers(MANAGER)) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]


async def test_a_retry_with_the_same_key_makes_no_second_site(client: httpx.AsyncClient, world: World) -> None:
    body = new_site(world)
    headers = world.headers(MANAGER, Idempotency_Key="site-retry-1")
    first = await client.post(SITES, json=body, headers=headers)
    second = await client.post(SITES, json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("account", ["icmpd.training", "icmpd.monitoring", "tn.focal", "auditor", "observer"])
async def test_who_lacks_the_scope_changes_nothing(client: httpx.AsyncClient, world: World, account: str) -> None:
    refused = await client.post(SITES, json=new_site(world), headers=world.headers(account))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    refused = await client.patch(
        f"{SITES}/SITE-STORE", json={"active": False}, headers=world.headers(account, If_Match="1")
    )
    assert refused.status_code == 403


SEEN = {
    "icmpd.manager": {"STORE", "TN-DIRECTORATE", "TN-SFAX", "TN-ZARZIS", "MA-DIRECTORATE", "MA-NADOR"},
    "icmpd.morocco": {"STORE", "MA-DIRECTORATE", "MA-NADOR"},
    "italy.manager": {"STORE", "TN-DIRECTORATE", "TN-SFAX", "TN-ZARZIS"},
    "tn.focal": {"STORE", "TN-DIRECTORATE", "TN-SFAX", "TN-ZARZIS"},
    "tn.focal.sfax": {"STORE", "TN-SFAX"},
    "ma.focal": {"STORE", "MA-DIRECTORATE", "MA-NADOR"},
    "observer": {"STORE", "TN-DIRECTORATE", "TN-SFAX", "TN-ZARZIS", "MA-DIRECTORATE", "MA-NADOR"},
    "nobody": {"STORE"},
}


@pytest.mark.parametrize("account", SEEN)
async def test_everybody_sees_their_own_by_list_search_export_id_ids_and_history(
    client: httpx.AsyncClient, world: World, account: str
) -> None:
    headers = world.headers(account)
    everything = {f"SITE-{name}" for name in SEEN["icmpd.manager"]}
    mine = {f"SITE-{name}" for name in SEEN[account]}
    listed = (await client.get(f"{SITES}?limit=200", headers=headers)).json()["items"]
    assert {site["reference"] for site in listed} & everything == mine
    searched = (await client.get(f"{SITES}?q=port of&limit=200", headers=headers)).json()["items"]
    assert {site["reference"] for site in searched} & everything == mine - {"SITE-STORE"}
    exported = (await client.get(f"{SITES}?format=jsonl&fields=reference", headers=headers)).text
    assert {orjson.loads(line)["reference"] for line in exported.splitlines()} & everything == mine
    idents = {name: str(world["store" if name == "SITE-STORE" else name.lower()]) for name in everything}
    together = (await client.get(f"{SITES}?id={','.join(idents.values())}", headers=headers)).json()["items"]
    assert {site["reference"] for site in together} == mine, "those out of sight are not in the answer"
    named = await client.get(f"{SITES}?id={','.join(sorted(mine))}&id={idents['SITE-STORE']}", headers=headers)
    assert {site["reference"] for site in named.json()["items"]} == mine
    hidden = await client.get(f"{SITES}?id=SITE-NOT-THERE,{','.join(everything)}", headers=headers)
    assert faults(hidden) == [("/id", "reference_unknown")]
    for reference, ident in sorted(idents.items()):
        status = 200 if reference in mine else 404
        for path in (reference, ident, f"{reference}/history", f"{ident}/history"):
            assert (await client.get(f"{SITES}/{path}", headers=headers)).status_code == status, path


async def test_nobody_writes_outside_of_what_they_manage(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    before = await owner.fetchval("SELECT count(*) FROM sites")
    italy = world.headers("italy.manager")
    for more, status in (
        ({"organisation": "ORG-MA-BORDER", "agency": str(world["ma-nador"]), "country": "MA"}, 422),
        ({"organisation": "ORG-ICMPD", "agency": None}, 403),
        ({"organisation": "ORG-STRANGER", "agency": None}, 403),
    ):
        answer = await client.post(SITES, json=new_site(world, **more), headers=italy)
        assert answer.status_code == status, answer.text
    hidden = await client.patch(
        f"{SITES}/SITE-MA-NADOR", json={"active": False}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert hidden.status_code == 404
    seen_only = await client.patch(
        f"{SITES}/SITE-STORE", json={"active": False}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert (seen_only.status_code, seen_only.json()["detail"]) == (403, "You may see this, but not change it.")
    made = await create(client, world, "italy.manager")
    moved = await client.patch(
        f"{SITES}/{made['id']}", json={"agency": "AG-MA-NADOR"}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert (moved.status_code, faults(moved)) == (422, [("/agency", "reference_unknown")])
    loose = await client.patch(
        f"{SITES}/{made['id']}", json={"agency": None}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert (loose.status_code, faults(loose)) == (422, [("/agency", "agency_missing")])
    assert await owner.fetchval("SELECT count(*) FROM sites") == before + 1


async def test_workshops_of_suppliers_are_kept_by_whoever_keeps_the_register(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await create(client, world, "italy.logistics", organisation="ORG-SUPPLIER", agency=None, country="IT")
    assert made["organisation"]["id"] == str(world["supplier"])
    seen = await client.get(f"{SITES}/{made['id']}", headers=world.headers("icmpd.manager"))
    assert seen.status_code == 200


async def test_the_administrator_keeps_every_site(client: httpx.AsyncClient, world: World) -> None:
    made = await create(client, world, "root", organisation="ORG-MA-BORDER", agency="AG-MA-NADOR", country="MA")
    changed = await client.patch(
        f"{SITES}/{made['id']}", json={"active": False}, headers=world.headers("root", If_Match="1")
    )
    assert (changed.status_code, changed.json()["active"]) == (200, False)


async def test_history_says_what_changed_and_who_did_it_the_latest_first(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await create(client, world, admin_area="Sfax")
    await client.patch(
        f"{SITES}/{made['id']}",
        json={"admin_area": None, "kind": "store"},
        headers=world.headers("italy.manager", If_Match="1"),
    )
    answer = await client.get(f"{SITES}/{made['reference']}/history?total=exact", headers=world.headers(MANAGER))
    assert answer.status_code == 200
    changed, inserted = answer.json()["items"]
    assert answer.json()["page"] == {"next": None, "limit": 50, "total": 2}
    assert changed == {
        "id": changed["id"],
        "action": "update",
        "version": 2,
        "recorded_at": changed["recorded_at"],
        "actor": {"id": str(world.accounts["italy.manager"]), "label": None},
        "changed": {"admin_area": None, "kind": "store"},
    }
    assert inserted == {
        "id": inserted["id"],
        "action": "insert",
        "version": 1,
        "recorded_at": inserted["recorded_at"],
        "actor": {"id": str(world.accounts[MANAGER]), "label": f"Synthetic {MANAGER}"},
        "changed": {
            "reference": made["reference"],
            "name_en": "Sfax workshop",
            "name_fr": "Atelier de Sfax",
            "name_it": None,
            "name_ar": None,
            "kind": "workshop",
            "organisation_id": str(world["tn-coast-guard"]),
            "agency_id": str(world["tn-sfax"]),
            "country": "TN",
            "admin_area": "Sfax",
            "un_locode": None,
            "active": True,
            "external_id": None,
        },
    }
    first = (await client.get(f"{SITES}/{made['id']}/history?limit=1", headers=world.headers(MANAGER))).json()
    assert first["items"] == [changed]
    rest = await client.get(
        f"{SITES}/{made['id']}/history?limit=1&cursor={first['page']['next']}", headers=world.headers(MANAGER)
    )
    assert rest.json()["items"] == [inserted]
    oldest = await client.get(f"{SITES}/{made['id']}/history?sort=recorded", headers=world.headers(MANAGER))
    assert oldest.json()["items"] == [inserted, changed]
    other = await create(client, world)
    foreign = await client.get(
        f"{SITES}/{other['id']}/history?limit=1&cursor={first['page']['next']}", headers=world.headers(MANAGER)
    )
    assert (foreign.status_code, faults(foreign)) == (422, [("/cursor", "cursor_invalid")])


async def test_the_history_of_a_place_without_an_agency_is_seen_by_all_who_see_the_place(
    client: httpx.AsyncClient, world: World
) -> None:
    for account in ("italy.manager", "tn.focal", "observer", "auditor"):
        answer = await client.get(f"{SITES}/SITE-STORE/history", headers=world.headers(account))
        assert [entry["action"] for entry in answer.json()["items"]] == ["insert"], account


@pytest.mark.parametrize(("given", "code"), [("no", "bool_parsing"), ("true", "bool_parsing"), (0, "bool_type")])
async def test_a_site_is_closed_by_false_and_by_nothing_that_is_like_it(
    client: httpx.AsyncClient, world: World, given: Any, code: str
) -> None:
    made = await create(client, world)
    headers = world.headers(MANAGER) | {"if-match": '"1"'}
    answer = await client.patch(f"{SITES}/{made['id']}", json={"active": given}, headers=headers)
    assert (answer.status_code, faults(answer)) == (422, [("/active", code)])
    shown = (await client.get(f"{SITES}/{made['id']}", headers=world.headers(MANAGER))).json()
    assert (shown["active"], shown["version"]) == (True, 1)
