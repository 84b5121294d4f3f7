"""Types of what crosses the wire. Generated from openapi.json by `make clients`: do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

AcceptanceKind = Literal["preliminary", "partial_provisional", "provisional", "final"]

Action = Literal[
    "ship",
    "deliver",
    "accept",
    "reject",
    "redeliver",
    "return",
    "exchange_return",
    "hand_over",
    "retransfer",
    "put_in_service",
    "withdraw",
    "reinstate",
    "dispose",
    "lose",
    "recover",
    "cancel",
    "confirm_receipt",
    "report_condition",
    "move_custody",
]

Condition = Literal["unknown", "up", "degraded", "down"]

DeliveryAction = Literal["receive", "close"]

DeliveryStage = Literal["draft", "received", "closed"]

DeliveryState = Literal["pending", "delivered", "failed", "dropped"]

DocumentStage = Literal["draft", "submitted", "approved", "returned", "annulled"]

DownReason = Literal["failure", "awaiting_parts", "under_repair", "planned_maintenance", "no_consumables", "external"]

JobState = Literal["queued", "running", "succeeded", "failed", "dead", "cancelled"]

LineOutcome = Literal["accepted", "rejected", "handed_over"]

RequirementDecision = Literal["granted", "refused", "waived", "requested"]

RequirementKind = Literal[
    "end_use_undertaking",
    "due_diligence",
    "export_check",
    "eu_visibility",
    "test_passed",
    "no_suspension",
    "no_open_allegation",
]

Scheme = Literal["serial", "vin", "hin", "mmsi", "imei", "inventory", "giai"]

Scope = Literal[
    "register:read",
    "register:write",
    "catalogue:write",
    "suppliers:write",
    "organisations:write",
    "delegations:write",
    "accounts:read",
    "accounts:write",
    "clients:read",
    "clients:write",
    "equipment:read",
    "equipment:write",
    "equipment:backdate",
    "equipment:confirm",
    "deliveries:write",
    "acceptances:write",
    "acceptances:approve",
    "handovers:write",
    "handovers:approve",
    "requirements:write",
    "requirements:waive",
    "files:read",
    "files:write",
    "training:read",
    "training:write",
    "trainees:read",
    "trainees:nominate",
    "trainees:write",
    "trainees:identify",
    "trainees:erase",
    "qualifications:recognise",
    "readiness:read",
    "audit:read",
    "security:read",
]

Stage = Literal[
    "ordered",
    "shipped",
    "delivered",
    "accepted",
    "rejected",
    "returned",
    "handed_over",
    "in_service",
    "withdrawn",
    "disposed",
    "lost",
    "cancelled",
]

WebhookDisabled = Literal["owner", "gone", "failing", "not_allowed"]

WebhookStatus = Literal["active", "disabled"]


class AcceptanceChange(TypedDict):
    """A JSON Merge Patch of a draft or a returned certificate. Lines are replaced whole."""

    delivery: NotRequired[str | None]
    effective_at: NotRequired[str | datetime | None]
    kind: NotRequired[AcceptanceKind]
    lines: NotRequired[Sequence[AcceptanceLine]]
    note: NotRequired[str | None]
    title_organisation: NotRequired[str]
    warranty_days: NotRequired[int | None]


class AcceptanceDetail(TypedDict):
    """One certificate with its approvals. Its lines are a list of their own."""

    annulled_at: str | None
    annulled_by: PersonOut | None
    approvals: list[ApprovalOut]
    approved_at: str | None
    available_actions: list[Literal["submit", "approve", "return", "revise", "annul"]]
    component: Related | None
    created_at: str
    delivery: Related | None
    effective_at: str | None
    id: str
    kind: AcceptanceKind
    lines: LineCounts
    note: str | None
    prepared_by: PersonOut | None
    reason: str | None
    reference: str
    status: DocumentStage
    submitted_at: str | None
    submitted_by: PersonOut | None
    title_organisation: Related | None
    updated_at: str
    version: int
    warranty_days: int | None


class AcceptanceIn(TypedDict):
    """A new certificate, a draft. Its reference is made by the service (`ACC-TN-2026-000001`)."""

    component: str
    delivery: NotRequired[str | None]
    effective_at: NotRequired[str | datetime | None]
    id: NotRequired[str | UUID | None]
    kind: AcceptanceKind
    lines: NotRequired[Sequence[AcceptanceLine]]
    note: NotRequired[str | None]
    title_organisation: NotRequired[str | None]
    warranty_days: NotRequired[int | None]


class AcceptanceLine(TypedDict):
    """What the certificate says about one item."""

    condition: NotRequired[Literal["up", "degraded"] | None]
    item: str
    note: NotRequired[str | None]
    outcome: Literal["accepted", "rejected"]
    reason: NotRequired[
        Literal["defective", "damaged", "incomplete", "not_as_ordered", "documents_missing", "other"] | None
    ]
    tests: NotRequired[Sequence[TestResult]]


class AcceptanceOut(TypedDict):
    """A certificate. Approving a provisional one is the only way to accepted and rejected items."""

    annulled_at: str | None
    approved_at: str | None
    component: Related | None
    created_at: str
    delivery: Related | None
    effective_at: str | None
    id: str
    kind: AcceptanceKind
    prepared_by: PersonOut | None
    reference: str
    status: DocumentStage
    submitted_at: str | None
    title_organisation: Related | None
    updated_at: str
    version: int
    warranty_days: int | None


class AcceptanceTest(TypedDict):
    """One step of the acceptance test of an item."""

    code: str
    required: NotRequired[bool]
    text: str


class AccountChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties."""

    agency: NotRequired[str | None]
    display_name: NotRequired[str]
    language: NotRequired[Literal["en", "fr", "it", "ar"]]


class AccountIn(TypedDict):
    """A new account. It cannot log in before its invitation is redeemed."""

    account_name: str
    agency: NotRequired[str | None]
    display_name: str
    grants: NotRequired[Sequence[GrantIn]]
    id: NotRequired[str | UUID | None]
    language: NotRequired[Literal["en", "fr", "it", "ar"]]
    organisation: NotRequired[str | None]


class AccountOut(TypedDict):
    """A person who logs in."""

    account_name: str
    active: bool
    agency: Related | None
    created_at: str
    display_name: str
    grants: list[GrantOut]
    has_password: bool
    id: str
    language: Literal["en", "fr", "it", "ar"]
    organisation: Related
    updated_at: str
    version: int


class Actor(TypedDict):
    """The account or client that acted. Its name is shown to its own organisation only."""

    id: str
    label: str | None


class AgencyChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. Its organisation and country stay what they are."""

    active: NotRequired[bool]
    external_id: NotRequired[str | None]
    is_unit: NotRequired[bool]
    names: NotRequired[NamesChange]
    parent: NotRequired[str | None]


class AgencyIn(TypedDict):
    """A new agency. Only the administrator adds one without a parent."""

    country: str
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    is_unit: NotRequired[bool]
    names: Names
    organisation: str
    parent: NotRequired[str | None]
    reference: str


class AgencyOut(TypedDict):
    """A node of a beneficiary's tree."""

    active: bool
    country: str
    created_at: str
    external_id: str | None
    id: str
    is_unit: bool
    label: str
    names: NamesOut
    organisation: Related
    parent: Related | None
    reference: str
    updated_at: str
    version: int


class Allotment(TypedDict):
    """Who is allotted, by pseudonym. People out of the caller's sight are counted."""

    maintainers: list[Related]
    maintainers_reserve: list[Related]
    operators: list[Related]
    operators_reserve: list[Related]
    out_of_sight: int


class ApprovalOut(TypedDict):
    """What one person decided about the document. A return ends the round: its approvals count no more."""

    decision: Literal["approved", "returned"]
    document_version: int
    organisation: Related | None
    person: PersonOut | None
    reason: str | None
    recorded_at: str
    round: int


class ApproveIn(TypedDict):
    """Approval of a submitted document."""

    backdating_reason: NotRequired[str | None]
    lines: NotRequired[Sequence[LineVersion] | None]


class AttachedFile(TypedDict):
    """The file."""

    file_name: str
    id: str
    media_type: str
    sha256: str
    size: int


class AttachmentIn(TypedDict):
    """A file in the caller's sight to be attached to something that the caller may change."""

    file: str | UUID
    id: NotRequired[str | UUID | None]
    label: NotRequired[str | None]
    object: str
    position: NotRequired[int | None]
    resource: Literal["acceptances", "handovers", "deliveries", "equipment", "events", "requirements"]


class AttachmentOut(TypedDict):
    """A file at something. Whoever sees that sees the file."""

    attached_by: PersonOut | None
    created_at: str
    file: AttachedFile
    id: str
    label: str | None
    object_id: str
    position: int | None
    resource: Literal["acceptances", "handovers", "deliveries", "equipment", "events", "requirements"]
    version: int


class AvailableActionOut(TypedDict):
    """A step from the present stage that the caller's roles know; `missing` says what blocks it."""

    action: Action
    allowed: bool
    because: str | None
    missing: list[str]
    required: list[str]


class BrokenChainOut(TypedDict):
    """An item whose chain does not hold, and the first thing that is wrong with it."""

    detail: str
    id: str
    position: int
    problem: Literal["gap", "link", "hash", "count", "head"]
    reference: str


class BulkChange(TypedDict):
    """Change an item that is still at a version."""

    change: EquipmentChange
    id: str
    operation: Literal["change"]
    version: int


class BulkCreate(TypedDict):
    """Register an item. Items of one call share the instant."""

    backdating_reason: NotRequired[str | None]
    component: str
    custody_organisation: NotRequired[str | None]
    custody_site: NotRequired[str | None]
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    identifiers: NotRequired[Sequence[IdentifierIn]]
    model: str
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    operation: Literal["create"]
    parent: NotRequired[str | None]
    supplier: NotRequired[str | None]
    title_organisation: NotRequired[str | None]
    unit_price: NotRequired[Money | None]


class BulkError(TypedDict):
    """Why one operation was refused."""

    code: str
    detail: str
    pointer: str


class BulkOut(TypedDict):
    """What became of all operations."""

    done: int
    items: list[BulkResult]
    refused: int


class BulkResult(TypedDict):
    """What became of one operation, in the order given."""

    errors: list[BulkError]
    id: str | None
    index: int
    reference: str | None
    status: Literal["done", "refused"]
    version: int | None


class BulkTransition(TypedDict):
    """Move an item that is still at a version."""

    action: Action
    backdating_reason: NotRequired[str | None]
    id: str
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    operation: Literal["transition"]
    payload: NotRequired[Payload]
    version: int


class ChangeEvent(TypedDict):
    """A CloudEvent (1.0, JSON format). Order is kept per `partitionkey`."""

    data: ChangedData
    datacontenttype: NotRequired[Literal["application/json"]]
    id: str
    partitionkey: str
    source: str
    specversion: NotRequired[Literal["1.0"]]
    subject: str
    time: str
    type: str


class ChangePage(TypedDict):
    """Events in the order of the feed."""

    items: list[ChangeEvent]
    page: FeedPage


class ChangedData(TypedDict):
    """What changed; read it at `subject`. Absent members are not known, or not the reader's to know any more."""

    id: NotRequired[str | None]
    resource: NotRequired[str | None]
    scope: NotRequired[Sight | None]
    version: NotRequired[int | None]


class CheckpointCheck(TypedDict):
    """Whether the signed checkpoints agree with what the database holds."""

    at: str | None
    lines: int
    problem: str | None


class CheckpointOut(TypedDict):
    """A signed digest over the heads of all chains. The same line stands in a file outside the database. What counts
    the whole deployment is for who sees the whole of it: its administrator, and auditors of all components.
    """

    digest: str
    events: int | None
    id: str
    items: int | None
    line: str | None
    recorded_at: str
    signature: str


class ClientChange(TypedDict):
    """A JSON Merge Patch, by the owner only."""

    components: NotRequired[Sequence[str] | None]
    name: NotRequired[str]
    public_jwk: NotRequired[dict[str, Any]]
    scopes: NotRequired[Sequence[Scope]]


class ClientIn(TypedDict):
    """A new client, owned by whoever makes it."""

    authentication: NotRequired[Literal["client_secret_basic", "private_key_jwt"]]
    components: NotRequired[Sequence[str] | None]
    id: NotRequired[str | UUID | None]
    name: str
    public_jwk: NotRequired[dict[str, Any] | None]
    scopes: Sequence[Scope]


class ClientMade(TypedDict):
    """A client with its new secret, shown this once."""

    client: ClientOut
    client_secret: str | None


class ClientOut(TypedDict):
    """A script."""

    active: bool
    authentication: Literal["client_secret_basic", "private_key_jwt"]
    client_id: str
    components: list[Related] | None
    created_at: str
    id: str
    name: str
    organisation: Related
    owner: Related
    public_jwk: dict[str, str] | None
    scopes: list[str]
    secrets: list[SecretFacts]
    updated_at: str
    version: int


class CodeList(TypedDict):
    """The codes that one kind of field may hold."""

    codes: list[CodeOut]
    name: str


class CodeOut(TypedDict):
    """A code, which never changes, and its label in the language of the answer."""

    code: str
    label: str


class CodesOut(TypedDict):
    """All codes."""

    items: list[CodeList]
    language: str


class ComponentChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. Programme and country stay what they are."""

    domains: NotRequired[
        Sequence[
            Literal[
                "border_surveillance",
                "document_checks",
                "security",
                "transport",
                "mobility",
                "communication",
                "detection",
                "search_and_rescue",
            ]
        ]
    ]
    names: NotRequired[NamesChange]
    objective: NotRequired[str | None]


class ComponentIn(TypedDict):
    """A new component."""

    country: str
    domains: Sequence[
        Literal[
            "border_surveillance",
            "document_checks",
            "security",
            "transport",
            "mobility",
            "communication",
            "detection",
            "search_and_rescue",
        ]
    ]
    id: NotRequired[str | UUID | None]
    names: Names
    objective: NotRequired[str | None]
    programme: str
    reference: str


class ComponentOut(TypedDict):
    """The national part of a programme."""

    country: str
    created_at: str
    domains: list[
        Literal[
            "border_surveillance",
            "document_checks",
            "security",
            "transport",
            "mobility",
            "communication",
            "detection",
            "search_and_rescue",
        ]
    ]
    id: str
    label: str
    names: NamesOut
    objective: str | None
    programme: Related
    reference: str
    updated_at: str
    version: int


class ConditionIn(TypedDict):
    """What the item can do, as somebody has seen."""

    backdating_reason: NotRequired[str | None]
    condition: Literal["up", "degraded", "down"]
    condition_reason: NotRequired[DownReason | None]
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]


class CourseChange(TypedDict):
    """A JSON Merge Patch. What the course covers, takes and gives changes by a new edition only."""

    active: NotRequired[bool]
    external_id: NotRequired[str | None]
    languages: NotRequired[Sequence[Literal["en", "fr", "it", "ar"]]]
    names: NotRequired[NamesChange]


class CourseIn(TypedDict):
    """A new course, in its first edition."""

    covers: NotRequired[Sequence[Cover]]
    external_id: NotRequired[str | None]
    hours_practice: NotRequired[int]
    hours_rights: NotRequired[int]
    hours_theory: NotRequired[int]
    id: NotRequired[str | UUID | None]
    kind: Literal["operation", "operator_maintenance", "technical_maintenance", "supervision", "trainer", "rights"]
    languages: Sequence[Literal["en", "fr", "it", "ar"]]
    minimum_attendance: NotRequired[int]
    names: Names
    pass_mark: NotRequired[int]
    practical_required: NotRequired[bool]
    reference: str
    rights_required: NotRequired[bool]
    sqf_level: NotRequired[int | None]
    validity_months: NotRequired[int | None]


class CourseOut(TypedDict):
    """A course in one edition. Its reference means the last edition; older ones are found by id."""

    active: bool
    covers: list[CoverOut]
    created_at: str
    edition: int
    external_id: str | None
    hours_practice: int
    hours_rights: int
    hours_theory: int
    id: str
    kind: Literal["operation", "operator_maintenance", "technical_maintenance", "supervision", "trainer", "rights"]
    label: str
    languages: list[Literal["en", "fr", "it", "ar"]]
    minimum_attendance: int
    names: NamesOut
    pass_mark: int
    practical_required: bool
    reference: str
    rights_required: bool
    sqf_level: int | None
    updated_at: str
    validity_months: int | None
    version: int


class Cover(TypedDict):
    """A model, or a whole type, that the course qualifies for."""

    model: NotRequired[str | None]
    type: NotRequired[str | None]


class CoverOut(TypedDict):
    """A model, or a whole type, that the course qualifies for."""

    id: str
    kind: Literal["model", "type"]
    label: str
    reference: str


class Days(TypedDict):
    """A half-open period of days (API 3): the first belongs to it, `end` does not. No end: still running."""

    end: NotRequired[str | date | None]
    start: str | date


class DaysChange(TypedDict):
    """A merge patch of a period of days."""

    end: NotRequired[str | date | None]
    start: NotRequired[str | date]


class DaysOut(TypedDict):
    """A half-open period of days; no end: still running."""

    end: str | None
    start: str


class DelegationChange(TypedDict):
    """A JSON Merge Patch. Organisation, component and power never change: end it, and delegate anew."""

    reason: NotRequired[str | None]


class DelegationEnd(TypedDict):
    """When it ends; now, unless it says otherwise."""

    ends_at: NotRequired[str | datetime | None]
    reason: NotRequired[str | None]


class DelegationIn(TypedDict):
    """A new delegation: of one component, or of a whole programme. Co-delegation is two of them."""

    component: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    organisation: str
    period: Period
    power: Literal["manage", "observe"]
    programme: NotRequired[str | None]
    reason: NotRequired[str | None]


class DelegationOut(TypedDict):
    """It decides what an organisation may see and change."""

    component: Related | None
    created_at: str
    id: str
    organisation: Related
    period: PeriodOut
    power: Literal["manage", "observe"]
    programme: Related
    reason: str | None
    running: bool
    updated_at: str
    version: int


class DeliveryChange(TypedDict):
    """A JSON Merge Patch: drafts whole; of a received delivery only `discrepancies`, `note` and `external_id`."""

    contract_reference: NotRequired[str | None]
    discrepancies: NotRequired[Sequence[Discrepancy]]
    expected_on: NotRequired[str | date | None]
    external_id: NotRequired[str | None]
    note: NotRequired[str | None]
    site: NotRequired[str | None]
    supplier: NotRequired[str | None]
    tranche: NotRequired[int | None]


class DeliveryDetail(TypedDict):
    """One delivery with what came of it."""

    available_actions: list[DeliveryAction]
    component: Related | None
    contract_reference: str | None
    created_at: str
    discrepancies: list[DiscrepancyOut]
    expected_on: str | None
    external_id: str | None
    id: str
    items: list[StageCount]
    note: str | None
    received_at: str | None
    received_by: PersonOut | None
    recorded_by: PersonOut | None
    reference: str
    site: Related | None
    status: DeliveryStage
    supplier: Related | None
    tranche: int | None
    updated_at: str
    version: int


class DeliveryIn(TypedDict):
    """A new delivery, a draft. Its reference is made by the service (`DEL-TN-2026-000001`)."""

    component: str
    contract_reference: NotRequired[str | None]
    expected_on: NotRequired[str | date | None]
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    note: NotRequired[str | None]
    site: NotRequired[str | None]
    supplier: NotRequired[str | None]
    tranche: NotRequired[int | None]


class DeliveryOut(TypedDict):
    """A tranche of equipment."""

    component: Related | None
    contract_reference: str | None
    created_at: str
    expected_on: str | None
    external_id: str | None
    id: str
    received_at: str | None
    reference: str
    site: Related | None
    status: DeliveryStage
    supplier: Related | None
    tranche: int | None
    updated_at: str
    version: int


class DemandOut(TypedDict):
    """Training demand: whom readiness lacks, today and when qualifications have expired."""

    on: str
    rows: list[DemandRow]
    total: DemandTotal
    until: str


class DemandRow(TypedDict):
    """Persons whom a unit would have to send to a course so that every functional item is crewed and kept."""

    by_until: int | None
    course: Related | None
    kind: Literal["operator", "maintainer"]
    models: list[Related]
    now: int | None
    suppressed: bool
    unit: Related


class DemandTotal(TypedDict):
    """All rows together."""

    by_until: int | None
    now: int | None


class Discrepancy(TypedDict):
    """What was not as announced: an item of the delivery, or a number of things that have no item here."""

    item: NotRequired[str | None]
    kind: Literal["missing", "surplus", "damaged"]
    note: NotRequired[str | None]
    quantity: NotRequired[int]


class DiscrepancyOut(TypedDict):
    """What was not as announced."""

    item: ItemNamed | None
    kind: Literal["missing", "surplus", "damaged"]
    note: str | None
    quantity: int


class EditionIn(TypedDict):
    """A new edition: what is absent is as in the last one. Sessions and qualifications keep the edition they had."""

    covers: NotRequired[Sequence[Cover]]
    external_id: NotRequired[str | None]
    hours_practice: NotRequired[int]
    hours_rights: NotRequired[int]
    hours_theory: NotRequired[int]
    id: NotRequired[str | UUID | None]
    languages: NotRequired[Sequence[Literal["en", "fr", "it", "ar"]]]
    minimum_attendance: NotRequired[int]
    names: NotRequired[NamesChange]
    pass_mark: NotRequired[int]
    practical_required: NotRequired[bool]
    rights_required: NotRequired[bool]
    sqf_level: NotRequired[int | None]
    validity_months: NotRequired[int | None]


class EffectiveEventOut(TypedDict):
    """One event that counts: with its last correction, without what was taken back."""

    changes: dict[str, Any]
    kind: str
    occurred_at: str
    position: int
    recorded_at: str


class EffectiveOut(TypedDict):
    """What counts of an item's history, in the order in which it happened, and the state that it amounts to."""

    condition: Condition | None
    items: list[EffectiveEventOut]
    stage: Stage | None


class EquipmentBulkIn(TypedDict):
    """Up to 1 000 operations: registrations first, then changes, then steps, each kind in the order given."""

    atomic: NotRequired[bool]
    items: Sequence[BulkCreate | BulkChange | BulkTransition]


class EquipmentChange(TypedDict):
    """A JSON Merge Patch of what is not moved by events: what is absent stays, null empties."""

    external_id: NotRequired[str | None]
    note: NotRequired[str | None]
    parent: NotRequired[str | None]
    supplier: NotRequired[str | None]
    unit_price: NotRequired[Money | None]


class EquipmentCorrectionIn(TypedDict):
    """What should have been said about an event; or, with `annul`, that it did not happen."""

    annul: NotRequired[bool]
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    payload: NotRequired[Payload]
    position: int
    reason: str


class EquipmentDetail(TypedDict):
    """One item with everything around it."""

    available_actions: NotRequired[list[AvailableActionOut] | None]
    children: int
    component: Related | None
    condition: Condition
    condition_reason: DownReason | None
    confirmed_at: str | None
    created_at: str
    custody_organisation: Related | None
    custody_site: Related | None
    delivery: Related | None
    event_count: int
    external_id: str | None
    id: str
    identifiers: list[IdentifierOut]
    last_event_at: str
    model: Related | None
    note: str | None
    parent: Related | None
    receipt_confirmed_at: str | None
    reference: str
    replaced_by: Related | None
    serial: str | None
    stage: Stage
    supplier: Related | None
    title: Related | None
    unit: Related | None
    unit_price: MoneyOut | None
    updated_at: str
    version: int
    warranty_ends_on: str | None
    warranty_starts_on: str | None


class EquipmentIn(TypedDict):
    """A new item, `ordered`. `id` may be made by the client (UUIDv7), so that an offline device can retry."""

    backdating_reason: NotRequired[str | None]
    component: str
    custody_organisation: NotRequired[str | None]
    custody_site: NotRequired[str | None]
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    identifiers: NotRequired[Sequence[IdentifierIn]]
    model: str
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    parent: NotRequired[str | None]
    supplier: NotRequired[str | None]
    title_organisation: NotRequired[str | None]
    unit_price: NotRequired[Money | None]


class EquipmentModelChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. Lists are replaced whole."""

    acceptance_tests: NotRequired[Sequence[AcceptanceTest]]
    control_reference: NotRequired[str | None]
    controlled: NotRequired[bool]
    external_id: NotRequired[str | None]
    maintainers: NotRequired[People]
    maintenance_plan: NotRequired[Sequence[MaintenanceTask]]
    manufacturer: NotRequired[str]
    model_number: NotRequired[str | None]
    names: NotRequired[NamesChange]
    operators: NotRequired[People]
    priority: NotRequired[int]
    useful_life_months: NotRequired[int | None]
    warranty_days: NotRequired[int]


class EquipmentModelDetail(TypedDict):
    """A model with its tests, its maintenance and the active courses that qualify for it."""

    acceptance_tests: list[AcceptanceTest]
    control_reference: str | None
    controlled: bool
    courses: list[QualifyingCourse]
    created_at: str
    external_id: str | None
    id: str
    label: str
    maintainers: PeopleOut
    maintenance_plan: list[MaintenanceTask]
    manufacturer: str
    model_number: str | None
    names: NamesOut
    operators: PeopleOut
    priority: int
    reference: str
    type: Related
    updated_at: str
    useful_life_months: int | None
    version: int
    warranty_days: int


class EquipmentModelIn(TypedDict):
    """A new model."""

    acceptance_tests: NotRequired[Sequence[AcceptanceTest]]
    control_reference: NotRequired[str | None]
    controlled: NotRequired[bool]
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    maintainers: NotRequired[People]
    maintenance_plan: NotRequired[Sequence[MaintenanceTask]]
    manufacturer: str
    model_number: NotRequired[str | None]
    names: Names
    operators: NotRequired[People]
    priority: NotRequired[int]
    reference: str
    type: str
    useful_life_months: NotRequired[int | None]
    warranty_days: NotRequired[int]


class EquipmentModelOut(TypedDict):
    """A maker's model."""

    control_reference: str | None
    controlled: bool
    created_at: str
    external_id: str | None
    id: str
    label: str
    maintainers: PeopleOut
    manufacturer: str
    model_number: str | None
    names: NamesOut
    operators: PeopleOut
    priority: int
    reference: str
    type: Related
    updated_at: str
    useful_life_months: int | None
    version: int
    warranty_days: int


class EquipmentOut(TypedDict):
    """One physical thing, from order to disposal. Facts that one status could not hold are kept apart."""

    component: Related | None
    condition: Condition
    condition_reason: DownReason | None
    confirmed_at: str | None
    created_at: str
    custody_organisation: Related | None
    custody_site: Related | None
    external_id: str | None
    id: str
    identifiers: list[IdentifierOut]
    last_event_at: str
    model: Related | None
    receipt_confirmed_at: str | None
    reference: str
    serial: str | None
    stage: Stage
    title: Related | None
    unit: Related | None
    unit_price: MoneyOut | None
    updated_at: str
    version: int
    warranty_ends_on: str | None
    warranty_starts_on: str | None


class EquipmentTypeChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties."""

    controlled_hint: NotRequired[str | None]
    cpv: NotRequired[str]
    domain: NotRequired[
        Literal[
            "border_surveillance",
            "document_checks",
            "security",
            "transport",
            "mobility",
            "communication",
            "detection",
            "search_and_rescue",
        ]
    ]
    hs: NotRequired[str | None]
    names: NotRequired[NamesChange]


class EquipmentTypeIn(TypedDict):
    """A new type."""

    controlled_hint: NotRequired[str | None]
    cpv: str
    domain: Literal[
        "border_surveillance",
        "document_checks",
        "security",
        "transport",
        "mobility",
        "communication",
        "detection",
        "search_and_rescue",
    ]
    hs: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    names: Names
    reference: str


class EquipmentTypeOut(TypedDict):
    """A kind of equipment."""

    controlled_hint: str | None
    cpv: str
    created_at: str
    domain: Literal[
        "border_surveillance",
        "document_checks",
        "security",
        "transport",
        "mobility",
        "communication",
        "detection",
        "search_and_rescue",
    ]
    hs: str | None
    id: str
    label: str
    names: NamesOut
    reference: str
    updated_at: str
    version: int


class EventOut(TypedDict):
    """One event as it was recorded; nothing is ever edited. Chain data is for auditors."""

    actor: Actor | None
    changes: dict[str, Any]
    corrects: int | None
    document: Related | None
    hash: str | None
    kind: str
    occurred_at: str
    payload: dict[str, Any]
    position: int
    previous: str | None
    recorded_at: str
    text_hash: str | None
    texts: dict[str, str] | None


class EvidenceOut(TypedDict):
    """The file that was recorded with a decision."""

    id: str | None
    sha256: str


class ExcludeIn(TypedDict):
    """The trainee is not, or no longer, admitted."""

    backdating_reason: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    reason: Literal["vetting_refused", "not_eligible", "no_show", "rules_broken", "other"]


class FeedPage(TypedDict):
    """Where to go on."""

    limit: int
    more: bool
    next: str


class Figures(TypedDict):
    """The figures of a unit and model, or of any sum of them. Numbers of items."""

    crewed: int
    functional: int
    held: int
    maintainers: Staffing | None
    operators: Staffing | None
    ready: int
    ready_confirmed: int
    waterfall: Waterfall


class FileOut(TypedDict):
    """An uploaded file. Its uploader sees it, and whoever sees something that it is attached to."""

    created_at: str
    file_name: str
    id: str
    media_type: str
    organisation: Related | None
    sha256: str
    size: int
    uploaded_by: PersonOut | None
    version: int


class FirstPosting(TypedDict):
    """Where the person serves."""

    site: NotRequired[str | None]
    starts_on: str | date
    unit: str


class FoundOut(TypedDict):
    """People of that name."""

    items: list[IdentityOut]


class FundingFact(TypedDict):
    """One fact about money: who gives how much, under which reference."""

    amount: NotRequired[Money | None]
    note: NotRequired[str | None]
    reference: NotRequired[str | None]
    source: str


class FundingFactOut(TypedDict):
    """One fact about money."""

    amount: Money | None
    note: str | None
    reference: str | None
    source: str


class GrantIn(TypedDict):
    """A role to give: one's own or less, never to oneself."""

    component: NotRequired[str | None]
    role: Literal[
        "administrator",
        "programme_manager",
        "procurement_officer",
        "logistics_officer",
        "training_officer",
        "monitoring_officer",
        "safeguards_officer",
        "focal_point",
        "auditor",
        "observer",
    ]


