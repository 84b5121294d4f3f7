"""What belongs where (DOMAIN 2), as one table; and the SQL that makes the database hold it (HOUSE 4).

Policies read columns of their own row and the caller's settings only. `tests/house` fails for a table that is not in
`TENANCY`, and for a database whose policies differ from what this module says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.db import change_rows
from app.domain.changes import READ_SCOPE

Kind = Literal["catalogue", "component", "shared", "agency", "organisation", "own", "log", "internal", "special"]

_SEE = "component_id = ANY ((SELECT app.see())::uuid[])"
_MANAGE = "component_id = ANY ((SELECT app.manage())::uuid[])"
_JOINED = "component_id = ANY ((SELECT app.joined())::uuid[])"
_ADMIN = "(SELECT app.has('a'))"
_PEOPLE = "(SELECT app.has('p'))"
_CALLER = "(SELECT app.caller())"
_ORG = "(SELECT app.org())"
_KNOWN = f"{_CALLER} IS NOT NULL"
#: What an auditor reads of organisations: those that take part in the components audited; an auditor of the whole, all.
_AUDITED = "(SELECT app.has('d')) OR organisation_id = ANY ((SELECT app.audited())::uuid[])"
_OWNERS = f"{_CALLER} IN (owner_id, person_id)"


def _in_tree(column: str) -> str:
    return f"{column} = ANY ((SELECT app.agencies())::uuid[])"


def _in_own_tree(column: str) -> str:
    return f"{column} = ANY ((SELECT app.own_agencies())::uuid[])"


def _in_managed_tree(column: str) -> str:
    return f"{column} = ANY ((SELECT app.managed_agencies())::uuid[])"


@dataclass(frozen=True, slots=True)
class Tenancy:
    """How one table is walled: who may see a row, who may leave a row behind, what is written along."""

    kind: Kind
    #: The public word for it: change rows, histories and idempotent replays use it. None: it is part of another one.
    resource: str | None = None
    agency: str | None = None
    component: str | None = None
    organisation: str | None = None
    #: Rows about people: never for observers, and their changes neither.
    personal: bool = False
    #: The column that leads to the person: a trainee's id, or the id of a row of `through` that has it.
    person: str = ""
    through: str = ""
    #: Columns of free text about a person: revisions never hold them, and an erasure empties them (app/db/erasure.py).
    texts: tuple[str, ...] = ()
    #: Columns of text in which only words and identifiers of ours stand.
    codes: tuple[str, ...] = ()
    #: Public words, where one table holds several resources, and the SQL over a row `r` that picks one.
    words: tuple[str, ...] = ()
    word: str | None = None
    #: (resource, column): the rows are part of another resource's objects, and their changes are changes of those.
    tells_of: tuple[str, str] | None = None
    #: The column by which rows hang in the tree that decides who sees what.
    parent: str | None = None
    #: Keep what changed, by whom, for `/history` (items have events instead).
    history: bool = True
    #: What the application role may do at all.
    grants: str = "SELECT, INSERT, UPDATE"
    see: str = "false"
    keep: str = "false"
    #: Who may take a row away, where that is not whoever may keep it.
    remove: str | None = None

    @property
    def in_feed(self) -> tuple[str, ...]:
        """The words under which the change feed tells of these rows' objects by themselves."""
        words = self.words or ((self.resource,) if self.resource and self.tells_of is None else ())
        return tuple(word for word in words if word in READ_SCOPE)


def _catalogue(resource: str, **more: str) -> Tenancy:
    """Readable by every identified caller; changed by whoever holds the scope (the operation's gate)."""
    return Tenancy("catalogue", resource, see=_KNOWN, keep=_KNOWN, **more)  # type: ignore[arg-type]


def _component(resource: str | None, *, agency: str | None = None, joined: bool = False, **more: object) -> Tenancy:
    """Seen by who sees the component, by the beneficiary in whose tree the row is, and by agencies that take part."""
    see, keep = _SEE, _MANAGE
    if joined:
        see = f"({see} OR {_JOINED})"
    if agency:
        see = f"({see} OR {_in_own_tree(agency)})"
        keep = f"({keep} OR {_in_own_tree(agency)})"
    if more.get("personal"):
        see, keep = f"{_PEOPLE} AND {see}", f"{_PEOPLE} AND {keep}"
    return Tenancy(
        "component",
        resource,
        component="component_id",
        agency=agency,
        see=see,
        keep=keep,
        **more,  # type: ignore[arg-type]
    )