class GrantOut(TypedDict):
    """A role of an account."""

    component: Related | None
    created_at: str
    id: str
    role: Literal[
        "administrator",
        "programme_manager",
        "procurement_officer",
        "logistics_officer",
        "training_officer",
        "monitoring_officer",
        "safeguards_officer",
        "focal_point",
        "auditor",
        "observer",
    ]


class HandoverChange(TypedDict):
    """A JSON Merge Patch of a draft or a returned protocol. Lines and signatories are replaced whole."""

    effective_at: NotRequired[str | datetime | None]
    lines: NotRequired[Sequence[HandoverLine]]
    note: NotRequired[str | None]
    organisation: NotRequired[str]
    receiving_unit: NotRequired[str]
    retransfer: NotRequired[bool]
    signatories: NotRequired[Sequence[Signatory]]
    signed_file: NotRequired[str | UUID | None]
    signed_sha256: NotRequired[str | None]
    site: NotRequired[str]


class HandoverDetail(TypedDict):
    """One protocol with its signatories and approvals. Its lines are a list of their own."""

    annulled_at: str | None
    annulled_by: PersonOut | None
    approvals: list[ApprovalOut]
    approved_at: str | None
    available_actions: list[Literal["submit", "approve", "return", "revise", "annul"]]
    component: Related | None
    created_at: str
    effective_at: str | None
    id: str
    lines: LineCounts
    missing: HandoverMissing | None
    note: str | None
    organisation: Related | None
    prepared_by: PersonOut | None
    reason: str | None
    receiving_unit: Related | None
    reference: str
    retransfer: bool
    signatories: list[SignatoryOut]
    signed_file_id: str | None
    signed_sha256: str | None
    site: Related | None
    status: DocumentStage
    submitted_at: str | None
    submitted_by: PersonOut | None
    updated_at: str
    version: int


class HandoverIn(TypedDict):
    """A new protocol, a draft. Its reference is made by the service (`HO-TN-2026-000001`)."""

    component: str
    effective_at: NotRequired[str | datetime | None]
    id: NotRequired[str | UUID | None]
    lines: NotRequired[Sequence[HandoverLine]]
    note: NotRequired[str | None]
    organisation: NotRequired[str | None]
    receiving_unit: str
    retransfer: NotRequired[bool]
    signatories: NotRequired[Sequence[Signatory]]
    signed_file: NotRequired[str | UUID | None]
    signed_sha256: NotRequired[str | None]
    site: str


class HandoverLine(TypedDict):
    """One item to be handed over."""

    item: str
    note: NotRequired[str | None]


class HandoverMissing(TypedDict):
    """What would refuse the next steps, were they taken now."""

    approve: list[str]
    requirements: list[LackingRequirement]
    submit: list[str] | None


class HandoverOut(TypedDict):
    """A protocol. Approving one is the only way to items that are handed over."""

    annulled_at: str | None
    approved_at: str | None
    component: Related | None
    created_at: str
    effective_at: str | None
    id: str
    organisation: Related | None
    prepared_by: PersonOut | None
    receiving_unit: Related | None
    reference: str
    retransfer: bool
    signed_file_id: str | None
    signed_sha256: str | None
    site: Related | None
    status: DocumentStage
    submitted_at: str | None
    updated_at: str
    version: int


class IdentifierIn(TypedDict):
    """A number that somebody gave to the thing. Unique per scheme and issuer, never reused."""

    issuer: NotRequired[str | None]
    scheme: Scheme
    value: str


class IdentifierOut(TypedDict):
    """An identifier in its one spelling."""

    issuer: str
    scheme: Scheme
    value: str


class IdentityIn(TypedDict):
    """Why the name is needed. It is kept, with who asked: no names, no numbers of persons."""

    purpose: str


class IdentityOut(TypedDict):
    """Who a pseudonym is. Do not keep it longer than the purpose takes."""

    name: str
    trainee: Related
    work_contact: str | None


class IdentityReadOut(TypedDict):
    """Somebody read who a trainee is, or looked for a name."""

    agency: Related | None
    caller_id: str
    id: str
    person_id: str
    purpose: str
    recorded_at: str
    request_id: str | None
    trainee: Related | None


class ImportChangeOut(TypedDict):
    """What rows would do, or did. Neighbours that would be new, or are unchanged, are told as one."""

    after: dict[str, Any] | None
    before: dict[str, Any] | None
    id: int
    last_row: int
    object_id: str | None
    outcome: Literal["created", "changed", "unchanged"]
    reference: str | None
    row: int


class ImportColumnOut(TypedDict):
    """One column of the file to fill."""

    changes: bool
    creates: bool
    description: str
    name: str
    required: bool
    type: str
    values: list[str]


class ImportFaultOut(TypedDict):
    """One wrong cell. What stands in it is not repeated."""

    code: str
    column: str | None
    detail: str
    id: int
    row: int


class ImportFile(TypedDict):
    """What was uploaded."""

    format: Literal["csv", "xlsx", "jsonl"]
    name: str | None
    sha256: str
    size: int


class ImportJob(TypedDict):
    """The job that works on it, or did last."""

    id: str


class ImportOut(TypedDict):
    """One file on its way in. Only its uploader sees it; it is deleted at `expires_at`."""

    changed: int
    created: int
    created_at: str
    expires_at: str
    faults: int
    file: ImportFile
    id: str
    job: ImportJob
    mode: Literal["validate", "commit"]
    resource: str
    rows: int
    state: Literal["queued", "running", "valid", "invalid", "committed", "failed", "dead", "cancelled"]
    unchanged: int
    updated_at: str
    version: int


class ItemNamed(TypedDict):
    """An item as it was named in a report."""

    id: str
    reference: str


class JobListed(TypedDict):
    """A job, as lists show it."""

    attempts: int
    cancel_requested: bool
    created_at: str
    finished_at: str | None
    id: str
    kind: str
    max_attempts: int
    problem: dict[str, Any] | None
    progress: JobProgress
    requester_id: str | None
    run_after: str
    started_at: str | None
    state: JobState


class JobOut(TypedDict):
    """A job. Only who asked for it reads what it was asked and what it found."""

    args: dict[str, Any] | None
    attempts: int
    cancel_requested: bool
    created_at: str
    finished_at: str | None
    id: str
    kind: str
    max_attempts: int
    problem: dict[str, Any] | None
    progress: JobProgress
    requester_id: str | None
    result: dict[str, Any] | None
    run_after: str
    started_at: str | None
    state: JobState


class JobProgress(TypedDict):
    """How far a job is. `total` is null as long as nobody knows; a phase counts for itself. `waiting`: another job
    that may write the same has to end first (imports of one resource, on the same ground).
    """

    done: int
    phase: str | None
    total: int | None


class KindOut(TypedDict):
    """A kind of requirement."""

    guards: list[str]
    kind: RequirementKind
    max_months: int | None
    presumed: bool
    subjects: list[Literal["item", "unit", "document", "model"]]


class KindsOut(TypedDict):
    """All kinds."""

    items: list[KindOut]


class LackingItem(TypedDict):
    """An item on the protocol that lacks a requirement."""

    id: str
    reference: str


class LackingRequirement(TypedDict):
    """An enforced requirement that is not met on the day on which the handover takes effect."""

    about: list[Literal["item", "unit", "document"]]
    every_line: bool
    items: list[LackingItem]
    kind: RequirementKind
    lines: int


class LineCounts(TypedDict):
    """How many lines there are of each outcome."""

    accepted: int
    handed_over: int
    rejected: int


class LineOut(TypedDict):
    """One item of a document."""

    condition: Literal["up", "degraded"] | None
    current_version: int | None
    id: str
    item: Related | None
    item_version: int | None
    model: Related | None
    note: str | None
    outcome: LineOutcome
    reason: str | None
    serial: str | None
    stage: str | None
    tests: list[TestResult]


class LineVersion(TypedDict):
    """The version of an item that the approver has read."""

    item: str
    version: int


class LinkIn(TypedDict):
    """Items ordered before that come with this delivery."""

    items: Sequence[str]


class LinkOut(TypedDict):
    """A one-time link, shown this once. Whoever has the secret sets the password: hand it over in person."""

    expires_at: str
    kind: Literal["invitation", "reset"]
    redeem_at: str
    secret: str


class LinkedOut(TypedDict):
    """How many items come with the delivery now."""

    linked: int


class MaintenanceTask(TypedDict):
    """What is done regularly: by the calendar, by the meter, or whichever comes first."""

    code: str
    every_months: NotRequired[int | None]
    every_units: NotRequired[int | None]
    text: str


class MeOut(TypedDict):
    """The caller. Rights are what the database says now, narrowed to the scopes of the token."""

    account_name: str
    agencies: list[Reach]
    agency: Related | None
    components: list[Reach]
    display_name: str
    id: str
    kind: Literal["account", "client"]
    language: Literal["en", "fr", "it", "ar"]
    organisation: MyOrganisation
    roles: list[str]
    scopes: list[str]
    token: MyToken


class MergeIn(TypedDict):
    """Two pseudonyms are one person."""

    into: str | UUID


class MissingProofOut(TypedDict):
    """An item that was handed over without a proof of transfer that is held here."""

    above_threshold: bool | None
    component: Related | None
    created_at: str
    id: str
    missing: Literal["handover", "signed_file"]
    model: Related | None
    reference: str
    serial: str | None
    stage: str
    unit: Related | None
    unit_price: MoneyOut | None


class Money(TypedDict):
    """An amount as a decimal string and its ISO 4217 currency. TND has three decimals."""

    amount: str
    currency: str


class MoneyOut(TypedDict):
    """An amount as a decimal string and its currency."""

    amount: str
    currency: str


class MoveIn(TypedDict):
    """A person is posted to another unit, or another site."""

    on: str | date
    site: NotRequired[str | None]
    unit: str


class MyOrganisation(TypedDict):
    """The caller's organisation."""

    id: str
    kinds: list[Literal["implementer", "beneficiary", "donor", "supplier", "audit_body"]]
    label: str
    reference: str


class MyToken(TypedDict):
    """The access token of this very request."""

    client_id: str
    expires_at: str
    session_id: str | None


class Names(TypedDict):
    """A name in four languages; English is always there (DOMAIN 8)."""

    ar: NotRequired[str | None]
    en: str
    fr: NotRequired[str | None]
    it: NotRequired[str | None]


class NamesChange(TypedDict):
    """A merge patch of names: languages that are absent stay, null takes one away; English cannot be taken away."""

    ar: NotRequired[str | None]
    en: NotRequired[str]
    fr: NotRequired[str | None]
    it: NotRequired[str | None]


class NamesOut(TypedDict):
    """A name in four languages; null where there is none."""

    ar: str | None
    en: str
    fr: str | None
    it: str | None


class NominationsIn(TypedDict):
    """Several nominations for one session."""

    backdating_reason: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    trainees: Sequence[str | UUID]


class OrganisationChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. A supplier stays one whatever `kinds` says."""

    country: NotRequired[str | None]
    external_id: NotRequired[str | None]
    kinds: NotRequired[Sequence[Literal["implementer", "beneficiary", "donor", "audit_body"]]]
    names: NotRequired[NamesChange]


class OrganisationIn(TypedDict):
    """A new organisation. `id` may be made by the client (UUIDv7)."""

    country: NotRequired[str | None]
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    kinds: Sequence[Literal["implementer", "beneficiary", "donor", "audit_body"]]
    names: Names
    reference: str


class OrganisationOut(TypedDict):
    """An organisation of one or several kinds."""

    country: str | None
    created_at: str
    external_id: str | None
    id: str
    kinds: list[Literal["implementer", "beneficiary", "donor", "supplier", "audit_body"]]
    label: str
    names: NamesOut
    reference: str
    updated_at: str
    version: int


class Outcome(TypedDict):
    """What the programme is to bring about."""

    code: str
    names: Names


class OutcomeOut(TypedDict):
    """What the programme is to bring about."""

    code: str
    names: NamesOut


class ParticipationChange(TypedDict):
    """A JSON Merge Patch, mostly to end it: `{"period": {"end": "2026-01-01T00:00:00Z"}}`."""

    period: NotRequired[PeriodChange]


class ParticipationIn(TypedDict):
    """A new participation. Who sees the component sees the agency's tree from then on."""

    agency: str
    component: str
    id: NotRequired[str | UUID | None]
    period: Period


class ParticipationOut(TypedDict):
    """An agency, with everything below it, takes part in a component."""

    agency: Related | None
    component: Related | None
    created_at: str
    id: str
    period: PeriodOut
    updated_at: str
    version: int


class PartyOut(TypedDict):
    """An organisation as it was named."""

    id: str
    reference: str


class PasswordChange(TypedDict):
    """One's own password, old and new."""

    current: str
    password: str


class Payload(TypedDict):
    """What a step needs; `/meta/workflows` says which. Keys are ids or references."""

    authority: NotRequired[str | None]
    condition: NotRequired[str | None]
    condition_reason: NotRequired[str | None]
    custody_organisation_id: NotRequired[str | None]
    custody_site_id: NotRequired[str | None]
    evidence: NotRequired[str | None]
    method: NotRequired[str | None]
    reason: NotRequired[str | None]
    replaced_by: NotRequired[str | None]
    title_organisation_id: NotRequired[str | None]
    unit_id: NotRequired[str | None]
    warranty_from: NotRequired[str | date | None]
    warranty_until: NotRequired[str | date | None]


class People(TypedDict):
    """So many persons for so many items: `{"persons": 1, "items": 2}` is one person for every two items."""

    items: NotRequired[int]
    persons: int


class PeopleOut(TypedDict):
    """So many persons for so many items."""

    items: int
    persons: int


class Period(TypedDict):
    """A half-open period of instants (API 3): its start belongs to it, its end does not. No end: still running."""

    end: NotRequired[str | datetime | None]
    start: str | datetime


class PeriodChange(TypedDict):
    """A merge patch of a period."""

    end: NotRequired[str | datetime | None]
    start: NotRequired[str | datetime]


class PeriodOut(TypedDict):
    """A half-open period of instants; no end: still running."""

    end: str | None
    start: str


class PersonOut(TypedDict):
    """A natural person's account; its name where the caller may see it. Observers are told of no person."""

    id: str
    label: str | None


class PostedTo(TypedDict):
    """Where somebody serves now."""

    id: str
    period: DaysOut
    site: Related | None
    unit: Related | None


class PostingChange(TypedDict):
    """A JSON Merge Patch. The unit stays: another unit is another posting (`move`)."""

    period: NotRequired[DaysChange]
    site: NotRequired[str | None]


class PostingIn(TypedDict):
    """A new posting. It may not overlap with another one of the same trainee."""

    id: NotRequired[str | UUID | None]
    period: Days
    site: NotRequired[str | None]
    trainee: str | UUID
    unit: str


class PostingOut(TypedDict):
    """Where a trainee serves, from when to when."""

    created_at: str
    id: str
    period: DaysOut
    site: Related | None
    trainee: Related
    unit: Related | None
    updated_at: str
    version: int


class ProgrammeChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. Lists are replaced whole."""

    approvers_from_different_organisations: NotRequired[bool]
    ends_on: NotRequired[str | date | None]
    enforced_requirements: NotRequired[Sequence[RequirementKind]]
    funding: NotRequired[Sequence[FundingFact]]
    names: NotRequired[NamesChange]
    outcomes: NotRequired[Sequence[Outcome]]
    proof_threshold: NotRequired[Money]
    starts_on: NotRequired[str | date | None]
    status: NotRequired[Literal["planned", "running", "closed"]]
    warranty_days: NotRequired[int]


class ProgrammeIn(TypedDict):
    """A new programme. All kinds of requirements are enforced unless it says otherwise."""

    approvers_from_different_organisations: NotRequired[bool]
    ends_on: NotRequired[str | date | None]
    enforced_requirements: NotRequired[Sequence[RequirementKind]]
    funding: NotRequired[Sequence[FundingFact]]
    id: NotRequired[str | UUID | None]
    names: Names
    outcomes: NotRequired[Sequence[Outcome]]
    proof_threshold: NotRequired[Money]
    reference: str
    starts_on: NotRequired[str | date | None]
    status: NotRequired[Literal["planned", "running", "closed"]]
    warranty_days: NotRequired[int]


class ProgrammeOut(TypedDict):
    """A funded action."""

    approvers_from_different_organisations: bool
    created_at: str
    ends_on: str | None
    enforced_requirements: list[RequirementKind]
    funding: list[FundingFactOut]
    id: str
    label: str
    names: NamesOut
    outcomes: list[OutcomeOut]
    proof_threshold: Money
    reference: str
    starts_on: str | None
    status: Literal["planned", "running", "closed"]
    updated_at: str
    version: int
    warranty_days: int


class PublicKeyOut(TypedDict):
    """The public half of the key that signs checkpoints: whoever keeps it can check lines without this service."""

    algorithm: Literal["Ed25519"]
    fingerprint: str
    pem: str


class QualificationIn(TypedDict):
    """A prior qualification, proposed for recognition. Evidence is said in words (what was seen, by whom, where it
    is kept): copies of licences hold numbers, photos and birth dates, and are not kept here.
    """

    evidence: str
    id: NotRequired[str | UUID | None]
    kind: Literal["operator", "maintainer"]
    model: NotRequired[str | None]
    period: Days
    trainee: str | UUID
    type: NotRequired[str | None]


class QualificationOut(TypedDict):
    """A person may operate or maintain a model, or every model of a type."""

    agency: Related | None
    created_at: str
    evidence: str | None
    id: str
    kind: Literal["operator", "maintainer"]
    model: Related | None
    period: DaysOut
    proposed_by: str | None
    reason: str | None
    recognised_by: str | None
    record_id: str | None
    recorded_at: str
    revoked_on: str | None
    source: Literal["record", "prior"]
    status: Literal["proposed", "valid", "refused", "revoked"]
    trainee: Related
    type: Related | None
    updated_at: str
    version: int


class QualificationRevokeIn(TypedDict):
    """A qualification no longer holds."""

    reason: str
    revoked_on: NotRequired[str | date | None]


class QualifyingCourse(TypedDict):
    """A course that qualifies for the model, itself or by its type."""

    edition: int
    id: str
    kind: str
    label: str
    reference: str


class Reach(TypedDict):
    """A component or agency, and whether the caller may change things there or only see them."""

    id: str
    label: str
    power: Literal["manage", "observe"]
    reference: str


class ReadinessOut(TypedDict):
    """Readiness at a moment, in total and by group. The total is over everything asked for."""

    as_of: str | None
    by: Literal["unit_model", "unit", "model", "agency", "component", "total"]
    confirmation_days: int
    known_at: str | None
    on: str
    rows: list[ReadinessRow]
    total: Figures


class ReadinessRow(TypedDict):
    """The figures of one group. Which of the four are set follows from `by`."""

    agency: Related | None
    allotment: Allotment | None
    component: Related | None
    contract: bool | None
    crewed: int
    functional: int
    held: int
    maintainers: Staffing | None
    model: Related | None
    operators: Staffing | None
    ready: int
    ready_confirmed: int
    unit: Related | None
    waterfall: Waterfall


class ReasonIn(TypedDict):
    """Why a document is returned or annulled."""

    reason: str


class ReceiptIn(TypedDict):
    """The receiving unit has it."""

    backdating_reason: NotRequired[str | None]
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]


class ReceiveIn(TypedDict):
    """The delivery has arrived. Its items are delivered, except those reported missing."""

    backdating_reason: NotRequired[str | None]
    discrepancies: NotRequired[Sequence[Discrepancy]]
    occurred_at: NotRequired[str | datetime | None]
    site: NotRequired[str | None]


class RecogniseIn(TypedDict):
    """The recognition of a prior qualification."""

    evidence: NotRequired[str | None]


class RecordBulkIn(TypedDict):
    """Steps of many records at once."""

    atomic: NotRequired[bool]
    backdating_reason: NotRequired[str | None]
    items: Sequence[RecordBulkItem]
    occurred_at: NotRequired[str | datetime | None]


class RecordBulkItem(TypedDict):
    """One step of one record."""

    action: Literal["vet", "enrol", "attend", "record_results", "complete", "fail", "withdraw", "exclude"]
    half_days_attended: NotRequired[int]
    id: str | UUID
    post_test: NotRequired[int | None]
    practical: NotRequired[int | None]
    pre_test: NotRequired[int | None]
    reason: NotRequired[str | None]
    rights_module_done: NotRequired[bool]
    version: int


class RecordCorrectionIn(TypedDict):
    """The last step of a record was recorded by mistake."""

    event: str | UUID
    note: str


class RecordCounts(TypedDict):
    """How many of the session's records stand where, as far as the caller sees them. `open`: without an outcome."""

    attended: int
    completed: int
    enrolled: int
    excluded: int
    failed: int
    nominated: int
    open: int
    vetted: int
    withdrawn: int


class RecordEventOut(TypedDict):
    """Something that happened to a record."""

    actor_id: str
    changes: dict[str, Any]
    corrects: str | None
    id: str
    kind: str
    note: str | None
    occurred_at: str
    recorded_at: str


class RecordEventsOut(TypedDict):
    """The events of one record, in the order in which they were recorded."""

    items: list[RecordEventOut]


class RecordIn(TypedDict):
    """A nomination."""

    backdating_reason: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    occurred_at: NotRequired[str | datetime | None]
    session: str
    trainee: str | UUID


class RecordOut(TypedDict):
    """One trainee, by pseudonym, in one session."""

    agency: Related | None
    completed_on: str | None
    component: Related | None
    course: Related | None
    created_at: str
    half_days_attended: int | None
    id: str
    occurred_at: str
    post_test: int | None
    practical: int | None
    pre_test: int | None
    reason: str | None
    rights_module_done: bool
    session: Related | None
    stage: Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"]
    trainee: Related
    updated_at: str
    version: int


class RecordStepOut(TypedDict):
    """What became of one record."""

    id: str
    problem: dict[str, Any] | None
    stage: Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"] | None
    version: int | None


class Recorded(TypedDict):
    """A result per record, in the order of the request."""

    items: list[RecordStepOut]


class RedeemIn(TypedDict):
    """The secret of a one-time link, and the password to set."""

    password: str
    secret: str


class RedeemedOut(TypedDict):
    """Whose password was set. Sign in with it now."""

    account_name: str


class RefuseIn(TypedDict):
    """A prior qualification is not recognised."""

    reason: str


class RegisterIn(TypedDict):
    """Items of one model to be registered with the delivery: by `serials`, by `range`, or by `count`."""

    backdating_reason: NotRequired[str | None]
    count: NotRequired[int | None]
    model: str
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    range: NotRequired[str | None]
    serials: NotRequired[Sequence[str] | None]
    title_organisation: NotRequired[str | None]
    unit_price: NotRequired[Money | None]


class RegisteredItem(TypedDict):
    """A registered item."""

    id: str
    reference: str
    serial: str | None


class RegisteredOut(TypedDict):
    """What was registered."""

    items: list[RegisteredItem]
    registered: int


class Related(TypedDict):
    """A related object: enough to show and to follow it. `expand` adds members that depend on its kind."""

    id: str
    label: str
    reference: str


class ReplayIn(TypedDict):
    """A span of time: events recorded since the first instant and before the second."""

    since: str | datetime
    until: str | datetime


class RequirementIn(TypedDict):
    """A decision, recorded by hand with evidence; or the request for a waiver, which counts for nothing yet. A grant
    names a reference or a file; a refusal and a request name a reference.
    """

    component: NotRequired[str | None]
    decision: NotRequired[Literal["granted", "refused", "requested"]]
    document: NotRequired[str | None]
    file: NotRequired[str | UUID | None]
    id: NotRequired[str | UUID | None]
    item: NotRequired[str | None]
    kind: RequirementKind
    model: NotRequired[str | None]
    note: NotRequired[str | None]
    reference: NotRequired[str | None]
    unit: NotRequired[str | None]
    valid: NotRequired[Days | None]


class RequirementOut(TypedDict):
    """One decision about one subject. Which kinds are enforced is configuration of each programme."""

    component_id: str
    created_at: str
    decided_by: PersonOut | None
    decision: RequirementDecision
    file: EvidenceOut | None
    id: str
    kind: RequirementKind
    note: str | None
    reference: str | None
    requested_by: PersonOut | None
    revoked_at: str | None
    revoked_reason: str | None
    subject: SubjectOut
    updated_at: str
    valid: DaysOut
    version: int


class RequirementRevokeIn(TypedDict):
    """Why a decision does not count any more."""

    reason: str


class ResultsIn(TypedDict):
    """Attendance and results of one trainee."""

    backdating_reason: NotRequired[str | None]
    half_days_attended: NotRequired[int]
    occurred_at: NotRequired[str | datetime | None]
    post_test: NotRequired[int | None]
    practical: NotRequired[int | None]
    pre_test: NotRequired[int | None]
    rights_module_done: NotRequired[bool]


class RevisionOut(TypedDict):
    """One change of one object."""

    action: Literal["insert", "update", "delete"]
    actor: Actor | None
    changed: dict[str, Any]
    id: int
    recorded_at: str
    version: int | None


class RoleOut(TypedDict):
    """A fixed role."""

    role: str
    scopes: list[str]


class RotationIn(TypedDict):
    """How long the secret of before lives on beside the new one."""

    overlap_hours: NotRequired[int]


class ScopesAndRoles(TypedDict):
    """Who may do what; roles are given per organisation and component."""

    roles: list[RoleOut]
    scopes: list[str]


class SearchIn(TypedDict):
    """Look for a person by exact name; case, accents and spaces do not count."""

    agency: str
    name: str
    purpose: str


class SecretFacts(TypedDict):
    """When a live secret was made, and when it ends (null: when it is rotated out)."""

    created_at: str
    expires_at: str | None


class SecurityEntryOut(TypedDict):
    """One entry. Entries are never changed and never taken away."""

    actor_id: str | None
    facts: dict[str, Any]
    id: str
    kind: Literal[
        "account.created",
        "account.changed",
        "account.closed",
        "account.reopened",
        "client.closed",
        "client.created",
        "client.rights_changed",
        "client.secret_rotated",
        "delegation.changed",
        "delegation.created",
        "delegation.ended",
        "grant.added",
        "grant.removed",
        "link.handed_out",
        "link.redeemed",
        "organisation.changed",
        "organisation.created",
        "password.changed",
        "refresh_token.reused",
        "sign_in.failed",
        "sign_ins.revoked",
        "token.revoked",
        "webhook.changed",
        "webhook.created",
        "webhook.disabled",
        "webhook.enabled",
        "webhook.removed",
        "webhook.secret_rotated",
    ]
    organisation: Related | None
    recorded_at: str
    request_id: str | None
    subject_id: str | None


class SessionChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. Closed and cancelled sessions do not change."""

    capacity: NotRequired[int | None]
    ends_on: NotRequired[str | date]
    external_id: NotRequired[str | None]
    half_days: NotRequired[int]
    host: NotRequired[str | None]
    language: NotRequired[Literal["en", "fr", "it", "ar"]]
    site: NotRequired[str | None]
    starts_on: NotRequired[str | date]
    trainers: NotRequired[Sequence[Trainers]]


class SessionIn(TypedDict):
    """A new session. Its reference is made by the service (`TS-TN-2026-000001`)."""

    capacity: NotRequired[int | None]
    component: str
    course: str
    ends_on: str | date
    external_id: NotRequired[str | None]
    half_days: int
    host: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    language: Literal["en", "fr", "it", "ar"]
    site: NotRequired[str | None]
    starts_on: str | date
    trainers: NotRequired[Sequence[Trainers]]


class SessionOut(TypedDict):
    """A course held at a place and time."""

    capacity: int | None
    closed_at: str | None
    component: Related | None
    course: Related | None
    created_at: str
    ends_on: str
    external_id: str | None
    half_days: int
    host: Related | None
    id: str
    language: Literal["en", "fr", "it", "ar"]
    records: RecordCounts | None
    reference: str
    site: Related | None
    starts_on: str
    status: Literal["planned", "running", "closed", "cancelled"]
    trainers: list[TrainersOut]
    updated_at: str
    version: int


class Sight(TypedDict):
    """What the caller may see now. Ids only; names are at `/me`, `/components` and `/agencies`."""

    agencies: list[str]
    components: list[str]
    joined: list[str]
    organisations: NotRequired[list[str] | None]
    resources: list[str]


class SignInOut(TypedDict):
    """One sign-in and the refresh tokens that came from it."""

    agent: str
    created_at: str
    expires_at: str
    id: str
    revoked_at: str | None
    revoked_because: str | None
    used_at: str


class Signatory(TypedDict):
    """Who signed for a side, by function. People are not named here: their names are on the signed paper."""

    function: str
    organisation: str
    side: Literal["giving", "receiving"]
    signed_on: NotRequired[str | date | None]


class SignatoryOut(TypedDict):
    """Who signed, by function; the name stays on the signed paper."""

    function: str
    organisation: PartyOut
    side: Literal["giving", "receiving"]
    signed_on: str | None


class SiteChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties. Its organisation stays what it is."""

    active: NotRequired[bool]
    admin_area: NotRequired[str | None]
    agency: NotRequired[str | None]
    external_id: NotRequired[str | None]
    kind: NotRequired[Literal["port", "post", "workshop", "store", "academy", "office"]]
    names: NotRequired[NamesChange]
    un_locode: NotRequired[str | None]


class SiteIn(TypedDict):
    """A new site. `id` may be made by the client (UUIDv7), so that an offline device can create and retry."""

    admin_area: NotRequired[str | None]
    agency: NotRequired[str | None]
    country: str
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    kind: Literal["port", "post", "workshop", "store", "academy", "office"]
    names: Names
    organisation: str
    reference: str
    un_locode: NotRequired[str | None]


class SiteOut(TypedDict):
    """A place where items can be. It has no coordinates on purpose."""

    active: bool
    admin_area: str | None
    agency: Related | None
    country: str
    created_at: str
    external_id: str | None
    id: str
    kind: Literal["port", "post", "workshop", "store", "academy", "office"]
    label: str
    names: NamesOut
    organisation: Related
    reference: str
    un_locode: str | None
    updated_at: str
    version: int


class SiteReadinessOut(TypedDict):
    """Readiness of what stands at a site, with the people who are posted to it."""

    as_of: str | None
    confirmation_days: int
    known_at: str | None
    on: str
    rows: list[ReadinessRow]
    site: Related
    total: Figures


class Staffing(TypedDict):
    """Persons of one kind. An observer is told no number of people under 5, nor one that would give it away."""

    allotted: int | None
    missing: int | None
    needed: int
    reserve: int | None
    suppressed: bool


class StageCount(TypedDict):
    """How many of its items stand at a stage."""

    items: int
    stage: str


class StartOut(TypedDict):
    """Take this first, then read every list once, then follow the feed from `cursor`."""

    cursor: str
    scope: Sight


class StepIn(TypedDict):
    """A step that needs nothing else."""

    backdating_reason: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]


class SubjectOut(TypedDict):
    """What the decision is about."""

    id: str
    kind: Literal["item", "unit", "document", "model"]
    reference: str | None


class SupplierChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties."""

    active: NotRequired[bool]
    country: NotRequired[str | None]
    external_id: NotRequired[str | None]
    names: NotRequired[NamesChange]


class SupplierIn(TypedDict):
    """A new supplier; the organisation of kind `supplier` is made along with it."""

    country: NotRequired[str | None]
    external_id: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    names: Names
    reference: str


class SupplierOut(TypedDict):
    """A supplier. Its id is also its id as an organisation, so that it can hold title and own sites."""

    active: bool
    country: str | None
    created_at: str
    external_id: str | None
    id: str
    label: str
    names: NamesOut
    reference: str
    updated_at: str
    version: int


class SupportArrangementChange(TypedDict):
    """A JSON Merge Patch. Who supports whom stays what it was; another supporter is another arrangement."""

    contract_reference: NotRequired[str]
    period: NotRequired[DaysChange]


class SupportArrangementIn(TypedDict):
    """New support for a unit: by another unit, or by contract."""

    agency: str
    contract_reference: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    model: NotRequired[str | None]
    period: Days
    supporting_unit: NotRequired[str | None]


class SupportArrangementOut(TypedDict):
    """Maintainers stand at a supporting unit, or support is a dated contract."""

    agency: Related | None
    contract_reference: str | None
    created_at: str
    id: str
    model: Related | None
    period: DaysOut
    supporting_unit: Related | None
    updated_at: str
    version: int


class TemplateOut(TypedDict):
    """What can be imported, and with which columns."""

    columns: list[ImportColumnOut]
    keys: list[list[str]]
    resource: str
    scope: str


class TemplatesOut(TypedDict):
    """Everything that can be imported."""

    items: list[TemplateOut]


class TestResult(TypedDict):
    """One test of one item."""

    name: str
    note: NotRequired[str | None]
    passed: bool


class TokenOut(TypedDict):
    """An access token for minutes; for people, a refresh token for the next one."""

    access_token: str
    expires_in: int
    refresh_token: NotRequired[str | None]
    scope: str
    token_type: Literal["Bearer"]


class TraineeChange(TypedDict):
    """A JSON Merge Patch: what is absent stays, null empties."""

    agency: NotRequired[str]
    confirm_new: NotRequired[bool]
    external_id: NotRequired[str | None]
    grade_band: NotRequired[Literal["rank_and_file", "non_commissioned", "officer", "civilian"]]
    language: NotRequired[Literal["en", "fr", "it", "ar"]]
    name: NotRequired[str]
    sex: NotRequired[Literal["female", "male", "undisclosed"]]
    work_contact: NotRequired[str | None]


class TraineeIn(TypedDict):
    """A new person. `id` may be made by the client: a random UUIDv4, because it points to a person."""

    agency: str
    confirm_new: NotRequired[bool]
    external_id: NotRequired[str | None]
    grade_band: Literal["rank_and_file", "non_commissioned", "officer", "civilian"]
    id: NotRequired[str | None]
    language: Literal["en", "fr", "it", "ar"]
    name: str
    posting: NotRequired[FirstPosting | None]
    sex: Literal["female", "male", "undisclosed"]
    work_contact: NotRequired[str | None]


class TraineeOut(TypedDict):
    """A person by pseudonym. Nothing here tells who it is."""

    agency: Related | None
    created_at: str
    erased_at: str | None
    external_id: str | None
    grade_band: Literal["rank_and_file", "non_commissioned", "officer", "civilian"]
    id: str
    label: str
    language: Literal["en", "fr", "it", "ar"]
    merged_at: str | None
    merged_into: Related | None
    posting: PostedTo | None
    sex: Literal["female", "male", "undisclosed"]
    updated_at: str
    version: int


class Trainers(TypedDict):
    """Who teaches: an organisation and how many people in which role. Trainers are not named here."""

    organisation: str
    persons: NotRequired[int]
    role: Literal["lead", "assistant", "expert", "interpreter"]


class TrainersOut(TypedDict):
    """Who teaches."""

    organisation: Related | None
    persons: int
    role: Literal["lead", "assistant", "expert", "interpreter"]


class TransitionIn(TypedDict):
    """One step along the graph. Acceptance, rejection and handover come about by approved documents only."""

    action: Action
    backdating_reason: NotRequired[str | None]
    note: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    payload: NotRequired[Payload]


class VerificationIn(TypedDict):
    """Which chains a job verifies: one item's, a component's, or all in sight."""

    checkpoint: NotRequired[bool]
    component: NotRequired[str | None]
    item: NotRequired[str | None]


class VerifiedOut(TypedDict):
    """What a verification found."""

    broken: int
    checkpoint: CheckpointCheck | None
    events: int
    holds: bool
    items: int
    next: str | None
    problems: list[BrokenChainOut]


class VerifyIn(TypedDict):
    """Which chains are verified: one item's, a component's, or all in sight; so many at once."""

    after: NotRequired[str | UUID | None]
    checkpoint: NotRequired[bool]
    component: NotRequired[str | None]
    item: NotRequired[str | None]
    limit: NotRequired[int]


class WaiveIn(TypedDict):
    """Grant a requested waiver."""

    note: NotRequired[str | None]
    reference: NotRequired[str | None]


class Waterfall(TypedDict):
    """Why `held - ready` items are not ready: each of them counts for exactly one reason. Numbers of items."""

    condition_unknown: int
    down_awaiting_parts: int
    down_external: int
    down_failure: int
    down_no_consumables: int
    down_planned_maintenance: int
    down_under_repair: int
    maintainers_missing: int
    not_in_service: int
    operators_missing: int
    withdrawn: int


class WebhookChange(TypedDict):
    """A JSON Merge Patch; null for `resources` or `types` is all."""

    description: NotRequired[str | None]
    resources: NotRequired[
        Sequence[
            Literal[
                "acceptances",
                "accounts",
                "agencies",
                "attachments",
                "clients",
                "components",
                "courses",
                "delegations",
                "deliveries",
                "equipment",
                "equipment-models",
                "equipment-types",
                "handovers",
                "organisations",
                "participations",
                "postings",
                "programmes",
                "qualifications",
                "records",
                "requirements",
                "sessions",
                "sites",
                "suppliers",
                "support-arrangements",
                "trainees",
            ]
        ]
        | None
    ]
    types: NotRequired[
        Sequence[
            Literal[
                "bmp.acceptances.created",
                "bmp.acceptances.changed",
                "bmp.acceptances.deleted",
                "bmp.accounts.created",
                "bmp.accounts.changed",
                "bmp.accounts.deleted",
                "bmp.agencies.created",
                "bmp.agencies.changed",
                "bmp.agencies.deleted",
                "bmp.attachments.created",
                "bmp.attachments.changed",
                "bmp.attachments.deleted",
                "bmp.clients.created",
                "bmp.clients.changed",
                "bmp.clients.deleted",
                "bmp.components.created",
                "bmp.components.changed",
                "bmp.components.deleted",
                "bmp.courses.created",
                "bmp.courses.changed",
                "bmp.courses.deleted",
                "bmp.delegations.created",
                "bmp.delegations.changed",
                "bmp.delegations.deleted",
                "bmp.deliveries.created",
                "bmp.deliveries.changed",
                "bmp.deliveries.deleted",
                "bmp.equipment.created",
                "bmp.equipment.changed",
                "bmp.equipment.deleted",
                "bmp.equipment-models.created",
                "bmp.equipment-models.changed",
                "bmp.equipment-models.deleted",
                "bmp.equipment-types.created",
                "bmp.equipment-types.changed",
                "bmp.equipment-types.deleted",
                "bmp.handovers.created",
                "bmp.handovers.changed",
                "bmp.handovers.deleted",
                "bmp.organisations.created",
                "bmp.organisations.changed",
                "bmp.organisations.deleted",
                "bmp.participations.created",
                "bmp.participations.changed",
                "bmp.participations.deleted",
                "bmp.postings.created",
                "bmp.postings.changed",
                "bmp.postings.deleted",
                "bmp.programmes.created",
                "bmp.programmes.changed",
                "bmp.programmes.deleted",
                "bmp.qualifications.created",
                "bmp.qualifications.changed",
                "bmp.qualifications.deleted",
                "bmp.records.created",
                "bmp.records.changed",
                "bmp.records.deleted",
                "bmp.requirements.created",
                "bmp.requirements.changed",
                "bmp.requirements.deleted",
                "bmp.sessions.created",
                "bmp.sessions.changed",
                "bmp.sessions.deleted",
                "bmp.sites.created",
                "bmp.sites.changed",
                "bmp.sites.deleted",
                "bmp.suppliers.created",
                "bmp.suppliers.changed",
                "bmp.suppliers.deleted",
                "bmp.support-arrangements.created",
                "bmp.support-arrangements.changed",
                "bmp.support-arrangements.deleted",
                "bmp.trainees.created",
                "bmp.trainees.changed",
                "bmp.trainees.deleted",
            ]
        ]
        | None
    ]
    url: NotRequired[str]


class WebhookDeliveryOut(TypedDict):
    """One event for one endpoint, and what came of it."""

    attempted_at: str | None
    attempts: int
    created_at: str
    error: str | None
    event_id: str
    finished_at: str | None
    id: str
    milliseconds: int | None
    next_at: str | None
    object_id: str
    object_version: int | None
    occurred_at: str
    replayed: bool
    resource: str
    state: DeliveryState
    status: int | None
    type: str


class WebhookFailure(TypedDict):
    """An attempt that did not arrive."""

    at: str
    error: str | None
    status: int | None


class WebhookHealth(TypedDict):
    """How the receiver fares."""

    delivered_at: str | None
    failing_since: str | None
    last_failure: WebhookFailure | None
    resting_until: str | None


class WebhookIn(TypedDict):
    """A new endpoint."""

    description: NotRequired[str | None]
    id: NotRequired[str | UUID | None]
    resources: NotRequired[
        Sequence[
            Literal[
                "acceptances",
                "accounts",
                "agencies",
                "attachments",
                "clients",
                "components",
                "courses",
                "delegations",
                "deliveries",
                "equipment",
                "equipment-models",
                "equipment-types",
                "handovers",
                "organisations",
                "participations",
                "postings",
                "programmes",
                "qualifications",
                "records",
                "requirements",
                "sessions",
                "sites",
                "suppliers",
                "support-arrangements",
                "trainees",
            ]
        ]
        | None
    ]
    types: NotRequired[
        Sequence[
            Literal[
                "bmp.acceptances.created",
                "bmp.acceptances.changed",
                "bmp.acceptances.deleted",
                "bmp.accounts.created",
                "bmp.accounts.changed",
                "bmp.accounts.deleted",
                "bmp.agencies.created",
                "bmp.agencies.changed",
                "bmp.agencies.deleted",
                "bmp.attachments.created",
                "bmp.attachments.changed",
                "bmp.attachments.deleted",
                "bmp.clients.created",
                "bmp.clients.changed",
                "bmp.clients.deleted",
                "bmp.components.created",
                "bmp.components.changed",
                "bmp.components.deleted",
                "bmp.courses.created",
                "bmp.courses.changed",
                "bmp.courses.deleted",
                "bmp.delegations.created",
                "bmp.delegations.changed",
                "bmp.delegations.deleted",
                "bmp.deliveries.created",
                "bmp.deliveries.changed",
                "bmp.deliveries.deleted",
                "bmp.equipment.created",
                "bmp.equipment.changed",
                "bmp.equipment.deleted",
                "bmp.equipment-models.created",
                "bmp.equipment-models.changed",
                "bmp.equipment-models.deleted",
                "bmp.equipment-types.created",
                "bmp.equipment-types.changed",
                "bmp.equipment-types.deleted",
                "bmp.handovers.created",
                "bmp.handovers.changed",
                "bmp.handovers.deleted",
                "bmp.organisations.created",
                "bmp.organisations.changed",
                "bmp.organisations.deleted",
                "bmp.participations.created",
                "bmp.participations.changed",
                "bmp.participations.deleted",
                "bmp.postings.created",
                "bmp.postings.changed",
                "bmp.postings.deleted",
                "bmp.programmes.created",
                "bmp.programmes.changed",
                "bmp.programmes.deleted",
                "bmp.qualifications.created",
                "bmp.qualifications.changed",
                "bmp.qualifications.deleted",
                "bmp.records.created",
                "bmp.records.changed",
                "bmp.records.deleted",
                "bmp.requirements.created",
                "bmp.requirements.changed",
                "bmp.requirements.deleted",
                "bmp.sessions.created",
                "bmp.sessions.changed",
                "bmp.sessions.deleted",
                "bmp.sites.created",
                "bmp.sites.changed",
                "bmp.sites.deleted",
                "bmp.suppliers.created",
                "bmp.suppliers.changed",
                "bmp.suppliers.deleted",
                "bmp.support-arrangements.created",
                "bmp.support-arrangements.changed",
                "bmp.support-arrangements.deleted",
                "bmp.trainees.created",
                "bmp.trainees.changed",
                "bmp.trainees.deleted",
            ]
        ]
        | None
    ]
    url: str


class WebhookMade(TypedDict):
    """A webhook with its new secret, shown this once."""

    secret: str
    webhook: WebhookOut


class WebhookOut(TypedDict):
    """An endpoint. What its owner may see, and wants to hear of, is told to it."""

    created_at: str
    description: str | None
    disabled_at: str | None
    disabled_because: WebhookDisabled | None
    health: WebhookHealth
    id: str
    owner_id: str
    resources: list[str] | None
    secrets: list[WebhookSecretFacts]
    status: WebhookStatus
    types: list[str] | None
    updated_at: str
    url: str
    version: int


class WebhookSecretFacts(TypedDict):
    """When a live secret was made, and when it ends (null: when it is rotated out)."""

    created_at: str
    expires_at: str | None


class WithdrawIn(TypedDict):
    """The trainee, or the agency, steps back."""

    backdating_reason: NotRequired[str | None]
    occurred_at: NotRequired[str | datetime | None]
    reason: Literal["by_trainee", "by_agency", "posted_elsewhere", "other"]


class WorkflowOut(TypedDict):
    """The life of a resource."""

    final: list[str]
    initial: str
    resource: str
    states: list[str]
    transitions: list[TransitionOut]


class Workflows(TypedDict):
    """Every life."""

    items: list[WorkflowOut]


TransitionOut = TypedDict(
    "TransitionOut",
    {
        "action": str,
        "effects": NotRequired[list[str]],
        "from": str,
        "guards": NotRequired[list[str]],
        "optional": NotRequired[list[str]],
        "required": NotRequired[list[str]],
        "scope": NotRequired[str | None],
        "to": str | None,
    },
)


class AcceptancesListQuery(TypedDict):
    """What `GET /api/v1/acceptances` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    component_id: NotRequired[str | Sequence[str] | None]
    delivery_id: NotRequired[str | Sequence[str] | None]
    item_id: NotRequired[str | Sequence[str] | None]
    kind: NotRequired[AcceptanceKind | Sequence[AcceptanceKind] | None]
    status: NotRequired[DocumentStage | Sequence[DocumentStage] | None]