def _agency(resource: str | None, column: str = "agency_id", *, personal: bool = False, **more: object) -> Tenancy:
    """Seen and changed by who sees and manages that part of the tree."""
    see, keep = _in_tree(column), _in_managed_tree(column)
    if personal:
        see, keep = f"{_PEOPLE} AND {see}", f"{_PEOPLE} AND {keep}"
    return Tenancy("agency", resource, agency=column, personal=personal, see=see, keep=keep, **more)  # type: ignore[arg-type]


_INTERNAL = Tenancy("internal", history=False, grants="")

_OF_IMPORT = Tenancy(
    "own", history=False, grants="SELECT, INSERT, DELETE", see=f"owner_id = {_CALLER}", keep=f"owner_id = {_CALLER}"
)

TENANCY: dict[str, Tenancy] = {
    # who is who
    "organisations": Tenancy(
        "special",
        "organisations",
        see=_KNOWN,
        keep=f"({_ADMIN} OR (kinds = ARRAY['supplier'] AND {_KNOWN}))",
    ),
    "delegations": Tenancy(
        "special",
        "delegations",
        component="component_id",
        organisation="organisation_id",
        see=f"({_ADMIN} OR organisation_id = {_ORG} OR {_SEE})",
        keep=_ADMIN,
    ),
    "accounts": Tenancy(
        "organisation",
        "accounts",
        organisation="organisation_id",
        see=f"({_ADMIN} OR {_AUDITED} OR organisation_id = {_ORG})",
        keep=f"({_ADMIN} OR organisation_id = {_ORG})",
    ),
    "grants": Tenancy(
        "organisation",
        "grants",
        organisation="organisation_id",
        tells_of=("accounts", "account_id"),
        grants="SELECT, INSERT, DELETE",
        see=f"({_ADMIN} OR {_AUDITED} OR organisation_id = {_ORG})",
        keep=f"({_ADMIN} OR organisation_id = {_ORG})",
    ),
    "clients": Tenancy(
        "organisation",
        "clients",
        organisation="organisation_id",
        see=f"({_ADMIN} OR {_AUDITED} OR organisation_id = {_ORG})",
        keep=f"({_ADMIN} OR organisation_id = {_ORG})",
    ),
    "credentials": _INTERNAL,
    "client_secrets": _INTERNAL,
    "one_time_links": _INTERNAL,
    "refresh_tokens": _INTERNAL,
    "revoked_tokens": _INTERNAL,
    "login_attempts": _INTERNAL,
    "sign_ins": Tenancy(
        "organisation",
        None,
        history=False,
        grants="SELECT",
        see=f"({_ADMIN} OR account_id = {_CALLER} OR organisation_id = {_ORG})",
    ),
    "security_log": Tenancy(
        "log",
        None,
        history=False,
        grants="SELECT, INSERT",
        see=f"((SELECT app.has('s')) AND ({_ADMIN} OR {_AUDITED}))",
        keep="true",
    ),
    # register
    "programmes": Tenancy("catalogue", "programmes", see=_KNOWN, keep=f"({_ADMIN} OR app.manages_programme(id))"),
    "components": Tenancy(
        "special",
        "components",
        component="id",
        see=f"({_ADMIN} OR {_SEE.replace('component_id', 'id')} OR {_JOINED.replace('component_id', 'id')})",
        keep=f"({_ADMIN} OR {_MANAGE.replace('component_id', 'id')})",
    ),
    "participations": Tenancy(
        "special",
        "participations",
        component="component_id",
        agency="agency_id",
        see=f"({_ADMIN} OR {_SEE} OR {_in_tree('agency_id')})",
        keep=f"({_ADMIN} OR {_MANAGE})",
    ),
    "agencies": Tenancy(
        "agency",
        "agencies",
        agency="id",
        parent="parent_id",
        see=f"({_ADMIN} OR {_in_tree('id')})",
        keep=f"({_ADMIN} OR {_in_managed_tree('id')} OR {_in_managed_tree('parent_id')})",
    ),
    "agency_closure": Tenancy(
        "special", history=False, grants="SELECT", see=f"({_ADMIN} OR {_in_tree('descendant_id')})"
    ),
    "sites": Tenancy(
        "special",
        "sites",
        agency="agency_id",
        organisation="organisation_id",
        see=f"({_ADMIN} OR {_in_tree('agency_id')} OR (agency_id IS NULL AND {_KNOWN}))",
        keep=(
            f"({_ADMIN} OR {_in_managed_tree('agency_id')} OR (agency_id IS NULL "
            f"AND (organisation_id = {_ORG} OR organisation_id = ANY ((SELECT app.suppliers())::uuid[]))))"
        ),
    ),
    "support_arrangements": _agency("support-arrangements"),
    # catalogue
    "equipment_types": _catalogue("equipment-types"),
    "equipment_models": _catalogue("equipment-models"),
    "suppliers": _catalogue("suppliers"),
    "courses": _catalogue("courses"),
    "course_covers": Tenancy("catalogue", history=False, see=_KNOWN, keep=_KNOWN, grants="SELECT, INSERT, DELETE"),
    # equipment
    "items": _component("equipment", agency="unit_id", history=False),
    "identifiers": _component(None, history=False, grants="INSERT"),
    "events": _component(None, agency="unit_id", history=False, grants="SELECT, INSERT"),
    "event_texts": _component(None, agency="unit_id", history=False, grants="SELECT, INSERT"),
    "item_spans": _component(None, agency="unit_id", history=False, grants="SELECT, INSERT, UPDATE, DELETE"),
    "holdings": _agency(None, "unit_id", history=False, grants="SELECT"),
    "confirmations": _agency(None, "unit_id", history=False, grants="SELECT"),
    "history_sums": _agency(None, "unit_id", history=False, grants="SELECT"),
    "history_late": _agency(None, "unit_id", history=False, grants="SELECT"),
    "checkpoints": Tenancy(
        "log", history=False, grants="SELECT", see="((SELECT app.has('u')) OR (SELECT app.has('a')))"
    ),
    # documents
    "deliveries": _component("deliveries"),
    "documents": _component("documents", agency="agency_id", words=("acceptances", "handovers"), word="r.kind || 's'"),
    "document_lines": _component(None, agency="agency_id", history=False, grants="SELECT, INSERT, UPDATE, DELETE"),
    "document_approvals": _component(None, agency="agency_id", history=False, grants="SELECT, INSERT"),
    "requirements": _component("requirements", agency="agency_id"),
    "files": Tenancy(
        "own",
        None,
        organisation="organisation_id",
        history=False,
        grants="SELECT, INSERT, DELETE",
        see=f"(owner_id = {_CALLER} OR app.file_in_sight(id))",
        keep=f"owner_id = {_CALLER}",
    ),
    "attachments": _component(
        "attachments",
        agency="agency_id",
        grants="SELECT, INSERT, DELETE",
        # Both sides add evidence about an item; neither takes away the other's, but who manages the component may.
        remove=f"({_MANAGE} OR (attached_by = (SELECT app.person()) AND {_in_own_tree('agency_id')}))",
    ),
    # training
    "training_sessions": _component("sessions", joined=True),
    "trainees": _agency("trainees", personal=True, person="id", texts=("external_id",)),
    "vault": _agency(None, personal=True, history=False, person="trainee_id"),
    "postings": _agency("postings", personal=True, person="trainee_id"),
    "training_records": _component(
        "records", agency="agency_id", personal=True, person="trainee_id", codes=("reason",)
    ),
    "record_events": _component(
        None,
        agency="agency_id",
        personal=True,
        history=False,
        grants="SELECT, INSERT",
        person="record_id",
        through="training_records",
        texts=("note",),
        codes=("kind", "changes"),
    ),
    "qualifications": _agency("qualifications", personal=True, person="trainee_id", texts=("evidence", "reason")),
    "identity_reads": Tenancy(
        "log",
        history=False,
        grants="SELECT, INSERT",
        person="trainee_id",
        texts=("purpose",),
        codes=("request_id",),
        see=f"((SELECT app.has('u')) AND {_in_tree('agency_id')})",
        keep=_KNOWN,
    ),
    # platform
    "feed": Tenancy("log", history=False, grants="SELECT", see=_KNOWN),
    "revisions": Tenancy(
        "log",
        history=False,
        grants="SELECT",
        see=(
            f"{_KNOWN} AND (NOT personal OR {_PEOPLE}) AND ({_ADMIN} OR {_SEE} OR {_in_own_tree('agency_id')} "
            # An agency may work with several components: what is a component's is not seen by way of the agency.
            f"OR ((component_id IS NULL OR resource = 'participations') AND {_in_tree('agency_id')}) "
            f"OR organisation_id = {_ORG} "
            f"OR ({_JOINED} AND resource IN ('components', 'sessions')) "
            "OR (resource = 'sites' AND agency_id IS NULL) "
            "OR (component_id IS NULL AND agency_id IS NULL AND organisation_id IS NULL))"
        ),
    ),
    "idempotency_keys": Tenancy(
        "own", history=False, grants="SELECT, INSERT", see=f"caller_id = {_CALLER}", keep=f"caller_id = {_CALLER}"
    ),
    # Everybody sees their own jobs; the deployment's administrator sees how all of them fare, not what they are about.
    "jobs": Tenancy(
        "own",
        organisation="organisation_id",
        history=False,
        grants="SELECT, INSERT",
        see=f"(requester_id = {_CALLER} OR {_ADMIN})",
        keep=f"(requester_id = {_CALLER} AND person_id = (SELECT app.person()) AND organisation_id = {_ORG})",
    ),
    "job_details": Tenancy(
        "own", history=False, grants="SELECT, INSERT", see=f"requester_id = {_CALLER}", keep=f"requester_id = {_CALLER}"
    ),
    "schedules": _INTERNAL,
    # A webhook is that of the account or client which made it. A person also has those of their own clients, but no
    # client has those of its owner, whose rights reach further.
    "webhooks": Tenancy(
        "own",
        organisation="organisation_id",
        history=False,
        grants="SELECT, INSERT, UPDATE, DELETE",
        see=_OWNERS,
        keep=f"({_OWNERS} AND organisation_id = {_ORG})",
        remove=_OWNERS,
    ),
    "webhook_secrets": _INTERNAL,
    "webhook_cursors": _INTERNAL,
    "webhook_deliveries": Tenancy("own", history=False, grants="SELECT", see=_OWNERS),
    # An import is its uploader's alone, whoever else sees what it is about.
    "imports": Tenancy(
        "own",
        history=False,
        grants="SELECT, INSERT, UPDATE, DELETE",
        see=f"owner_id = {_CALLER}",
        keep=f"owner_id = {_CALLER}",
    ),
    "import_faults": _OF_IMPORT,
    "import_changes": _OF_IMPORT,
    "import_marks": _INTERNAL,
}

#: Who may see a change: whoever may see the object, by the rules above.
TENANCY["changes"] = Tenancy("log", history=False, grants="SELECT", see=change_rows.visible(TENANCY))

#: Public word → table, for whoever has to ask "may this caller still see that object?"
TABLE_OF: dict[str, str] = {t.resource: table for table, t in TENANCY.items() if t.resource} | {
    "acceptances": "documents",  # one table, two resources
    "handovers": "documents",
    "imports": "imports",
    "jobs": "jobs",  # writes no change rows: progress is no news to a feed
    "webhooks": "webhooks",  # neither: it would tell itself of itself
}

#: Tables without rows of anybody's: Alembic's own.
UNWALLED = frozenset({"alembic_version"})


def wall(table: str) -> list[str]:
    """The statements that put a new table behind its wall: row-level security, grants, policies, change trigger."""
    t = TENANCY[table]
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"REVOKE ALL ON {table} FROM PUBLIC",
    ]
    if t.grants:
        statements.append(f"GRANT {t.grants} ON {table} TO bmp_app, bmp_worker")
    statements += [
        f"CREATE POLICY {name} ON {table} FOR {command} TO bmp_app, bmp_worker {clause}"
        for name, command, clause in policies(table)
    ]
    if t.resource is not None:
        statements += change_rows.triggers(table, t)
    return statements


def policies(table: str) -> list[tuple[str, str, str]]:
    """Name, command and clause of each policy. What a write leaves behind is checked too (`WITH CHECK`)."""
    t = TENANCY[table]
    made = []
    if "SELECT" in t.grants:
        made.append(("see", "SELECT", f"USING ({t.see})"))
    if "INSERT" in t.grants:
        made.append(("add", "INSERT", f"WITH CHECK ({t.keep})"))
    if "UPDATE" in t.grants:
        made.append(("change", "UPDATE", f"USING ({t.keep}) WITH CHECK ({t.keep})"))
    if "DELETE" in t.grants:
        made.append(("remove", "DELETE", f"USING ({t.remove or t.keep})"))
    return made