class AcceptancesGetQuery(TypedDict):
    """What `GET /api/v1/acceptances/{acceptance}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class AcceptancesLinesQuery(TypedDict):
    """What `GET /api/v1/acceptances/{acceptance}/lines` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    outcome: NotRequired[LineOutcome | Sequence[LineOutcome] | None]


class AcceptancesHistoryQuery(TypedDict):
    """What `GET /api/v1/acceptances/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class AccountsListQuery(TypedDict):
    """What `GET /api/v1/accounts` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    role: NotRequired[
        Literal[
            "administrator",
            "programme_manager",
            "procurement_officer",
            "logistics_officer",
            "training_officer",
            "monitoring_officer",
            "safeguards_officer",
            "focal_point",
            "auditor",
            "observer",
        ]
        | Sequence[
            Literal[
                "administrator",
                "programme_manager",
                "procurement_officer",
                "logistics_officer",
                "training_officer",
                "monitoring_officer",
                "safeguards_officer",
                "focal_point",
                "auditor",
                "observer",
            ]
        ]
        | None
    ]
    active: NotRequired[bool | None]


class AccountsGetQuery(TypedDict):
    """What `GET /api/v1/accounts/{account}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class AccountsSessionsQuery(TypedDict):
    """What `GET /api/v1/accounts/{account}/sessions` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    running: NotRequired[bool | None]


class AccountsHistoryQuery(TypedDict):
    """What `GET /api/v1/accounts/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class AgenciesListQuery(TypedDict):
    """What `GET /api/v1/agencies` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    country: NotRequired[str | Sequence[str] | None]
    is_unit: NotRequired[bool | None]
    active: NotRequired[bool | None]
    parent_id: NotRequired[str | Sequence[str] | None]
    below: NotRequired[str | Sequence[str] | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    external_id: NotRequired[str | Sequence[str] | None]


class AgenciesGetQuery(TypedDict):
    """What `GET /api/v1/agencies/{agency}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class AgenciesHistoryQuery(TypedDict):
    """What `GET /api/v1/agencies/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class AttachmentsListQuery(TypedDict):
    """What `GET /api/v1/attachments` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    resource: NotRequired[
        Literal["acceptances", "handovers", "deliveries", "equipment", "events", "requirements"]
        | Sequence[Literal["acceptances", "handovers", "deliveries", "equipment", "events", "requirements"]]
        | None
    ]
    object_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    file_id: NotRequired[str | UUID | Sequence[str | UUID] | None]


class AttachmentsGetQuery(TypedDict):
    """What `GET /api/v1/attachments/{attachment}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class AuditCheckpointsQuery(TypedDict):
    """What `GET /api/v1/audit/checkpoints` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]


class ChangesGetQuery(TypedDict):
    """What `GET /api/v1/changes` can be asked."""

    after: NotRequired[str | None]
    resource: NotRequired[
        Literal[
            "acceptances",
            "accounts",
            "agencies",
            "attachments",
            "clients",
            "components",
            "courses",
            "delegations",
            "deliveries",
            "equipment",
            "equipment-models",
            "equipment-types",
            "handovers",
            "organisations",
            "participations",
            "postings",
            "programmes",
            "qualifications",
            "records",
            "requirements",
            "sessions",
            "sites",
            "suppliers",
            "support-arrangements",
            "trainees",
        ]
        | Sequence[
            Literal[
                "acceptances",
                "accounts",
                "agencies",
                "attachments",
                "clients",
                "components",
                "courses",
                "delegations",
                "deliveries",
                "equipment",
                "equipment-models",
                "equipment-types",
                "handovers",
                "organisations",
                "participations",
                "postings",
                "programmes",
                "qualifications",
                "records",
                "requirements",
                "sessions",
                "sites",
                "suppliers",
                "support-arrangements",
                "trainees",
            ]
        ]
        | None
    ]
    type: NotRequired[
        Literal[
            "bmp.acceptances.created",
            "bmp.acceptances.changed",
            "bmp.acceptances.deleted",
            "bmp.accounts.created",
            "bmp.accounts.changed",
            "bmp.accounts.deleted",
            "bmp.agencies.created",
            "bmp.agencies.changed",
            "bmp.agencies.deleted",
            "bmp.attachments.created",
            "bmp.attachments.changed",
            "bmp.attachments.deleted",
            "bmp.clients.created",
            "bmp.clients.changed",
            "bmp.clients.deleted",
            "bmp.components.created",
            "bmp.components.changed",
            "bmp.components.deleted",
            "bmp.courses.created",
            "bmp.courses.changed",
            "bmp.courses.deleted",
            "bmp.delegations.created",
            "bmp.delegations.changed",
            "bmp.delegations.deleted",
            "bmp.deliveries.created",
            "bmp.deliveries.changed",
            "bmp.deliveries.deleted",
            "bmp.equipment.created",
            "bmp.equipment.changed",
            "bmp.equipment.deleted",
            "bmp.equipment-models.created",
            "bmp.equipment-models.changed",
            "bmp.equipment-models.deleted",
            "bmp.equipment-types.created",
            "bmp.equipment-types.changed",
            "bmp.equipment-types.deleted",
            "bmp.handovers.created",
            "bmp.handovers.changed",
            "bmp.handovers.deleted",
            "bmp.organisations.created",
            "bmp.organisations.changed",
            "bmp.organisations.deleted",
            "bmp.participations.created",
            "bmp.participations.changed",
            "bmp.participations.deleted",
            "bmp.postings.created",
            "bmp.postings.changed",
            "bmp.postings.deleted",
            "bmp.programmes.created",
            "bmp.programmes.changed",
            "bmp.programmes.deleted",
            "bmp.qualifications.created",
            "bmp.qualifications.changed",
            "bmp.qualifications.deleted",
            "bmp.records.created",
            "bmp.records.changed",
            "bmp.records.deleted",
            "bmp.requirements.created",
            "bmp.requirements.changed",
            "bmp.requirements.deleted",
            "bmp.sessions.created",
            "bmp.sessions.changed",
            "bmp.sessions.deleted",
            "bmp.sites.created",
            "bmp.sites.changed",
            "bmp.sites.deleted",
            "bmp.suppliers.created",
            "bmp.suppliers.changed",
            "bmp.suppliers.deleted",
            "bmp.support-arrangements.created",
            "bmp.support-arrangements.changed",
            "bmp.support-arrangements.deleted",
            "bmp.trainees.created",
            "bmp.trainees.changed",
            "bmp.trainees.deleted",
            "bmp.object.out_of_sight",
            "bmp.scope.changed",
        ]
        | Sequence[
            Literal[
                "bmp.acceptances.created",
                "bmp.acceptances.changed",
                "bmp.acceptances.deleted",
                "bmp.accounts.created",
                "bmp.accounts.changed",
                "bmp.accounts.deleted",
                "bmp.agencies.created",
                "bmp.agencies.changed",
                "bmp.agencies.deleted",
                "bmp.attachments.created",
                "bmp.attachments.changed",
                "bmp.attachments.deleted",
                "bmp.clients.created",
                "bmp.clients.changed",
                "bmp.clients.deleted",
                "bmp.components.created",
                "bmp.components.changed",
                "bmp.components.deleted",
                "bmp.courses.created",
                "bmp.courses.changed",
                "bmp.courses.deleted",
                "bmp.delegations.created",
                "bmp.delegations.changed",
                "bmp.delegations.deleted",
                "bmp.deliveries.created",
                "bmp.deliveries.changed",
                "bmp.deliveries.deleted",
                "bmp.equipment.created",
                "bmp.equipment.changed",
                "bmp.equipment.deleted",
                "bmp.equipment-models.created",
                "bmp.equipment-models.changed",
                "bmp.equipment-models.deleted",
                "bmp.equipment-types.created",
                "bmp.equipment-types.changed",
                "bmp.equipment-types.deleted",
                "bmp.handovers.created",
                "bmp.handovers.changed",
                "bmp.handovers.deleted",
                "bmp.organisations.created",
                "bmp.organisations.changed",
                "bmp.organisations.deleted",
                "bmp.participations.created",
                "bmp.participations.changed",
                "bmp.participations.deleted",
                "bmp.postings.created",
                "bmp.postings.changed",
                "bmp.postings.deleted",
                "bmp.programmes.created",
                "bmp.programmes.changed",
                "bmp.programmes.deleted",
                "bmp.qualifications.created",
                "bmp.qualifications.changed",
                "bmp.qualifications.deleted",
                "bmp.records.created",
                "bmp.records.changed",
                "bmp.records.deleted",
                "bmp.requirements.created",
                "bmp.requirements.changed",
                "bmp.requirements.deleted",
                "bmp.sessions.created",
                "bmp.sessions.changed",
                "bmp.sessions.deleted",
                "bmp.sites.created",
                "bmp.sites.changed",
                "bmp.sites.deleted",
                "bmp.suppliers.created",
                "bmp.suppliers.changed",
                "bmp.suppliers.deleted",
                "bmp.support-arrangements.created",
                "bmp.support-arrangements.changed",
                "bmp.support-arrangements.deleted",
                "bmp.trainees.created",
                "bmp.trainees.changed",
                "bmp.trainees.deleted",
                "bmp.object.out_of_sight",
                "bmp.scope.changed",
            ]
        ]
        | None
    ]
    limit: NotRequired[int]


class ChangesStreamQuery(TypedDict):
    """What `GET /api/v1/changes/events` can be asked."""

    after: NotRequired[str | None]
    resource: NotRequired[
        Literal[
            "acceptances",
            "accounts",
            "agencies",
            "attachments",
            "clients",
            "components",
            "courses",
            "delegations",
            "deliveries",
            "equipment",
            "equipment-models",
            "equipment-types",
            "handovers",
            "organisations",
            "participations",
            "postings",
            "programmes",
            "qualifications",
            "records",
            "requirements",
            "sessions",
            "sites",
            "suppliers",
            "support-arrangements",
            "trainees",
        ]
        | Sequence[
            Literal[
                "acceptances",
                "accounts",
                "agencies",
                "attachments",
                "clients",
                "components",
                "courses",
                "delegations",
                "deliveries",
                "equipment",
                "equipment-models",
                "equipment-types",
                "handovers",
                "organisations",
                "participations",
                "postings",
                "programmes",
                "qualifications",
                "records",
                "requirements",
                "sessions",
                "sites",
                "suppliers",
                "support-arrangements",
                "trainees",
            ]
        ]
        | None
    ]
    type: NotRequired[
        Literal[
            "bmp.acceptances.created",
            "bmp.acceptances.changed",
            "bmp.acceptances.deleted",
            "bmp.accounts.created",
            "bmp.accounts.changed",
            "bmp.accounts.deleted",
            "bmp.agencies.created",
            "bmp.agencies.changed",
            "bmp.agencies.deleted",
            "bmp.attachments.created",
            "bmp.attachments.changed",
            "bmp.attachments.deleted",
            "bmp.clients.created",
            "bmp.clients.changed",
            "bmp.clients.deleted",
            "bmp.components.created",
            "bmp.components.changed",
            "bmp.components.deleted",
            "bmp.courses.created",
            "bmp.courses.changed",
            "bmp.courses.deleted",
            "bmp.delegations.created",
            "bmp.delegations.changed",
            "bmp.delegations.deleted",
            "bmp.deliveries.created",
            "bmp.deliveries.changed",
            "bmp.deliveries.deleted",
            "bmp.equipment.created",
            "bmp.equipment.changed",
            "bmp.equipment.deleted",
            "bmp.equipment-models.created",
            "bmp.equipment-models.changed",
            "bmp.equipment-models.deleted",
            "bmp.equipment-types.created",
            "bmp.equipment-types.changed",
            "bmp.equipment-types.deleted",
            "bmp.handovers.created",
            "bmp.handovers.changed",
            "bmp.handovers.deleted",
            "bmp.organisations.created",
            "bmp.organisations.changed",
            "bmp.organisations.deleted",
            "bmp.participations.created",
            "bmp.participations.changed",
            "bmp.participations.deleted",
            "bmp.postings.created",
            "bmp.postings.changed",
            "bmp.postings.deleted",
            "bmp.programmes.created",
            "bmp.programmes.changed",
            "bmp.programmes.deleted",
            "bmp.qualifications.created",
            "bmp.qualifications.changed",
            "bmp.qualifications.deleted",
            "bmp.records.created",
            "bmp.records.changed",
            "bmp.records.deleted",
            "bmp.requirements.created",
            "bmp.requirements.changed",
            "bmp.requirements.deleted",
            "bmp.sessions.created",
            "bmp.sessions.changed",
            "bmp.sessions.deleted",
            "bmp.sites.created",
            "bmp.sites.changed",
            "bmp.sites.deleted",
            "bmp.suppliers.created",
            "bmp.suppliers.changed",
            "bmp.suppliers.deleted",
            "bmp.support-arrangements.created",
            "bmp.support-arrangements.changed",
            "bmp.support-arrangements.deleted",
            "bmp.trainees.created",
            "bmp.trainees.changed",
            "bmp.trainees.deleted",
            "bmp.object.out_of_sight",
            "bmp.scope.changed",
        ]
        | Sequence[
            Literal[
                "bmp.acceptances.created",
                "bmp.acceptances.changed",
                "bmp.acceptances.deleted",
                "bmp.accounts.created",
                "bmp.accounts.changed",
                "bmp.accounts.deleted",
                "bmp.agencies.created",
                "bmp.agencies.changed",
                "bmp.agencies.deleted",
                "bmp.attachments.created",
                "bmp.attachments.changed",
                "bmp.attachments.deleted",
                "bmp.clients.created",
                "bmp.clients.changed",
                "bmp.clients.deleted",
                "bmp.components.created",
                "bmp.components.changed",
                "bmp.components.deleted",
                "bmp.courses.created",
                "bmp.courses.changed",
                "bmp.courses.deleted",
                "bmp.delegations.created",
                "bmp.delegations.changed",
                "bmp.delegations.deleted",
                "bmp.deliveries.created",
                "bmp.deliveries.changed",
                "bmp.deliveries.deleted",
                "bmp.equipment.created",
                "bmp.equipment.changed",
                "bmp.equipment.deleted",
                "bmp.equipment-models.created",
                "bmp.equipment-models.changed",
                "bmp.equipment-models.deleted",
                "bmp.equipment-types.created",
                "bmp.equipment-types.changed",
                "bmp.equipment-types.deleted",
                "bmp.handovers.created",
                "bmp.handovers.changed",
                "bmp.handovers.deleted",
                "bmp.organisations.created",
                "bmp.organisations.changed",
                "bmp.organisations.deleted",
                "bmp.participations.created",
                "bmp.participations.changed",
                "bmp.participations.deleted",
                "bmp.postings.created",
                "bmp.postings.changed",
                "bmp.postings.deleted",
                "bmp.programmes.created",
                "bmp.programmes.changed",
                "bmp.programmes.deleted",
                "bmp.qualifications.created",
                "bmp.qualifications.changed",
                "bmp.qualifications.deleted",
                "bmp.records.created",
                "bmp.records.changed",
                "bmp.records.deleted",
                "bmp.requirements.created",
                "bmp.requirements.changed",
                "bmp.requirements.deleted",
                "bmp.sessions.created",
                "bmp.sessions.changed",
                "bmp.sessions.deleted",
                "bmp.sites.created",
                "bmp.sites.changed",
                "bmp.sites.deleted",
                "bmp.suppliers.created",
                "bmp.suppliers.changed",
                "bmp.suppliers.deleted",
                "bmp.support-arrangements.created",
                "bmp.support-arrangements.changed",
                "bmp.support-arrangements.deleted",
                "bmp.trainees.created",
                "bmp.trainees.changed",
                "bmp.trainees.deleted",
                "bmp.object.out_of_sight",
                "bmp.scope.changed",
            ]
        ]
        | None
    ]


class ClientsListQuery(TypedDict):
    """What `GET /api/v1/clients` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    owner_id: NotRequired[str | Sequence[str] | None]
    active: NotRequired[bool | None]


class ClientsGetQuery(TypedDict):
    """What `GET /api/v1/clients/{client}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class ClientsHistoryQuery(TypedDict):
    """What `GET /api/v1/clients/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class ComponentsListQuery(TypedDict):
    """What `GET /api/v1/components` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    programme_id: NotRequired[str | Sequence[str] | None]
    country: NotRequired[str | Sequence[str] | None]
    domain: NotRequired[
        Literal[
            "border_surveillance",
            "document_checks",
            "security",
            "transport",
            "mobility",
            "communication",
            "detection",
            "search_and_rescue",
        ]
        | Sequence[
            Literal[
                "border_surveillance",
                "document_checks",
                "security",
                "transport",
                "mobility",
                "communication",
                "detection",
                "search_and_rescue",
            ]
        ]
        | None
    ]


class ComponentsGetQuery(TypedDict):
    """What `GET /api/v1/components/{component}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class ComponentsHistoryQuery(TypedDict):
    """What `GET /api/v1/components/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class CoursesListQuery(TypedDict):
    """What `GET /api/v1/courses` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    kind: NotRequired[
        Literal["operation", "operator_maintenance", "technical_maintenance", "supervision", "trainer", "rights"]
        | Sequence[
            Literal["operation", "operator_maintenance", "technical_maintenance", "supervision", "trainer", "rights"]
        ]
        | None
    ]
    reference: NotRequired[str | Sequence[str] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    type_id: NotRequired[str | Sequence[str] | None]
    active: NotRequired[bool | None]
    external_id: NotRequired[str | Sequence[str] | None]


class CoursesGetQuery(TypedDict):
    """What `GET /api/v1/courses/{course}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class CoursesHistoryQuery(TypedDict):
    """What `GET /api/v1/courses/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class DelegationsListQuery(TypedDict):
    """What `GET /api/v1/delegations` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    programme_id: NotRequired[str | Sequence[str] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    power: NotRequired[Literal["manage", "observe"] | Sequence[Literal["manage", "observe"]] | None]
    running: NotRequired[bool | None]


class DelegationsGetQuery(TypedDict):
    """What `GET /api/v1/delegations/{delegation}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class DelegationsHistoryQuery(TypedDict):
    """What `GET /api/v1/delegations/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class DeliveriesListQuery(TypedDict):
    """What `GET /api/v1/deliveries` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    component_id: NotRequired[str | Sequence[str] | None]
    supplier_id: NotRequired[str | Sequence[str] | None]
    site_id: NotRequired[str | Sequence[str] | None]
    status: NotRequired[DeliveryStage | Sequence[DeliveryStage] | None]
    contract_reference: NotRequired[str | Sequence[str] | None]
    external_id: NotRequired[str | Sequence[str] | None]


class DeliveriesGetQuery(TypedDict):
    """What `GET /api/v1/deliveries/{delivery}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class DeliveriesHistoryQuery(TypedDict):
    """What `GET /api/v1/deliveries/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class EquipmentListQuery(TypedDict):
    """What `GET /api/v1/equipment` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]
    component_id: NotRequired[str | Sequence[str] | None]
    stage: NotRequired[Stage | Sequence[Stage] | None]
    condition: NotRequired[Condition | Sequence[Condition] | None]
    condition_reason: NotRequired[DownReason | Sequence[DownReason] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    type_id: NotRequired[str | Sequence[str] | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    site_id: NotRequired[str | Sequence[str] | None]
    title_id: NotRequired[str | Sequence[str] | None]
    custody_organisation_id: NotRequired[str | Sequence[str] | None]
    delivery_id: NotRequired[str | Sequence[str] | None]
    supplier_id: NotRequired[str | Sequence[str] | None]
    parent_id: NotRequired[str | Sequence[str] | None]
    external_id: NotRequired[str | Sequence[str] | None]
    identifier: NotRequired[str | Sequence[str] | None]
    unconfirmed_since: NotRequired[str | datetime | date | None]
    confirmed_at_gte: NotRequired[str | datetime | date | None]
    confirmed_at_lt: NotRequired[str | datetime | date | None]


class EquipmentModelsListQuery(TypedDict):
    """What `GET /api/v1/equipment-models` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    type_id: NotRequired[str | Sequence[str] | None]
    domain: NotRequired[
        Literal[
            "border_surveillance",
            "document_checks",
            "security",
            "transport",
            "mobility",
            "communication",
            "detection",
            "search_and_rescue",
        ]
        | Sequence[
            Literal[
                "border_surveillance",
                "document_checks",
                "security",
                "transport",
                "mobility",
                "communication",
                "detection",
                "search_and_rescue",
            ]
        ]
        | None
    ]
    manufacturer: NotRequired[str | Sequence[str] | None]
    controlled: NotRequired[bool | None]
    external_id: NotRequired[str | Sequence[str] | None]


class EquipmentModelsGetQuery(TypedDict):
    """What `GET /api/v1/equipment-models/{equipment_model}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class EquipmentModelsHistoryQuery(TypedDict):
    """What `GET /api/v1/equipment-models/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class EquipmentTypesListQuery(TypedDict):
    """What `GET /api/v1/equipment-types` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    domain: NotRequired[
        Literal[
            "border_surveillance",
            "document_checks",
            "security",
            "transport",
            "mobility",
            "communication",
            "detection",
            "search_and_rescue",
        ]
        | Sequence[
            Literal[
                "border_surveillance",
                "document_checks",
                "security",
                "transport",
                "mobility",
                "communication",
                "detection",
                "search_and_rescue",
            ]
        ]
        | None
    ]
    cpv: NotRequired[str | Sequence[str] | None]


class EquipmentTypesGetQuery(TypedDict):
    """What `GET /api/v1/equipment-types/{equipment_type}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class EquipmentTypesHistoryQuery(TypedDict):
    """What `GET /api/v1/equipment-types/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class EquipmentGetQuery(TypedDict):
    """What `GET /api/v1/equipment/{item}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]


class EquipmentEventsQuery(TypedDict):
    """What `GET /api/v1/equipment/{item}/events` can be asked."""

    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]


class EquipmentHistoryQuery(TypedDict):
    """What `GET /api/v1/equipment/{item}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]


class FilesCreateQuery(TypedDict):
    """What `POST /api/v1/files` can be asked."""

    file_name: str
    id: NotRequired[str | UUID | None]


class FilesGetQuery(TypedDict):
    """What `GET /api/v1/files/{file}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class HandoversListQuery(TypedDict):
    """What `GET /api/v1/handovers` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    component_id: NotRequired[str | Sequence[str] | None]
    receiving_unit_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    item_id: NotRequired[str | Sequence[str] | None]
    retransfer: NotRequired[bool | None]
    status: NotRequired[DocumentStage | Sequence[DocumentStage] | None]


class HandoversMissingProofsQuery(TypedDict):
    """What `GET /api/v1/handovers/missing-proofs` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    above_threshold: NotRequired[bool | None]


class HandoversGetQuery(TypedDict):
    """What `GET /api/v1/handovers/{handover}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class HandoversLinesQuery(TypedDict):
    """What `GET /api/v1/handovers/{handover}/lines` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    outcome: NotRequired[LineOutcome | Sequence[LineOutcome] | None]


class HandoversHistoryQuery(TypedDict):
    """What `GET /api/v1/handovers/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class IdentityReadsListQuery(TypedDict):
    """What `GET /api/v1/identity-reads` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    trainee_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    caller_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    person_id: NotRequired[str | Sequence[str] | None]
    recorded_at_gte: NotRequired[str | datetime | date | None]
    recorded_at_lt: NotRequired[str | datetime | date | None]


class ImportsListQuery(TypedDict):
    """What `GET /api/v1/imports` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    resource: NotRequired[str | Sequence[str] | None]
    mode: NotRequired[Literal["validate", "commit"] | Sequence[Literal["validate", "commit"]] | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]


class ImportsTemplateQuery(TypedDict):
    """What `GET /api/v1/imports/templates/{resource}` can be asked."""

    format: NotRequired[Literal["csv", "xlsx"]]


class ImportsGetQuery(TypedDict):
    """What `GET /api/v1/imports/{import_id}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class ImportsChangesQuery(TypedDict):
    """What `GET /api/v1/imports/{import_id}/changes` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]
    outcome: NotRequired[
        Literal["created", "changed", "unchanged"] | Sequence[Literal["created", "changed", "unchanged"]] | None
    ]


class ImportsFaultsQuery(TypedDict):
    """What `GET /api/v1/imports/{import_id}/faults` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]
    code: NotRequired[str | Sequence[str] | None]
    column: NotRequired[str | Sequence[str] | None]


ImportsFileQuery = TypedDict("ImportsFileQuery", {"with": NotRequired[Literal["faults"] | None]})


class JobsListQuery(TypedDict):
    """What `GET /api/v1/jobs` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    kind: NotRequired[str | Sequence[str] | None]
    state: NotRequired[JobState | Sequence[JobState] | None]
    requester_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]


class JobsGetQuery(TypedDict):
    """What `GET /api/v1/jobs/{job}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class MeSessionsQuery(TypedDict):
    """What `GET /api/v1/me/sessions` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    running: NotRequired[bool | None]


class OrganisationsListQuery(TypedDict):
    """What `GET /api/v1/organisations` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    kind: NotRequired[
        Literal["implementer", "beneficiary", "donor", "supplier", "audit_body"]
        | Sequence[Literal["implementer", "beneficiary", "donor", "supplier", "audit_body"]]
        | None
    ]
    country: NotRequired[str | Sequence[str] | None]


class OrganisationsHistoryQuery(TypedDict):
    """What `GET /api/v1/organisations/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class OrganisationsGetQuery(TypedDict):
    """What `GET /api/v1/organisations/{organisation}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class ParticipationsListQuery(TypedDict):
    """What `GET /api/v1/participations` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    component_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    running_at: NotRequired[str | datetime | None]


class ParticipationsHistoryQuery(TypedDict):
    """What `GET /api/v1/participations/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class ParticipationsGetQuery(TypedDict):
    """What `GET /api/v1/participations/{participation}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class PostingsListQuery(TypedDict):
    """What `GET /api/v1/postings` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    trainee_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    site_id: NotRequired[str | Sequence[str] | None]
    below: NotRequired[str | Sequence[str] | None]
    on: NotRequired[str | date | None]


class PostingsHistoryQuery(TypedDict):
    """What `GET /api/v1/postings/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class PostingsGetQuery(TypedDict):
    """What `GET /api/v1/postings/{posting}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class ProgrammesListQuery(TypedDict):
    """What `GET /api/v1/programmes` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    status: NotRequired[
        Literal["planned", "running", "closed"] | Sequence[Literal["planned", "running", "closed"]] | None
    ]


class ProgrammesHistoryQuery(TypedDict):
    """What `GET /api/v1/programmes/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class ProgrammesGetQuery(TypedDict):
    """What `GET /api/v1/programmes/{programme}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class QualificationsListQuery(TypedDict):
    """What `GET /api/v1/qualifications` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    trainee_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    below: NotRequired[str | Sequence[str] | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    type_id: NotRequired[str | Sequence[str] | None]
    kind: NotRequired[Literal["operator", "maintainer"] | Sequence[Literal["operator", "maintainer"]] | None]
    source: NotRequired[Literal["record", "prior"] | Sequence[Literal["record", "prior"]] | None]
    status: NotRequired[
        Literal["proposed", "valid", "refused", "revoked"]
        | Sequence[Literal["proposed", "valid", "refused", "revoked"]]
        | None
    ]
    record_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    valid_on: NotRequired[str | date | None]
    expires_before: NotRequired[str | date | None]
    known_at: NotRequired[str | datetime | date | None]


class QualificationsHistoryQuery(TypedDict):
    """What `GET /api/v1/qualifications/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class QualificationsGetQuery(TypedDict):
    """What `GET /api/v1/qualifications/{qualification}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class ReadinessGetQuery(TypedDict):
    """What `GET /api/v1/readiness` can be asked."""

    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    unit: NotRequired[str | Sequence[str] | None]
    agency: NotRequired[str | Sequence[str] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    programme_id: NotRequired[str | None]
    model_id: NotRequired[str | Sequence[str] | None]
    component: NotRequired[str | Sequence[str] | None]
    programme: NotRequired[str | None]
    model: NotRequired[str | Sequence[str] | None]
    by: NotRequired[Literal["unit_model", "unit", "model", "agency", "component", "total"] | None]
    expand: NotRequired[Literal["allotment"] | Sequence[Literal["allotment"]] | None]
    format: NotRequired[Literal["json", "jsonl", "csv", "xlsx"] | None]


class ReadinessDemandQuery(TypedDict):
    """What `GET /api/v1/readiness/demand` can be asked."""

    unit_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    unit: NotRequired[str | Sequence[str] | None]
    agency: NotRequired[str | Sequence[str] | None]
    until: NotRequired[str | date | None]
    format: NotRequired[Literal["json", "jsonl", "csv", "xlsx"] | None]


class ReadinessSitesQuery(TypedDict):
    """What `GET /api/v1/readiness/sites/{site}` can be asked."""

    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]
    expand: NotRequired[Literal["allotment"] | Sequence[Literal["allotment"]] | None]
    format: NotRequired[Literal["json", "jsonl", "csv", "xlsx"] | None]


class RecordsListQuery(TypedDict):
    """What `GET /api/v1/records` can be asked."""

    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]
    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    trainee_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    course_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    below: NotRequired[str | Sequence[str] | None]
    stage: NotRequired[
        Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"]
        | Sequence[
            Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"]
        ]
        | None
    ]
    open: NotRequired[bool | None]
    completed_on_gte: NotRequired[str | date | None]
    completed_on_lt: NotRequired[str | date | None]
    session_id: NotRequired[str | Sequence[str] | None]


class RecordsHistoryQuery(TypedDict):
    """What `GET /api/v1/records/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class RecordsGetQuery(TypedDict):
    """What `GET /api/v1/records/{record}` can be asked."""

    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]
    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class RequirementsListQuery(TypedDict):
    """What `GET /api/v1/requirements` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    kind: NotRequired[RequirementKind | Sequence[RequirementKind] | None]
    decision: NotRequired[RequirementDecision | Sequence[RequirementDecision] | None]
    item_id: NotRequired[str | Sequence[str] | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    document_id: NotRequired[str | Sequence[str] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    revoked: NotRequired[bool | None]
    valid_on: NotRequired[str | date | None]


class RequirementsHistoryQuery(TypedDict):
    """What `GET /api/v1/requirements/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class RequirementsGetQuery(TypedDict):
    """What `GET /api/v1/requirements/{requirement}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class SecurityLogListQuery(TypedDict):
    """What `GET /api/v1/security-log` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    kind: NotRequired[
        Literal[
            "account.created",
            "account.changed",
            "account.closed",
            "account.reopened",
            "client.closed",
            "client.created",
            "client.rights_changed",
            "client.secret_rotated",
            "delegation.changed",
            "delegation.created",
            "delegation.ended",
            "grant.added",
            "grant.removed",
            "link.handed_out",
            "link.redeemed",
            "organisation.changed",
            "organisation.created",
            "password.changed",
            "refresh_token.reused",
            "sign_in.failed",
            "sign_ins.revoked",
            "token.revoked",
            "webhook.changed",
            "webhook.created",
            "webhook.disabled",
            "webhook.enabled",
            "webhook.removed",
            "webhook.secret_rotated",
        ]
        | Sequence[
            Literal[
                "account.created",
                "account.changed",
                "account.closed",
                "account.reopened",
                "client.closed",
                "client.created",
                "client.rights_changed",
                "client.secret_rotated",
                "delegation.changed",
                "delegation.created",
                "delegation.ended",
                "grant.added",
                "grant.removed",
                "link.handed_out",
                "link.redeemed",
                "organisation.changed",
                "organisation.created",
                "password.changed",
                "refresh_token.reused",
                "sign_in.failed",
                "sign_ins.revoked",
                "token.revoked",
                "webhook.changed",
                "webhook.created",
                "webhook.disabled",
                "webhook.enabled",
                "webhook.removed",
                "webhook.secret_rotated",
            ]
        ]
        | None
    ]
    actor_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    subject_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    recorded_at_gte: NotRequired[str | datetime | date | None]
    recorded_at_lt: NotRequired[str | datetime | date | None]


class SecurityLogGetQuery(TypedDict):
    """What `GET /api/v1/security-log/{entry}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class SessionsListQuery(TypedDict):
    """What `GET /api/v1/sessions` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    course_id: NotRequired[str | Sequence[str] | None]
    status: NotRequired[
        Literal["planned", "running", "closed", "cancelled"]
        | Sequence[Literal["planned", "running", "closed", "cancelled"]]
        | None
    ]
    language: NotRequired[Literal["en", "fr", "it", "ar"] | Sequence[Literal["en", "fr", "it", "ar"]] | None]
    site_id: NotRequired[str | Sequence[str] | None]
    host_id: NotRequired[str | Sequence[str] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    reference: NotRequired[str | Sequence[str] | None]
    external_id: NotRequired[str | Sequence[str] | None]
    has_open_records: NotRequired[bool | None]
    starts_on_gte: NotRequired[str | date | None]
    starts_on_lt: NotRequired[str | date | None]


class SessionsHistoryQuery(TypedDict):
    """What `GET /api/v1/sessions/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class SessionsGetQuery(TypedDict):
    """What `GET /api/v1/sessions/{session}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class SessionsRecordsQuery(TypedDict):
    """What `GET /api/v1/sessions/{session}/records` can be asked."""

    as_of: NotRequired[str | datetime | date | None]
    known_at: NotRequired[str | datetime | date | None]
    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    trainee_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    component_id: NotRequired[str | Sequence[str] | None]
    course_id: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    below: NotRequired[str | Sequence[str] | None]
    stage: NotRequired[
        Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"]
        | Sequence[
            Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"]
        ]
        | None
    ]
    open: NotRequired[bool | None]
    completed_on_gte: NotRequired[str | date | None]
    completed_on_lt: NotRequired[str | date | None]


class SitesListQuery(TypedDict):
    """What `GET /api/v1/sites` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    kind: NotRequired[
        Literal["port", "post", "workshop", "store", "academy", "office"]
        | Sequence[Literal["port", "post", "workshop", "store", "academy", "office"]]
        | None
    ]
    country: NotRequired[str | Sequence[str] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    organisation_id: NotRequired[str | Sequence[str] | None]
    active: NotRequired[bool | None]
    external_id: NotRequired[str | Sequence[str] | None]


class SitesHistoryQuery(TypedDict):
    """What `GET /api/v1/sites/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class SitesGetQuery(TypedDict):
    """What `GET /api/v1/sites/{site}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class SuppliersListQuery(TypedDict):
    """What `GET /api/v1/suppliers` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | Sequence[str] | None]
    q: NotRequired[str | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    country: NotRequired[str | Sequence[str] | None]
    active: NotRequired[bool | None]
    external_id: NotRequired[str | Sequence[str] | None]


class SuppliersHistoryQuery(TypedDict):
    """What `GET /api/v1/suppliers/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class SuppliersGetQuery(TypedDict):
    """What `GET /api/v1/suppliers/{supplier}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class SupportArrangementsListQuery(TypedDict):
    """What `GET /api/v1/support-arrangements` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    model_id: NotRequired[str | Sequence[str] | None]
    supporting_unit_id: NotRequired[str | Sequence[str] | None]
    running_on: NotRequired[str | date | None]


class SupportArrangementsHistoryQuery(TypedDict):
    """What `GET /api/v1/support-arrangements/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class SupportArrangementsGetQuery(TypedDict):
    """What `GET /api/v1/support-arrangements/{support_arrangement}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class TraineesListQuery(TypedDict):
    """What `GET /api/v1/trainees` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    agency_id: NotRequired[str | Sequence[str] | None]
    below: NotRequired[str | Sequence[str] | None]
    unit_id: NotRequired[str | Sequence[str] | None]
    grade_band: NotRequired[
        Literal["rank_and_file", "non_commissioned", "officer", "civilian"]
        | Sequence[Literal["rank_and_file", "non_commissioned", "officer", "civilian"]]
        | None
    ]
    sex: NotRequired[
        Literal["female", "male", "undisclosed"] | Sequence[Literal["female", "male", "undisclosed"]] | None
    ]
    language: NotRequired[Literal["en", "fr", "it", "ar"] | Sequence[Literal["en", "fr", "it", "ar"]] | None]
    merged: NotRequired[bool | None]
    erased: NotRequired[bool | None]
    external_id: NotRequired[str | Sequence[str] | None]


class TraineesHistoryQuery(TypedDict):
    """What `GET /api/v1/trainees/{ident}/history` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[int | Sequence[int] | None]


class TraineesGetQuery(TypedDict):
    """What `GET /api/v1/trainees/{trainee}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class WebhooksListQuery(TypedDict):
    """What `GET /api/v1/webhooks` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]
    updated_at_gte: NotRequired[str | datetime | date | None]
    updated_at_lt: NotRequired[str | datetime | date | None]
    q: NotRequired[str | None]
    status: NotRequired[WebhookStatus | Sequence[WebhookStatus] | None]
    owner_id: NotRequired[str | UUID | Sequence[str | UUID] | None]


class WebhooksGetQuery(TypedDict):
    """What `GET /api/v1/webhooks/{webhook}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]


class WebhooksDeliveriesQuery(TypedDict):
    """What `GET /api/v1/webhooks/{webhook}/deliveries` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
    limit: NotRequired[int]
    sort: NotRequired[str | None]
    total: NotRequired[Literal["none", "estimate", "exact"]]
    id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    state: NotRequired[DeliveryState | Sequence[DeliveryState] | None]
    resource: NotRequired[
        Literal[
            "acceptances",
            "accounts",
            "agencies",
            "attachments",
            "clients",
            "components",
            "courses",
            "delegations",
            "deliveries",
            "equipment",
            "equipment-models",
            "equipment-types",
            "handovers",
            "organisations",
            "participations",
            "postings",
            "programmes",
            "qualifications",
            "records",
            "requirements",
            "sessions",
            "sites",
            "suppliers",
            "support-arrangements",
            "trainees",
        ]
        | Sequence[
            Literal[
                "acceptances",
                "accounts",
                "agencies",
                "attachments",
                "clients",
                "components",
                "courses",
                "delegations",
                "deliveries",
                "equipment",
                "equipment-models",
                "equipment-types",
                "handovers",
                "organisations",
                "participations",
                "postings",
                "programmes",
                "qualifications",
                "records",
                "requirements",
                "sessions",
                "sites",
                "suppliers",
                "support-arrangements",
                "trainees",
            ]
        ]
        | None
    ]
    object_id: NotRequired[str | UUID | Sequence[str | UUID] | None]
    event_id: NotRequired[str | Sequence[str] | None]
    created_at_gte: NotRequired[str | datetime | date | None]
    created_at_lt: NotRequired[str | datetime | date | None]


class WebhooksDeliveryQuery(TypedDict):
    """What `GET /api/v1/webhooks/{webhook}/deliveries/{delivery}` can be asked."""

    fields: NotRequired[str | Sequence[str] | None]
    expand: NotRequired[str | Sequence[str] | None]
