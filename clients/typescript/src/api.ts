// Types of what crosses the wire. Generated from openapi.json by `make clients`: do not edit.

/** One page of a list. `page.next` is the cursor of the page behind it, null on the last. */
export interface Listed<Row> {
  items: Row[];
  page: { next: string | null; limit: number; total: number | null; truncated?: boolean };
}

/** A JSON Merge Patch of a draft or a returned certificate. Lines are replaced whole. */
export interface AcceptanceChange {
  "delivery"?: string | null;
  "effective_at"?: string | null;
  "kind"?: AcceptanceKind;
  "lines"?: AcceptanceLine[];
  "note"?: string | null;
  "title_organisation"?: string;
  "warranty_days"?: number | null;
}

/** One certificate with its approvals. Its lines are a list of their own. */
export interface AcceptanceDetail {
  "annulled_at": string | null;
  "annulled_by": PersonOut | null;
  "approvals": ApprovalOut[];
  "approved_at": string | null;
  "available_actions": ("submit" | "approve" | "return" | "revise" | "annul")[];
  "component": Related | null;
  "created_at": string;
  "delivery": Related | null;
  "effective_at": string | null;
  "id": string;
  "kind": AcceptanceKind;
  "lines": LineCounts;
  "note": string | null;
  "prepared_by": PersonOut | null;
  "reason": string | null;
  "reference": string;
  "status": DocumentStage;
  "submitted_at": string | null;
  "submitted_by": PersonOut | null;
  "title_organisation": Related | null;
  "updated_at": string;
  "version": number;
  "warranty_days": number | null;
}

/** A new certificate, a draft. Its reference is made by the service (`ACC-TN-2026-000001`). */
export interface AcceptanceIn {
  "component": string;
  "delivery"?: string | null;
  "effective_at"?: string | null;
  "id"?: string | null;
  "kind": AcceptanceKind;
  "lines"?: AcceptanceLine[];
  "note"?: string | null;
  "title_organisation"?: string | null;
  "warranty_days"?: number | null;
}

/** The kinds of acceptance; only the two provisional ones move the stage of an item. */
export type AcceptanceKind = "preliminary" | "partial_provisional" | "provisional" | "final";

/** What the certificate says about one item. */
export interface AcceptanceLine {
  "condition"?: "up" | "degraded" | null;
  "item": string;
  "note"?: string | null;
  "outcome": "accepted" | "rejected";
  "reason"?: "defective" | "damaged" | "incomplete" | "not_as_ordered" | "documents_missing" | "other" | null;
  "tests"?: TestResult[];
}

/** A certificate. Approving a provisional one is the only way to accepted and rejected items. */
export interface AcceptanceOut {
  "annulled_at": string | null;
  "approved_at": string | null;
  "component": Related | null;
  "created_at": string;
  "delivery": Related | null;
  "effective_at": string | null;
  "id": string;
  "kind": AcceptanceKind;
  "prepared_by": PersonOut | null;
  "reference": string;
  "status": DocumentStage;
  "submitted_at": string | null;
  "title_organisation": Related | null;
  "updated_at": string;
  "version": number;
  "warranty_days": number | null;
}

/** One step of the acceptance test of an item. */
export interface AcceptanceTest {
  "code": string;
  "required"?: boolean;
  "text": string;
}

/** A JSON Merge Patch: what is absent stays, null empties. */
export interface AccountChange {
  "agency"?: string | null;
  "display_name"?: string;
  "language"?: "en" | "fr" | "it" | "ar";
}

/** A new account. It cannot log in before its invitation is redeemed. */
export interface AccountIn {
  "account_name": string;
  "agency"?: string | null;
  "display_name": string;
  "grants"?: GrantIn[];
  "id"?: string | null;
  "language"?: "en" | "fr" | "it" | "ar";
  "organisation"?: string | null;
}

/** A person who logs in. */
export interface AccountOut {
  "account_name": string;
  "active": boolean;
  "agency": Related | null;
  "created_at": string;
  "display_name": string;
  "grants": GrantOut[];
  "has_password": boolean;
  "id": string;
  "language": "en" | "fr" | "it" | "ar";
  "organisation": Related;
  "updated_at": string;
  "version": number;
}

/** What can be done to an item. The event that records it has the same word as its kind. */
export type Action = "ship" | "deliver" | "accept" | "reject" | "redeliver" | "return" | "exchange_return" | "hand_over" | "retransfer" | "put_in_service" | "withdraw" | "reinstate" | "dispose" | "lose" | "recover" | "cancel" | "confirm_receipt" | "report_condition" | "move_custody";

/** The account or client that acted. Its name is shown to its own organisation only. */
export interface Actor {
  "id": string;
  "label": string | null;
}

/** A JSON Merge Patch: what is absent stays, null empties. Its organisation and country stay what they are. */
export interface AgencyChange {
  "active"?: boolean;
  "external_id"?: string | null;
  "is_unit"?: boolean;
  "names"?: NamesChange;
  "parent"?: string | null;
}

/** A new agency. Only the administrator adds one without a parent. */
export interface AgencyIn {
  "country": string;
  "external_id"?: string | null;
  "id"?: string | null;
  "is_unit"?: boolean;
  "names": Names;
  "organisation": string;
  "parent"?: string | null;
  "reference": string;
}

/** A node of a beneficiary's tree. */
export interface AgencyOut {
  "active": boolean;
  "country": string;
  "created_at": string;
  "external_id": string | null;
  "id": string;
  "is_unit": boolean;
  "label": string;
  "names": NamesOut;
  "organisation": Related;
  "parent": Related | null;
  "reference": string;
  "updated_at": string;
  "version": number;
}

/** Who is allotted, by pseudonym. People out of the caller's sight are counted. */
export interface Allotment {
  "maintainers": Related[];
  "maintainers_reserve": Related[];
  "operators": Related[];
  "operators_reserve": Related[];
  "out_of_sight": number;
}

/** What one person decided about the document. A return ends the round: its approvals count no more. */
export interface ApprovalOut {
  "decision": "approved" | "returned";
  "document_version": number;
  "organisation": Related | null;
  "person": PersonOut | null;
  "reason": string | null;
  "recorded_at": string;
  "round": number;
}

/** Approval of a submitted document. */
export interface ApproveIn {
  "backdating_reason"?: string | null;
  "lines"?: LineVersion[] | null;
}

/** The file. */
export interface AttachedFile {
  "file_name": string;
  "id": string;
  "media_type": string;
  "sha256": string;
  "size": number;
}

/** A file in the caller's sight to be attached to something that the caller may change. */
export interface AttachmentIn {
  "file": string;
  "id"?: string | null;
  "label"?: string | null;
  "object": string;
  "position"?: number | null;
  "resource": "acceptances" | "handovers" | "deliveries" | "equipment" | "events" | "requirements";
}

/** A file at something. Whoever sees that sees the file. */
export interface AttachmentOut {
  "attached_by": PersonOut | null;
  "created_at": string;
  "file": AttachedFile;
  "id": string;
  "label": string | null;
  "object_id": string;
  "position": number | null;
  "resource": "acceptances" | "handovers" | "deliveries" | "equipment" | "events" | "requirements";
  "version": number;
}

/** A step from the present stage that the caller's roles know; `missing` says what blocks it. */
export interface AvailableActionOut {
  "action": Action;
  "allowed": boolean;
  "because": string | null;
  "missing": string[];
  "required": string[];
}

/** An item whose chain does not hold, and the first thing that is wrong with it. */
export interface BrokenChainOut {
  "detail": string;
  "id": string;
  "position": number;
  "problem": "gap" | "link" | "hash" | "count" | "head";
  "reference": string;
}

/** Change an item that is still at a version. */
export interface BulkChange {
  "change": EquipmentChange;
  "id": string;
  "operation": "change";
  "version": number;
}

/** Register an item. Items of one call share the instant. */
export interface BulkCreate {
  "backdating_reason"?: string | null;
  "component": string;
  "custody_organisation"?: string | null;
  "custody_site"?: string | null;
  "external_id"?: string | null;
  "id"?: string | null;
  "identifiers"?: IdentifierIn[];
  "model": string;
  "note"?: string | null;
  "occurred_at"?: string | null;
  "operation": "create";
  "parent"?: string | null;
  "supplier"?: string | null;
  "title_organisation"?: string | null;
  "unit_price"?: Money | null;
}

/** Why one operation was refused. */
export interface BulkError {
  "code": string;
  "detail": string;
  "pointer": string;
}

/** What became of all operations. */
export interface BulkOut {
  "done": number;
  "items": BulkResult[];
  "refused": number;
}

/** What became of one operation, in the order given. */
export interface BulkResult {
  "errors": BulkError[];
  "id": string | null;
  "index": number;
  "reference": string | null;
  "status": "done" | "refused";
  "version": number | null;
}

/** Move an item that is still at a version. */
export interface BulkTransition {
  "action": Action;
  "backdating_reason"?: string | null;
  "id": string;
  "note"?: string | null;
  "occurred_at"?: string | null;
  "operation": "transition";
  "payload"?: Payload;
  "version": number;
}

/** A CloudEvent (1.0, JSON format). Order is kept per `partitionkey`. */
export interface ChangeEvent {
  "data": ChangedData;
  "datacontenttype"?: "application/json";
  "id": string;
  "partitionkey": string;
  "source": string;
  "specversion"?: "1.0";
  "subject": string;
  "time": string;
  "type": string;
}

/** Events in the order of the feed. */
export interface ChangePage {
  "items": ChangeEvent[];
  "page": FeedPage;
}

/** What changed; read it at `subject`. Absent members are not known, or not the reader's to know any more. */
export interface ChangedData {
  "id"?: string | null;
  "resource"?: string | null;
  "scope"?: Sight | null;
  "version"?: number | null;
}

/** Whether the signed checkpoints agree with what the database holds. */
export interface CheckpointCheck {
  "at": string | null;
  "lines": number;
  "problem": string | null;
}

/** A signed digest over the heads of all chains. The same line stands in a file outside the database. What counts the whole deployment is for who sees the whole of it: its administrator, and auditors of all components. */
export interface CheckpointOut {
  "digest": string;
  "events": number | null;
  "id": string;
  "items": number | null;
  "line": string | null;
  "recorded_at": string;
  "signature": string;
}

/** A JSON Merge Patch, by the owner only. */
export interface ClientChange {
  "components"?: string[] | null;
  "name"?: string;
  "public_jwk"?: Record<string, unknown>;
  "scopes"?: Scope[];
}

/** A new client, owned by whoever makes it. */
export interface ClientIn {
  "authentication"?: "client_secret_basic" | "private_key_jwt";
  "components"?: string[] | null;
  "id"?: string | null;
  "name": string;
  "public_jwk"?: Record<string, unknown> | null;
  "scopes": Scope[];
}

/** A client with its new secret, shown this once. */
export interface ClientMade {
  "client": ClientOut;
  "client_secret": string | null;
}

/** A script. */
export interface ClientOut {
  "active": boolean;
  "authentication": "client_secret_basic" | "private_key_jwt";
  "client_id": string;
  "components": Related[] | null;
  "created_at": string;
  "id": string;
  "name": string;
  "organisation": Related;
  "owner": Related;
  "public_jwk": Record<string, string> | null;
  "scopes": string[];
  "secrets": SecretFacts[];
  "updated_at": string;
  "version": number;
}

/** The codes that one kind of field may hold. */
export interface CodeList {
  "codes": CodeOut[];
  "name": string;
}

/** A code, which never changes, and its label in the language of the answer. */
export interface CodeOut {
  "code": string;
  "label": string;
}

/** All codes. */
export interface CodesOut {
  "items": CodeList[];
  "language": string;
}

/** A JSON Merge Patch: what is absent stays, null empties. Programme and country stay what they are. */
export interface ComponentChange {
  "domains"?: ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue")[];
  "names"?: NamesChange;
  "objective"?: string | null;
}

/** A new component. */
export interface ComponentIn {
  "country": string;
  "domains": ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue")[];
  "id"?: string | null;
  "names": Names;
  "objective"?: string | null;
  "programme": string;
  "reference": string;
}

/** The national part of a programme. */
export interface ComponentOut {
  "country": string;
  "created_at": string;
  "domains": ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue")[];
  "id": string;
  "label": string;
  "names": NamesOut;
  "objective": string | null;
  "programme": Related;
  "reference": string;
  "updated_at": string;
  "version": number;
}

/** What an item can do (EN 13306). `unknown` until it is tested or reported. */
export type Condition = "unknown" | "up" | "degraded" | "down";

/** What the item can do, as somebody has seen. */
export interface ConditionIn {
  "backdating_reason"?: string | null;
  "condition": "up" | "degraded" | "down";
  "condition_reason"?: DownReason | null;
  "note"?: string | null;
  "occurred_at"?: string | null;
}

/** A JSON Merge Patch. What the course covers, takes and gives changes by a new edition only. */
export interface CourseChange {
  "active"?: boolean;
  "external_id"?: string | null;
  "languages"?: ("en" | "fr" | "it" | "ar")[];
  "names"?: NamesChange;
}

/** A new course, in its first edition. */
export interface CourseIn {
  "covers"?: Cover[];
  "external_id"?: string | null;
  "hours_practice"?: number;
  "hours_rights"?: number;
  "hours_theory"?: number;
  "id"?: string | null;
  "kind": "operation" | "operator_maintenance" | "technical_maintenance" | "supervision" | "trainer" | "rights";
  "languages": ("en" | "fr" | "it" | "ar")[];
  "minimum_attendance"?: number;
  "names": Names;
  "pass_mark"?: number;
  "practical_required"?: boolean;
  "reference": string;
  "rights_required"?: boolean;
  "sqf_level"?: number | null;
  "validity_months"?: number | null;
}

/** A course in one edition. Its reference means the last edition; older ones are found by id. */
export interface CourseOut {
  "active": boolean;
  "covers": CoverOut[];
  "created_at": string;
  "edition": number;
  "external_id": string | null;
  "hours_practice": number;
  "hours_rights": number;
  "hours_theory": number;
  "id": string;
  "kind": "operation" | "operator_maintenance" | "technical_maintenance" | "supervision" | "trainer" | "rights";
  "label": string;
  "languages": ("en" | "fr" | "it" | "ar")[];
  "minimum_attendance": number;
  "names": NamesOut;
  "pass_mark": number;
  "practical_required": boolean;
  "reference": string;
  "rights_required": boolean;
  "sqf_level": number | null;
  "updated_at": string;
  "validity_months": number | null;
  "version": number;
}

/** A model, or a whole type, that the course qualifies for. */
export interface Cover {
  "model"?: string | null;
  "type"?: string | null;
}

/** A model, or a whole type, that the course qualifies for. */
export interface CoverOut {
  "id": string;
  "kind": "model" | "type";
  "label": string;
  "reference": string;
  [more: string]: unknown;
}

/** A half-open period of days (API 3): the first belongs to it, `end` does not. No end: still running. */
export interface Days {
  "end"?: string | null;
  "start": string;
}

/** A merge patch of a period of days. */
export interface DaysChange {
  "end"?: string | null;
  "start"?: string;
}

/** A half-open period of days; no end: still running. */
export interface DaysOut {
  "end": string | null;
  "start": string;
}

/** A JSON Merge Patch. Organisation, component and power never change: end it, and delegate anew. */
export interface DelegationChange {
  "reason"?: string | null;
}

/** When it ends; now, unless it says otherwise. */
export interface DelegationEnd {
  "ends_at"?: string | null;
  "reason"?: string | null;
}

/** A new delegation: of one component, or of a whole programme. Co-delegation is two of them. */
export interface DelegationIn {
  "component"?: string | null;
  "id"?: string | null;
  "organisation": string;
  "period": Period;
  "power": "manage" | "observe";
  "programme"?: string | null;
  "reason"?: string | null;
}

/** It decides what an organisation may see and change. */
export interface DelegationOut {
  "component": Related | null;
  "created_at": string;
  "id": string;
  "organisation": Related;
  "period": PeriodOut;
  "power": "manage" | "observe";
  "programme": Related;
  "reason": string | null;
  "running": boolean;
  "updated_at": string;
  "version": number;
}

/** What can be done to a delivery. */
export type DeliveryAction = "receive" | "close";

/** A JSON Merge Patch: drafts whole; of a received delivery only `discrepancies`, `note` and `external_id`. */
export interface DeliveryChange {
  "contract_reference"?: string | null;
  "discrepancies"?: Discrepancy[];
  "expected_on"?: string | null;
  "external_id"?: string | null;
  "note"?: string | null;
  "site"?: string | null;
  "supplier"?: string | null;
  "tranche"?: number | null;
}

/** One delivery with what came of it. */
export interface DeliveryDetail {
  "available_actions": DeliveryAction[];
  "component": Related | null;
  "contract_reference": string | null;
  "created_at": string;
  "discrepancies": DiscrepancyOut[];
  "expected_on": string | null;
  "external_id": string | null;
  "id": string;
  "items": StageCount[];
  "note": string | null;
  "received_at": string | null;
  "received_by": PersonOut | null;
  "recorded_by": PersonOut | null;
  "reference": string;
  "site": Related | null;
  "status": DeliveryStage;
  "supplier": Related | null;
  "tranche": number | null;
  "updated_at": string;
  "version": number;
}

/** A new delivery, a draft. Its reference is made by the service (`DEL-TN-2026-000001`). */
export interface DeliveryIn {
  "component": string;
  "contract_reference"?: string | null;
  "expected_on"?: string | null;
  "external_id"?: string | null;
  "id"?: string | null;
  "note"?: string | null;
  "site"?: string | null;
  "supplier"?: string | null;
  "tranche"?: number | null;
}

/** A tranche of equipment. */
export interface DeliveryOut {
  "component": Related | null;
  "contract_reference": string | null;
  "created_at": string;
  "expected_on": string | null;
  "external_id": string | null;
  "id": string;
  "received_at": string | null;
  "reference": string;
  "site": Related | null;
  "status": DeliveryStage;
  "supplier": Related | null;
  "tranche": number | null;
  "updated_at": string;
  "version": number;
}

/** Where a delivery stands. */
export type DeliveryStage = "draft" | "received" | "closed";

/** `dropped`: the object went out of the owner's sight before it was delivered. */
export type DeliveryState = "pending" | "delivered" | "failed" | "dropped";

/** Training demand: whom readiness lacks, today and when qualifications have expired. */
export interface DemandOut {
  "on": string;
  "rows": DemandRow[];
  "total": DemandTotal;
  "until": string;
}

/** Persons whom a unit would have to send to a course so that every functional item is crewed and kept. */
export interface DemandRow {
  "by_until": number | null;
  "course": Related | null;
  "kind": "operator" | "maintainer";
  "models": Related[];
  "now": number | null;
  "suppressed": boolean;
  "unit": Related;
}

/** All rows together. */
export interface DemandTotal {
  "by_until": number | null;
  "now": number | null;
}

/** What was not as announced: an item of the delivery, or a number of things that have no item here. */
export interface Discrepancy {
  "item"?: string | null;
  "kind": "missing" | "surplus" | "damaged";
  "note"?: string | null;
  "quantity"?: number;
}

/** What was not as announced. */
export interface DiscrepancyOut {
  "item": ItemNamed | null;
  "kind": "missing" | "surplus" | "damaged";
  "note": string | null;
  "quantity": number;
}

/** Where a document stands. */
export type DocumentStage = "draft" | "submitted" | "approved" | "returned" | "annulled";

/** Why an item is down. */
export type DownReason = "failure" | "awaiting_parts" | "under_repair" | "planned_maintenance" | "no_consumables" | "external";

/** A new edition: what is absent is as in the last one. Sessions and qualifications keep the edition they had. */
export interface EditionIn {
  "covers"?: Cover[];
  "external_id"?: string | null;
  "hours_practice"?: number;
  "hours_rights"?: number;
  "hours_theory"?: number;
  "id"?: string | null;
  "languages"?: ("en" | "fr" | "it" | "ar")[];
  "minimum_attendance"?: number;
  "names"?: NamesChange;
  "pass_mark"?: number;
  "practical_required"?: boolean;
  "rights_required"?: boolean;
  "sqf_level"?: number | null;
  "validity_months"?: number | null;
}

/** One event that counts: with its last correction, without what was taken back. */
export interface EffectiveEventOut {
  "changes": Record<string, unknown>;
  "kind": string;
  "occurred_at": string;
  "position": number;
  "recorded_at": string;
}

/** What counts of an item's history, in the order in which it happened, and the state that it amounts to. */
export interface EffectiveOut {
  "condition": Condition | null;
  "items": EffectiveEventOut[];
  "stage": Stage | null;
}

/** Up to 1 000 operations: registrations first, then changes, then steps, each kind in the order given. */
export interface EquipmentBulkIn {
  "atomic"?: boolean;
  "items": (BulkCreate | BulkChange | BulkTransition)[];
}

/** A JSON Merge Patch of what is not moved by events: what is absent stays, null empties. */
export interface EquipmentChange {
  "external_id"?: string | null;
  "note"?: string | null;
  "parent"?: string | null;
  "supplier"?: string | null;
  "unit_price"?: Money | null;
}

/** What should have been said about an event; or, with `annul`, that it did not happen. */
export interface EquipmentCorrectionIn {
  "annul"?: boolean;
  "note"?: string | null;
  "occurred_at"?: string | null;
  "payload"?: Payload;
  "position": number;
  "reason": string;
}

/** One item with everything around it. */
export interface EquipmentDetail {
  "available_actions"?: AvailableActionOut[] | null;
  "children": number;
  "component": Related | null;
  "condition": Condition;
  "condition_reason": DownReason | null;
  "confirmed_at": string | null;
  "created_at": string;
  "custody_organisation": Related | null;
  "custody_site": Related | null;
  "delivery": Related | null;
  "event_count": number;
  "external_id": string | null;
  "id": string;
  "identifiers": IdentifierOut[];
  "last_event_at": string;
  "model": Related | null;
  "note": string | null;
  "parent": Related | null;
  "receipt_confirmed_at": string | null;
  "reference": string;
  "replaced_by": Related | null;
  "serial": string | null;
  "stage": Stage;
  "supplier": Related | null;
  "title": Related | null;
  "unit": Related | null;
  "unit_price": MoneyOut | null;
  "updated_at": string;
  "version": number;
  "warranty_ends_on": string | null;
  "warranty_starts_on": string | null;
}

/** A new item, `ordered`. `id` may be made by the client (UUIDv7), so that an offline device can retry. */
export interface EquipmentIn {
  "backdating_reason"?: string | null;
  "component": string;
  "custody_organisation"?: string | null;
  "custody_site"?: string | null;
  "external_id"?: string | null;
  "id"?: string | null;
  "identifiers"?: IdentifierIn[];
  "model": string;
  "note"?: string | null;
  "occurred_at"?: string | null;
  "parent"?: string | null;
  "supplier"?: string | null;
  "title_organisation"?: string | null;
  "unit_price"?: Money | null;
}

/** A JSON Merge Patch: what is absent stays, null empties. Lists are replaced whole. */
export interface EquipmentModelChange {
  "acceptance_tests"?: AcceptanceTest[];
  "control_reference"?: string | null;
  "controlled"?: boolean;
  "external_id"?: string | null;
  "maintainers"?: People;
  "maintenance_plan"?: MaintenanceTask[];
  "manufacturer"?: string;
  "model_number"?: string | null;
  "names"?: NamesChange;
  "operators"?: People;
  "priority"?: number;
  "useful_life_months"?: number | null;
  "warranty_days"?: number;
}

/** A model with its tests, its maintenance and the active courses that qualify for it. */
export interface EquipmentModelDetail {
  "acceptance_tests": AcceptanceTest[];
  "control_reference": string | null;
  "controlled": boolean;
  "courses": QualifyingCourse[];
  "created_at": string;
  "external_id": string | null;
  "id": string;
  "label": string;
  "maintainers": PeopleOut;
  "maintenance_plan": MaintenanceTask[];
  "manufacturer": string;
  "model_number": string | null;
  "names": NamesOut;
  "operators": PeopleOut;
  "priority": number;
  "reference": string;
  "type": Related;
  "updated_at": string;
  "useful_life_months": number | null;
  "version": number;
  "warranty_days": number;
}

/** A new model. */
export interface EquipmentModelIn {
  "acceptance_tests"?: AcceptanceTest[];
  "control_reference"?: string | null;
  "controlled"?: boolean;
  "external_id"?: string | null;
  "id"?: string | null;
  "maintainers"?: People;
  "maintenance_plan"?: MaintenanceTask[];
  "manufacturer": string;
  "model_number"?: string | null;
  "names": Names;
  "operators"?: People;
  "priority"?: number;
  "reference": string;
  "type": string;
  "useful_life_months"?: number | null;
  "warranty_days"?: number;
}

/** A maker's model. */
export interface EquipmentModelOut {
  "control_reference": string | null;
  "controlled": boolean;
  "created_at": string;
  "external_id": string | null;
  "id": string;
  "label": string;
  "maintainers": PeopleOut;
  "manufacturer": string;
  "model_number": string | null;
  "names": NamesOut;
  "operators": PeopleOut;
  "priority": number;
  "reference": string;
  "type": Related;
  "updated_at": string;
  "useful_life_months": number | null;
  "version": number;
  "warranty_days": number;
}

/** One physical thing, from order to disposal. Facts that one status could not hold are kept apart. */
export interface EquipmentOut {
  "component": Related | null;
  "condition": Condition;
  "condition_reason": DownReason | null;
  "confirmed_at": string | null;
  "created_at": string;
  "custody_organisation": Related | null;
  "custody_site": Related | null;
  "external_id": string | null;
  "id": string;
  "identifiers": IdentifierOut[];
  "last_event_at": string;
  "model": Related | null;
  "receipt_confirmed_at": string | null;
  "reference": string;
  "serial": string | null;
  "stage": Stage;
  "title": Related | null;
  "unit": Related | null;
  "unit_price": MoneyOut | null;
  "updated_at": string;
  "version": number;
  "warranty_ends_on": string | null;
  "warranty_starts_on": string | null;
}

/** A JSON Merge Patch: what is absent stays, null empties. */
export interface EquipmentTypeChange {
  "controlled_hint"?: string | null;
  "cpv"?: string;
  "domain"?: "border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue";
  "hs"?: string | null;
  "names"?: NamesChange;
}

/** A new type. */
export interface EquipmentTypeIn {
  "controlled_hint"?: string | null;
  "cpv": string;
  "domain": "border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue";
  "hs"?: string | null;
  "id"?: string | null;
  "names": Names;
  "reference": string;
}

/** A kind of equipment. */
export interface EquipmentTypeOut {
  "controlled_hint": string | null;
  "cpv": string;
  "created_at": string;
  "domain": "border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue";
  "hs": string | null;
  "id": string;
  "label": string;
  "names": NamesOut;
  "reference": string;
  "updated_at": string;
  "version": number;
}

/** One event as it was recorded; nothing is ever edited. Chain data is for auditors. */
export interface EventOut {
  "actor": Actor | null;
  "changes": Record<string, unknown>;
  "corrects": number | null;
  "document": Related | null;
  "hash": string | null;
  "kind": string;
  "occurred_at": string;
  "payload": Record<string, unknown>;
  "position": number;
  "previous": string | null;
  "recorded_at": string;
  "text_hash": string | null;
  "texts": Record<string, string> | null;
}

/** The file that was recorded with a decision. */
export interface EvidenceOut {
  "id": string | null;
  "sha256": string;
}

/** The trainee is not, or no longer, admitted. */
export interface ExcludeIn {
  "backdating_reason"?: string | null;
  "occurred_at"?: string | null;
  "reason": "vetting_refused" | "not_eligible" | "no_show" | "rules_broken" | "other";
}

/** Where to go on. */
export interface FeedPage {
  "limit": number;
  "more": boolean;
  "next": string;
}

/** The figures of a unit and model, or of any sum of them. Numbers of items. */
export interface Figures {
  "crewed": number;
  "functional": number;
  "held": number;
  "maintainers": Staffing | null;
  "operators": Staffing | null;
  "ready": number;
  "ready_confirmed": number;
  "waterfall": Waterfall;
}

/** An uploaded file. Its uploader sees it, and whoever sees something that it is attached to. */
export interface FileOut {
  "created_at": string;
  "file_name": string;
  "id": string;
  "media_type": string;
  "organisation": Related | null;
  "sha256": string;
  "size": number;
  "uploaded_by": PersonOut | null;
  "version": number;
}

/** Where the person serves. */
export interface FirstPosting {
  "site"?: string | null;
  "starts_on": string;
  "unit": string;
}

/** People of that name. */
export interface FoundOut {
  "items": IdentityOut[];
}

/** One fact about money: who gives how much, under which reference. */
export interface FundingFact {
  "amount"?: Money | null;
  "note"?: string | null;
  "reference"?: string | null;
  "source": string;
}

/** One fact about money. */
export interface FundingFactOut {
  "amount": Money | null;
  "note": string | null;
  "reference": string | null;
  "source": string;
}

/** A role to give: one's own or less, never to oneself. */
export interface GrantIn {
  "component"?: string | null;
  "role": "administrator" | "programme_manager" | "procurement_officer" | "logistics_officer" | "training_officer" | "monitoring_officer" | "safeguards_officer" | "focal_point" | "auditor" | "observer";
}

/** A role of an account. */
export interface GrantOut {
  "component": Related | null;
  "created_at": string;
  "id": string;
  "role": "administrator" | "programme_manager" | "procurement_officer" | "logistics_officer" | "training_officer" | "monitoring_officer" | "safeguards_officer" | "focal_point" | "auditor" | "observer";
}

/** A JSON Merge Patch of a draft or a returned protocol. Lines and signatories are replaced whole. */
export interface HandoverChange {
  "effective_at"?: string | null;
  "lines"?: HandoverLine[];
  "note"?: string | null;
  "organisation"?: string;
  "receiving_unit"?: string;
  "retransfer"?: boolean;
  "signatories"?: Signatory[];
  "signed_file"?: string | null;
  "signed_sha256"?: string | null;
  "site"?: string;
}

/** One protocol with its signatories and approvals. Its lines are a list of their own. */
export interface HandoverDetail {
  "annulled_at": string | null;
  "annulled_by": PersonOut | null;
  "approvals": ApprovalOut[];
  "approved_at": string | null;
  "available_actions": ("submit" | "approve" | "return" | "revise" | "annul")[];
  "component": Related | null;
  "created_at": string;
  "effective_at": string | null;
  "id": string;
  "lines": LineCounts;
  "missing": HandoverMissing | null;
  "note": string | null;
  "organisation": Related | null;
  "prepared_by": PersonOut | null;
  "reason": string | null;
  "receiving_unit": Related | null;
  "reference": string;
  "retransfer": boolean;
  "signatories": SignatoryOut[];
  "signed_file_id": string | null;
  "signed_sha256": string | null;
  "site": Related | null;
  "status": DocumentStage;
  "submitted_at": string | null;
  "submitted_by": PersonOut | null;
  "updated_at": string;
  "version": number;
}

/** A new protocol, a draft. Its reference is made by the service (`HO-TN-2026-000001`). */
export interface HandoverIn {
  "component": string;
  "effective_at"?: string | null;
  "id"?: string | null;
  "lines"?: HandoverLine[];
  "note"?: string | null;
  "organisation"?: string | null;
  "receiving_unit": string;
  "retransfer"?: boolean;
  "signatories"?: Signatory[];
  "signed_file"?: string | null;
  "signed_sha256"?: string | null;
  "site": string;
}

/** One item to be handed over. */
export interface HandoverLine {
  "item": string;
  "note"?: string | null;
}

/** What would refuse the next steps, were they taken now. */
export interface HandoverMissing {
  "approve": string[];
  "requirements": LackingRequirement[];
  "submit": string[] | null;
}

/** A protocol. Approving one is the only way to items that are handed over. */
export interface HandoverOut {
  "annulled_at": string | null;
  "approved_at": string | null;
  "component": Related | null;
  "created_at": string;
  "effective_at": string | null;
  "id": string;
  "organisation": Related | null;
  "prepared_by": PersonOut | null;
  "receiving_unit": Related | null;
  "reference": string;
  "retransfer": boolean;
  "signed_file_id": string | null;
  "signed_sha256": string | null;
  "site": Related | null;
  "status": DocumentStage;
  "submitted_at": string | null;
  "updated_at": string;
  "version": number;
}

/** A number that somebody gave to the thing. Unique per scheme and issuer, never reused. */
export interface IdentifierIn {
  "issuer"?: string | null;
  "scheme": Scheme;
  "value": string;
}

/** An identifier in its one spelling. */
export interface IdentifierOut {
  "issuer": string;
  "scheme": Scheme;
  "value": string;
}

/** Why the name is needed. It is kept, with who asked: no names, no numbers of persons. */
export interface IdentityIn {
  "purpose": string;
}

/** Who a pseudonym is. Do not keep it longer than the purpose takes. */
export interface IdentityOut {
  "name": string;
  "trainee": Related;
  "work_contact": string | null;
}

/** Somebody read who a trainee is, or looked for a name. */
export interface IdentityReadOut {
  "agency": Related | null;
  "caller_id": string;
  "id": string;
  "person_id": string;
  "purpose": string;
  "recorded_at": string;
  "request_id": string | null;
  "trainee": Related | null;
}

/** What rows would do, or did. Neighbours that would be new, or are unchanged, are told as one. */
export interface ImportChangeOut {
  "after": Record<string, unknown> | null;
  "before": Record<string, unknown> | null;
  "id": number;
  "last_row": number;
  "object_id": string | null;
  "outcome": "created" | "changed" | "unchanged";
  "reference": string | null;
  "row": number;
}

/** One column of the file to fill. */
export interface ImportColumnOut {
  "changes": boolean;
  "creates": boolean;
  "description": string;
  "name": string;
  "required": boolean;
  "type": string;
  "values": string[];
}

/** One wrong cell. What stands in it is not repeated. */
export interface ImportFaultOut {
  "code": string;
  "column": string | null;
  "detail": string;
  "id": number;
  "row": number;
}

/** What was uploaded. */
export interface ImportFile {
  "format": "csv" | "xlsx" | "jsonl";
  "name": string | null;
  "sha256": string;
  "size": number;
}

/** The job that works on it, or did last. */
export interface ImportJob {
  "id": string;
}

/** One file on its way in. Only its uploader sees it; it is deleted at `expires_at`. */
export interface ImportOut {
  "changed": number;
  "created": number;
  "created_at": string;
  "expires_at": string;
  "faults": number;
  "file": ImportFile;
  "id": string;
  "job": ImportJob;
  "mode": "validate" | "commit";
  "resource": string;
  "rows": number;
  "state": "queued" | "running" | "valid" | "invalid" | "committed" | "failed" | "dead" | "cancelled";
  "unchanged": number;
  "updated_at": string;
  "version": number;
}

/** An item as it was named in a report. */
export interface ItemNamed {
  "id": string;
  "reference": string;
}

/** A job, as lists show it. */
export interface JobListed {
  "attempts": number;
  "cancel_requested": boolean;
  "created_at": string;
  "finished_at": string | null;
  "id": string;
  "kind": string;
  "max_attempts": number;
  "problem": Record<string, unknown> | null;
  "progress": JobProgress;
  "requester_id": string | null;
  "run_after": string;
  "started_at": string | null;
  "state": JobState;
}

/** A job. Only who asked for it reads what it was asked and what it found. */
export interface JobOut {
  "args": Record<string, unknown> | null;
  "attempts": number;
  "cancel_requested": boolean;
  "created_at": string;
  "finished_at": string | null;
  "id": string;
  "kind": string;
  "max_attempts": number;
  "problem": Record<string, unknown> | null;
  "progress": JobProgress;
  "requester_id": string | null;
  "result": Record<string, unknown> | null;
  "run_after": string;
  "started_at": string | null;
  "state": JobState;
}

/** How far a job is. `total` is null as long as nobody knows; a phase counts for itself. `waiting`: another job that may write the same has to end first (imports of one resource, on the same ground). */
export interface JobProgress {
  "done": number;
  "phase": string | null;
  "total": number | null;
}

/** `failed`: the request cannot be carried out. `dead`: it could not be carried out, however often it was tried. */
export type JobState = "queued" | "running" | "succeeded" | "failed" | "dead" | "cancelled";

/** A kind of requirement. */
export interface KindOut {
  "guards": string[];
  "kind": RequirementKind;
  "max_months": number | null;
  "presumed": boolean;
  "subjects": ("item" | "unit" | "document" | "model")[];
}

/** All kinds. */
export interface KindsOut {
  "items": KindOut[];
}

/** An item on the protocol that lacks a requirement. */
export interface LackingItem {
  "id": string;
  "reference": string;
}

/** An enforced requirement that is not met on the day on which the handover takes effect. */
export interface LackingRequirement {
  "about": ("item" | "unit" | "document")[];
  "every_line": boolean;
  "items": LackingItem[];
  "kind": RequirementKind;
  "lines": number;
}

/** How many lines there are of each outcome. */
export interface LineCounts {
  "accepted": number;
  "handed_over": number;
  "rejected": number;
}

/** One item of a document. */
export interface LineOut {
  "condition": "up" | "degraded" | null;
  "current_version": number | null;
  "id": string;
  "item": Related | null;
  "item_version": number | null;
  "model": Related | null;
  "note": string | null;
  "outcome": LineOutcome;
  "reason": string | null;
  "serial": string | null;
  "stage": string | null;
  "tests": TestResult[];
}

/** What a line says about its item. */
export type LineOutcome = "accepted" | "rejected" | "handed_over";

/** The version of an item that the approver has read. */
export interface LineVersion {
  "item": string;
  "version": number;
}

/** Items ordered before that come with this delivery. */
export interface LinkIn {
  "items": string[];
}

/** A one-time link, shown this once. Whoever has the secret sets the password: hand it over in person. */
export interface LinkOut {
  "expires_at": string;
  "kind": "invitation" | "reset";
  "redeem_at": string;
  "secret": string;
}

/** How many items come with the delivery now. */
export interface LinkedOut {
  "linked": number;
}

/** What is done regularly: by the calendar, by the meter, or whichever comes first. */
export interface MaintenanceTask {
  "code": string;
  "every_months"?: number | null;
  "every_units"?: number | null;
  "text": string;
}

/** The caller. Rights are what the database says now, narrowed to the scopes of the token. */
export interface MeOut {
  "account_name": string;
  "agencies": Reach[];
  "agency": Related | null;
  "components": Reach[];
  "display_name": string;
  "id": string;
  "kind": "account" | "client";
  "language": "en" | "fr" | "it" | "ar";
  "organisation": MyOrganisation;
  "roles": string[];
  "scopes": string[];
  "token": MyToken;
}

/** Two pseudonyms are one person. */
export interface MergeIn {
  "into": string;
}

/** An item that was handed over without a proof of transfer that is held here. */
export interface MissingProofOut {
  "above_threshold": boolean | null;
  "component": Related | null;
  "created_at": string;
  "id": string;
  "missing": "handover" | "signed_file";
  "model": Related | null;
  "reference": string;
  "serial": string | null;
  "stage": string;
  "unit": Related | null;
  "unit_price": MoneyOut | null;
}

/** An amount as a decimal string and its ISO 4217 currency. TND has three decimals. */
export interface Money {
  "amount": string;
  "currency": string;
}

/** An amount as a decimal string and its currency. */
export interface MoneyOut {
  "amount": string;
  "currency": string;
}

/** A person is posted to another unit, or another site. */
export interface MoveIn {
  "on": string;
  "site"?: string | null;
  "unit": string;
}

/** The caller's organisation. */
export interface MyOrganisation {
  "id": string;
  "kinds": ("implementer" | "beneficiary" | "donor" | "supplier" | "audit_body")[];
  "label": string;
  "reference": string;
  [more: string]: unknown;
}

/** The access token of this very request. */
export interface MyToken {
  "client_id": string;
  "expires_at": string;
  "session_id": string | null;
}

/** A name in four languages; English is always there (DOMAIN 8). */
export interface Names {
  "ar"?: string | null;
  "en": string;
  "fr"?: string | null;
  "it"?: string | null;
}

/** A merge patch of names: languages that are absent stay, null takes one away; English cannot be taken away. */
export interface NamesChange {
  "ar"?: string | null;
  "en"?: string;
  "fr"?: string | null;
  "it"?: string | null;
}

/** A name in four languages; null where there is none. */
export interface NamesOut {
  "ar": string | null;
  "en": string;
  "fr": string | null;
  "it": string | null;
}

/** Several nominations for one session. */
export interface NominationsIn {
  "backdating_reason"?: string | null;
  "occurred_at"?: string | null;
  "trainees": string[];
}

/** A JSON Merge Patch: what is absent stays, null empties. A supplier stays one whatever `kinds` says. */
export interface OrganisationChange {
  "country"?: string | null;
  "external_id"?: string | null;
  "kinds"?: ("implementer" | "beneficiary" | "donor" | "audit_body")[];
  "names"?: NamesChange;
}

/** A new organisation. `id` may be made by the client (UUIDv7). */
export interface OrganisationIn {
  "country"?: string | null;
  "external_id"?: string | null;
  "id"?: string | null;
  "kinds": ("implementer" | "beneficiary" | "donor" | "audit_body")[];
  "names": Names;
  "reference": string;
}

/** An organisation of one or several kinds. */
export interface OrganisationOut {
  "country": string | null;
  "created_at": string;
  "external_id": string | null;
  "id": string;
  "kinds": ("implementer" | "beneficiary" | "donor" | "supplier" | "audit_body")[];
  "label": string;
  "names": NamesOut;
  "reference": string;
  "updated_at": string;
  "version": number;
}

/** What the programme is to bring about. */
export interface Outcome {
  "code": string;
  "names": Names;
}

/** What the programme is to bring about. */
export interface OutcomeOut {
  "code": string;
  "names": NamesOut;
}

/** A JSON Merge Patch, mostly to end it: `{"period": {"end": "2026-01-01T00:00:00Z"}}`. */
export interface ParticipationChange {
  "period"?: PeriodChange;
}

/** A new participation. Who sees the component sees the agency's tree from then on. */
export interface ParticipationIn {
  "agency": string;
  "component": string;
  "id"?: string | null;
  "period": Period;
}

/** An agency, with everything below it, takes part in a component. */
export interface ParticipationOut {
  "agency": Related | null;
  "component": Related | null;
  "created_at": string;
  "id": string;
  "period": PeriodOut;
  "updated_at": string;
  "version": number;
}

/** An organisation as it was named. */
export interface PartyOut {
  "id": string;
  "reference": string;
}

/** One's own password, old and new. */
export interface PasswordChange {
  "current": string;
  "password": string;
}

/** What a step needs; `/meta/workflows` says which. Keys are ids or references. */
export interface Payload {
  "authority"?: string | null;
  "condition"?: string | null;
  "condition_reason"?: string | null;
  "custody_organisation_id"?: string | null;
  "custody_site_id"?: string | null;
  "evidence"?: string | null;
  "method"?: string | null;
  "reason"?: string | null;
  "replaced_by"?: string | null;
  "title_organisation_id"?: string | null;
  "unit_id"?: string | null;
  "warranty_from"?: string | null;
  "warranty_until"?: string | null;
}

/** So many persons for so many items: `{"persons": 1, "items": 2}` is one person for every two items. */
export interface People {
  "items"?: number;
  "persons": number;
}

/** So many persons for so many items. */
export interface PeopleOut {
  "items": number;
  "persons": number;
}

/** A half-open period of instants (API 3): its start belongs to it, its end does not. No end: still running. */
export interface Period {
  "end"?: string | null;
  "start": string;
}

/** A merge patch of a period. */
export interface PeriodChange {
  "end"?: string | null;
  "start"?: string;
}

/** A half-open period of instants; no end: still running. */
export interface PeriodOut {
  "end": string | null;
  "start": string;
}

/** A natural person's account; its name where the caller may see it. Observers are told of no person. */
export interface PersonOut {
  "id": string;
  "label": string | null;
}

/** Where somebody serves now. */
export interface PostedTo {
  "id": string;
  "period": DaysOut;
  "site": Related | null;
  "unit": Related | null;
}

/** A JSON Merge Patch. The unit stays: another unit is another posting (`move`). */
export interface PostingChange {
  "period"?: DaysChange;
  "site"?: string | null;
}

/** A new posting. It may not overlap with another one of the same trainee. */
export interface PostingIn {
  "id"?: string | null;
  "period": Days;
  "site"?: string | null;
  "trainee": string;
  "unit": string;
}

/** Where a trainee serves, from when to when. */
export interface PostingOut {
  "created_at": string;
  "id": string;
  "period": DaysOut;
  "site": Related | null;
  "trainee": Related;
  "unit": Related | null;
  "updated_at": string;
  "version": number;
}

/** A JSON Merge Patch: what is absent stays, null empties. Lists are replaced whole. */
export interface ProgrammeChange {
  "approvers_from_different_organisations"?: boolean;
  "ends_on"?: string | null;
  "enforced_requirements"?: RequirementKind[];
  "funding"?: FundingFact[];
  "names"?: NamesChange;
  "outcomes"?: Outcome[];
  "proof_threshold"?: Money;
  "starts_on"?: string | null;
  "status"?: "planned" | "running" | "closed";
  "warranty_days"?: number;
}

/** A new programme. All kinds of requirements are enforced unless it says otherwise. */
export interface ProgrammeIn {
  "approvers_from_different_organisations"?: boolean;
  "ends_on"?: string | null;
  "enforced_requirements"?: RequirementKind[];
  "funding"?: FundingFact[];
  "id"?: string | null;
  "names": Names;
  "outcomes"?: Outcome[];
  "proof_threshold"?: Money;
  "reference": string;
  "starts_on"?: string | null;
  "status"?: "planned" | "running" | "closed";
  "warranty_days"?: number;
}

/** A funded action. */
export interface ProgrammeOut {
  "approvers_from_different_organisations": boolean;
  "created_at": string;
  "ends_on": string | null;
  "enforced_requirements": RequirementKind[];
  "funding": FundingFactOut[];
  "id": string;
  "label": string;
  "names": NamesOut;
  "outcomes": OutcomeOut[];
  "proof_threshold": Money;
  "reference": string;
  "starts_on": string | null;
  "status": "planned" | "running" | "closed";
  "updated_at": string;
  "version": number;
  "warranty_days": number;
}

/** The public half of the key that signs checkpoints: whoever keeps it can check lines without this service. */
export interface PublicKeyOut {
  "algorithm": "Ed25519";
  "fingerprint": string;
  "pem": string;
}

/** A prior qualification, proposed for recognition. Evidence is said in words (what was seen, by whom, where it is kept): copies of licences hold numbers, photos and birth dates, and are not kept here. */
export interface QualificationIn {
  "evidence": string;
  "id"?: string | null;
  "kind": "operator" | "maintainer";
  "model"?: string | null;
  "period": Days;
  "trainee": string;
  "type"?: string | null;
}

/** A person may operate or maintain a model, or every model of a type. */
export interface QualificationOut {
  "agency": Related | null;
  "created_at": string;
  "evidence": string | null;
  "id": string;
  "kind": "operator" | "maintainer";
  "model": Related | null;
  "period": DaysOut;
  "proposed_by": string | null;
  "reason": string | null;
  "recognised_by": string | null;
  "record_id": string | null;
  "recorded_at": string;
  "revoked_on": string | null;
  "source": "record" | "prior";
  "status": "proposed" | "valid" | "refused" | "revoked";
  "trainee": Related;
  "type": Related | null;
  "updated_at": string;
  "version": number;
}

/** A qualification no longer holds. */
export interface QualificationRevokeIn {
  "reason": string;
  "revoked_on"?: string | null;
}

/** A course that qualifies for the model, itself or by its type. */
export interface QualifyingCourse {
  "edition": number;
  "id": string;
  "kind": string;
  "label": string;
  "reference": string;
  [more: string]: unknown;
}

/** A component or agency, and whether the caller may change things there or only see them. */
export interface Reach {
  "id": string;
  "label": string;
  "power": "manage" | "observe";
  "reference": string;
  [more: string]: unknown;
}

/** Readiness at a moment, in total and by group. The total is over everything asked for. */
export interface ReadinessOut {
  "as_of": string | null;
  "by": "unit_model" | "unit" | "model" | "agency" | "component" | "total";
  "confirmation_days": number;
  "known_at": string | null;
  "on": string;
  "rows": ReadinessRow[];
  "total": Figures;
}

/** The figures of one group. Which of the four are set follows from `by`. */
export interface ReadinessRow {
  "agency": Related | null;
  "allotment": Allotment | null;
  "component": Related | null;
  "contract": boolean | null;
  "crewed": number;
  "functional": number;
  "held": number;
  "maintainers": Staffing | null;
  "model": Related | null;
  "operators": Staffing | null;
  "ready": number;
  "ready_confirmed": number;
  "unit": Related | null;
  "waterfall": Waterfall;
}

/** Why a document is returned or annulled. */
export interface ReasonIn {
  "reason": string;
}

/** The receiving unit has it. */
export interface ReceiptIn {
  "backdating_reason"?: string | null;
  "note"?: string | null;
  "occurred_at"?: string | null;
}

/** The delivery has arrived. Its items are delivered, except those reported missing. */
export interface ReceiveIn {
  "backdating_reason"?: string | null;
  "discrepancies"?: Discrepancy[];
  "occurred_at"?: string | null;
  "site"?: string | null;
}

/** The recognition of a prior qualification. */
export interface RecogniseIn {
  "evidence"?: string | null;
}

/** Steps of many records at once. */
export interface RecordBulkIn {
  "atomic"?: boolean;
  "backdating_reason"?: string | null;
  "items": RecordBulkItem[];
  "occurred_at"?: string | null;
}

/** One step of one record. */
export interface RecordBulkItem {
  "action": "vet" | "enrol" | "attend" | "record_results" | "complete" | "fail" | "withdraw" | "exclude";
  "half_days_attended"?: number;
  "id": string;
  "post_test"?: number | null;
  "practical"?: number | null;
  "pre_test"?: number | null;
  "reason"?: string | null;
  "rights_module_done"?: boolean;
  "version": number;
}

/** The last step of a record was recorded by mistake. */
export interface RecordCorrectionIn {
  "event": string;
  "note": string;
}

/** How many of the session's records stand where, as far as the caller sees them. `open`: without an outcome. */
export interface RecordCounts {
  "attended": number;
  "completed": number;
  "enrolled": number;
  "excluded": number;
  "failed": number;
  "nominated": number;
  "open": number;
  "vetted": number;
  "withdrawn": number;
}

/** Something that happened to a record. */
export interface RecordEventOut {
  "actor_id": string;
  "changes": Record<string, unknown>;
  "corrects": string | null;
  "id": string;
  "kind": string;
  "note": string | null;
  "occurred_at": string;
  "recorded_at": string;
}

/** The events of one record, in the order in which they were recorded. */
export interface RecordEventsOut {
  "items": RecordEventOut[];
}

/** A nomination. */
export interface RecordIn {
  "backdating_reason"?: string | null;
  "id"?: string | null;
  "occurred_at"?: string | null;
  "session": string;
  "trainee": string;
}

/** One trainee, by pseudonym, in one session. */
export interface RecordOut {
  "agency": Related | null;
  "completed_on": string | null;
  "component": Related | null;
  "course": Related | null;
  "created_at": string;
  "half_days_attended": number | null;
  "id": string;
  "occurred_at": string;
  "post_test": number | null;
  "practical": number | null;
  "pre_test": number | null;
  "reason": string | null;
  "rights_module_done": boolean;
  "session": Related | null;
  "stage": "nominated" | "vetted" | "enrolled" | "attended" | "completed" | "failed" | "withdrawn" | "excluded";
  "trainee": Related;
  "updated_at": string;
  "version": number;
}

/** What became of one record. */
export interface RecordStepOut {
  "id": string;
  "problem": Record<string, unknown> | null;
  "stage": "nominated" | "vetted" | "enrolled" | "attended" | "completed" | "failed" | "withdrawn" | "excluded" | null;
  "version": number | null;
}

/** A result per record, in the order of the request. */
export interface Recorded {
  "items": RecordStepOut[];
}

/** The secret of a one-time link, and the password to set. */
export interface RedeemIn {
  "password": string;
  "secret": string;
}

/** Whose password was set. Sign in with it now. */
export interface RedeemedOut {
  "account_name": string;
}

/** A prior qualification is not recognised. */
export interface RefuseIn {
  "reason": string;
}

/** Items of one model to be registered with the delivery: by `serials`, by `range`, or by `count`. */
export interface RegisterIn {
  "backdating_reason"?: string | null;
  "count"?: number | null;
  "model": string;
  "note"?: string | null;
  "occurred_at"?: string | null;
  "range"?: string | null;
  "serials"?: string[] | null;
  "title_organisation"?: string | null;
  "unit_price"?: Money | null;
}

/** A registered item. */
export interface RegisteredItem {
  "id": string;
  "reference": string;
  "serial": string | null;
}

/** What was registered. */
export interface RegisteredOut {
  "items": RegisteredItem[];
  "registered": number;
}

/** A related object: enough to show and to follow it. `expand` adds members that depend on its kind. */
export interface Related {
  "id": string;
  "label": string;
  "reference": string;
  [more: string]: unknown;
}

/** A span of time: events recorded since the first instant and before the second. */
export interface ReplayIn {
  "since": string;
  "until": string;
}

/** What was decided. A waiver is first `requested`, which counts for nothing, then `waived` by a second person. */
export type RequirementDecision = "granted" | "refused" | "waived" | "requested";

/** A decision, recorded by hand with evidence; or the request for a waiver, which counts for nothing yet. A grant names a reference or a file; a refusal and a request name a reference. */
export interface RequirementIn {
  "component"?: string | null;
  "decision"?: "granted" | "refused" | "requested";
  "document"?: string | null;
  "file"?: string | null;
  "id"?: string | null;
  "item"?: string | null;
  "kind": RequirementKind;
  "model"?: string | null;
  "note"?: string | null;
  "reference"?: string | null;
  "unit"?: string | null;
  "valid"?: Days | null;
}

/** What a requirement is about. */
export type RequirementKind = "end_use_undertaking" | "due_diligence" | "export_check" | "eu_visibility" | "test_passed" | "no_suspension" | "no_open_allegation";

/** One decision about one subject. Which kinds are enforced is configuration of each programme. */
export interface RequirementOut {
  "component_id": string;
  "created_at": string;
  "decided_by": PersonOut | null;
  "decision": RequirementDecision;
  "file": EvidenceOut | null;
  "id": string;
  "kind": RequirementKind;
  "note": string | null;
  "reference": string | null;
  "requested_by": PersonOut | null;
  "revoked_at": string | null;
  "revoked_reason": string | null;
  "subject": SubjectOut;
  "updated_at": string;
  "valid": DaysOut;
  "version": number;
}

/** Why a decision does not count any more. */
export interface RequirementRevokeIn {
  "reason": string;
}

/** Attendance and results of one trainee. */
export interface ResultsIn {
  "backdating_reason"?: string | null;
  "half_days_attended"?: number;
  "occurred_at"?: string | null;
  "post_test"?: number | null;
  "practical"?: number | null;
  "pre_test"?: number | null;
  "rights_module_done"?: boolean;
}

/** One change of one object. */
export interface RevisionOut {
  "action": "insert" | "update" | "delete";
  "actor": Actor | null;
  "changed": Record<string, unknown>;
  "id": number;
  "recorded_at": string;
  "version": number | null;
}

/** A fixed role. */
export interface RoleOut {
  "role": string;
  "scopes": string[];
}

/** How long the secret of before lives on beside the new one. */
export interface RotationIn {
  "overlap_hours"?: number;
}

/** Who numbers the thing, and how. */
export type Scheme = "serial" | "vin" | "hin" | "mmsi" | "imei" | "inventory" | "giai";

/** What an operation asks of its caller. `resource:verb`; the resource is the word used in every layer. */
export type Scope = "register:read" | "register:write" | "catalogue:write" | "suppliers:write" | "organisations:write" | "delegations:write" | "accounts:read" | "accounts:write" | "clients:read" | "clients:write" | "equipment:read" | "equipment:write" | "equipment:backdate" | "equipment:confirm" | "deliveries:write" | "acceptances:write" | "acceptances:approve" | "handovers:write" | "handovers:approve" | "requirements:write" | "requirements:waive" | "files:read" | "files:write" | "training:read" | "training:write" | "trainees:read" | "trainees:nominate" | "trainees:write" | "trainees:identify" | "trainees:erase" | "qualifications:recognise" | "readiness:read" | "audit:read" | "security:read";

/** Who may do what; roles are given per organisation and component. */
export interface ScopesAndRoles {
  "roles": RoleOut[];
  "scopes": string[];
}

/** Look for a person by exact name; case, accents and spaces do not count. */
export interface SearchIn {
  "agency": string;
  "name": string;
  "purpose": string;
}

/** When a live secret was made, and when it ends (null: when it is rotated out). */
export interface SecretFacts {
  "created_at": string;
  "expires_at": string | null;
}

/** One entry. Entries are never changed and never taken away. */
export interface SecurityEntryOut {
  "actor_id": string | null;
  "facts": Record<string, unknown>;
  "id": string;
  "kind": "account.created" | "account.changed" | "account.closed" | "account.reopened" | "client.closed" | "client.created" | "client.rights_changed" | "client.secret_rotated" | "delegation.changed" | "delegation.created" | "delegation.ended" | "grant.added" | "grant.removed" | "link.handed_out" | "link.redeemed" | "organisation.changed" | "organisation.created" | "password.changed" | "refresh_token.reused" | "sign_in.failed" | "sign_ins.revoked" | "token.revoked" | "webhook.changed" | "webhook.created" | "webhook.disabled" | "webhook.enabled" | "webhook.removed" | "webhook.secret_rotated";
  "organisation": Related | null;
  "recorded_at": string;
  "request_id": string | null;
  "subject_id": string | null;
}

/** A JSON Merge Patch: what is absent stays, null empties. Closed and cancelled sessions do not change. */
export interface SessionChange {
  "capacity"?: number | null;
  "ends_on"?: string;
  "external_id"?: string | null;
  "half_days"?: number;
  "host"?: string | null;
  "language"?: "en" | "fr" | "it" | "ar";
  "site"?: string | null;
  "starts_on"?: string;
  "trainers"?: Trainers[];
}

/** A new session. Its reference is made by the service (`TS-TN-2026-000001`). */
export interface SessionIn {
  "capacity"?: number | null;
  "component": string;
  "course": string;
  "ends_on": string;
  "external_id"?: string | null;
  "half_days": number;
  "host"?: string | null;
  "id"?: string | null;
  "language": "en" | "fr" | "it" | "ar";
  "site"?: string | null;
  "starts_on": string;
  "trainers"?: Trainers[];
}

/** A course held at a place and time. */
export interface SessionOut {
  "capacity": number | null;
  "closed_at": string | null;
  "component": Related | null;
  "course": Related | null;
  "created_at": string;
  "ends_on": string;
  "external_id": string | null;
  "half_days": number;
  "host": Related | null;
  "id": string;
  "language": "en" | "fr" | "it" | "ar";
  "records": RecordCounts | null;
  "reference": string;
  "site": Related | null;
  "starts_on": string;
  "status": "planned" | "running" | "closed" | "cancelled";
  "trainers": TrainersOut[];
  "updated_at": string;
  "version": number;
}

/** What the caller may see now. Ids only; names are at `/me`, `/components` and `/agencies`. */
export interface Sight {
  "agencies": string[];
  "components": string[];
  "joined": string[];
  "organisations"?: string[] | null;
  "resources": string[];
}

/** One sign-in and the refresh tokens that came from it. */
export interface SignInOut {
  "agent": string;
  "created_at": string;
  "expires_at": string;
  "id": string;
  "revoked_at": string | null;
  "revoked_because": string | null;
  "used_at": string;
}

/** Who signed for a side, by function. People are not named here: their names are on the signed paper. */
export interface Signatory {
  "function": string;
  "organisation": string;
  "side": "giving" | "receiving";
  "signed_on"?: string | null;
}

/** Who signed, by function; the name stays on the signed paper. */
export interface SignatoryOut {
  "function": string;
  "organisation": PartyOut;
  "side": "giving" | "receiving";
  "signed_on": string | null;
}

/** A JSON Merge Patch: what is absent stays, null empties. Its organisation stays what it is. */
export interface SiteChange {
  "active"?: boolean;
  "admin_area"?: string | null;
  "agency"?: string | null;
  "external_id"?: string | null;
  "kind"?: "port" | "post" | "workshop" | "store" | "academy" | "office";
  "names"?: NamesChange;
  "un_locode"?: string | null;
}

/** A new site. `id` may be made by the client (UUIDv7), so that an offline device can create and retry. */
export interface SiteIn {
  "admin_area"?: string | null;
  "agency"?: string | null;
  "country": string;
  "external_id"?: string | null;
  "id"?: string | null;
  "kind": "port" | "post" | "workshop" | "store" | "academy" | "office";
  "names": Names;
  "organisation": string;
  "reference": string;
  "un_locode"?: string | null;
}

/** A place where items can be. It has no coordinates on purpose. */
export interface SiteOut {
  "active": boolean;
  "admin_area": string | null;
  "agency": Related | null;
  "country": string;
  "created_at": string;
  "external_id": string | null;
  "id": string;
  "kind": "port" | "post" | "workshop" | "store" | "academy" | "office";
  "label": string;
  "names": NamesOut;
  "organisation": Related;
  "reference": string;
  "un_locode": string | null;
  "updated_at": string;
  "version": number;
}

/** Readiness of what stands at a site, with the people who are posted to it. */
export interface SiteReadinessOut {
  "as_of": string | null;
  "confirmation_days": number;
  "known_at": string | null;
  "on": string;
  "rows": ReadinessRow[];
  "site": Related;
  "total": Figures;
}

/** Persons of one kind. An observer is told no number of people under 5, nor one that would give it away. */
export interface Staffing {
  "allotted": number | null;
  "missing": number | null;
  "needed": number;
  "reserve": number | null;
  "suppressed": boolean;
}

/** Where an item stands between order and disposal. */
export type Stage = "ordered" | "shipped" | "delivered" | "accepted" | "rejected" | "returned" | "handed_over" | "in_service" | "withdrawn" | "disposed" | "lost" | "cancelled";

/** How many of its items stand at a stage. */
export interface StageCount {
  "items": number;
  "stage": string;
}

/** Take this first, then read every list once, then follow the feed from `cursor`. */
export interface StartOut {
  "cursor": string;
  "scope": Sight;
}

/** A step that needs nothing else. */
export interface StepIn {
  "backdating_reason"?: string | null;
  "occurred_at"?: string | null;
}

/** What the decision is about. */
export interface SubjectOut {
  "id": string;
  "kind": "item" | "unit" | "document" | "model";
  "reference": string | null;
}

/** A JSON Merge Patch: what is absent stays, null empties. */
export interface SupplierChange {
  "active"?: boolean;
  "country"?: string | null;
  "external_id"?: string | null;
  "names"?: NamesChange;
}

/** A new supplier; the organisation of kind `supplier` is made along with it. */
export interface SupplierIn {
  "country"?: string | null;
  "external_id"?: string | null;
  "id"?: string | null;
  "names": Names;
  "reference": string;
}

/** A supplier. Its id is also its id as an organisation, so that it can hold title and own sites. */
export interface SupplierOut {
  "active": boolean;
  "country": string | null;
  "created_at": string;
  "external_id": string | null;
  "id": string;
  "label": string;
  "names": NamesOut;
  "reference": string;
  "updated_at": string;
  "version": number;
}

/** A JSON Merge Patch. Who supports whom stays what it was; another supporter is another arrangement. */
export interface SupportArrangementChange {
  "contract_reference"?: string;
  "period"?: DaysChange;
}

/** New support for a unit: by another unit, or by contract. */
export interface SupportArrangementIn {
  "agency": string;
  "contract_reference"?: string | null;
  "id"?: string | null;
  "model"?: string | null;
  "period": Days;
  "supporting_unit"?: string | null;
}

/** Maintainers stand at a supporting unit, or support is a dated contract. */
export interface SupportArrangementOut {
  "agency": Related | null;
  "contract_reference": string | null;
  "created_at": string;
  "id": string;
  "model": Related | null;
  "period": DaysOut;
  "supporting_unit": Related | null;
  "updated_at": string;
  "version": number;
}

/** What can be imported, and with which columns. */
export interface TemplateOut {
  "columns": ImportColumnOut[];
  "keys": string[][];
  "resource": string;
  "scope": string;
}

/** Everything that can be imported. */
export interface TemplatesOut {
  "items": TemplateOut[];
}

/** One test of one item. */
export interface TestResult {
  "name": string;
  "note"?: string | null;
  "passed": boolean;
}

/** An access token for minutes; for people, a refresh token for the next one. */
export interface TokenOut {
  "access_token": string;
  "expires_in": number;
  "refresh_token"?: string | null;
  "scope": string;
  "token_type": "Bearer";
}

/** A JSON Merge Patch: what is absent stays, null empties. */
export interface TraineeChange {
  "agency"?: string;
  "confirm_new"?: boolean;
  "external_id"?: string | null;
  "grade_band"?: "rank_and_file" | "non_commissioned" | "officer" | "civilian";
  "language"?: "en" | "fr" | "it" | "ar";
  "name"?: string;
  "sex"?: "female" | "male" | "undisclosed";
  "work_contact"?: string | null;
}

/** A new person. `id` may be made by the client: a random UUIDv4, because it points to a person. */
export interface TraineeIn {
  "agency": string;
  "confirm_new"?: boolean;
  "external_id"?: string | null;
  "grade_band": "rank_and_file" | "non_commissioned" | "officer" | "civilian";
  "id"?: string | null;
  "language": "en" | "fr" | "it" | "ar";
  "name": string;
  "posting"?: FirstPosting | null;
  "sex": "female" | "male" | "undisclosed";
  "work_contact"?: string | null;
}

/** A person by pseudonym. Nothing here tells who it is. */
export interface TraineeOut {
  "agency": Related | null;
  "created_at": string;
  "erased_at": string | null;
  "external_id": string | null;
  "grade_band": "rank_and_file" | "non_commissioned" | "officer" | "civilian";
  "id": string;
  "label": string;
  "language": "en" | "fr" | "it" | "ar";
  "merged_at": string | null;
  "merged_into": Related | null;
  "posting": PostedTo | null;
  "sex": "female" | "male" | "undisclosed";
  "updated_at": string;
  "version": number;
}

/** Who teaches: an organisation and how many people in which role. Trainers are not named here. */
export interface Trainers {
  "organisation": string;
  "persons"?: number;
  "role": "lead" | "assistant" | "expert" | "interpreter";
}

/** Who teaches. */
export interface TrainersOut {
  "organisation": Related | null;
  "persons": number;
  "role": "lead" | "assistant" | "expert" | "interpreter";
}

/** One step along the graph. Acceptance, rejection and handover come about by approved documents only. */
export interface TransitionIn {
  "action": Action;
  "backdating_reason"?: string | null;
  "note"?: string | null;
  "occurred_at"?: string | null;
  "payload"?: Payload;
}

/** One step of a graph. */
export interface TransitionOut {
  "action": string;
  "effects"?: string[];
  "from": string;
  "guards"?: string[];
  "optional"?: string[];
  "required"?: string[];
  "scope"?: string | null;
  "to": string | null;
}

/** Which chains a job verifies: one item's, a component's, or all in sight. */
export interface VerificationIn {
  "checkpoint"?: boolean;
  "component"?: string | null;
  "item"?: string | null;
}

/** What a verification found. */
export interface VerifiedOut {
  "broken": number;
  "checkpoint": CheckpointCheck | null;
  "events": number;
  "holds": boolean;
  "items": number;
  "next": string | null;
  "problems": BrokenChainOut[];
}

/** Which chains are verified: one item's, a component's, or all in sight; so many at once. */
export interface VerifyIn {
  "after"?: string | null;
  "checkpoint"?: boolean;
  "component"?: string | null;
  "item"?: string | null;
  "limit"?: number;
}

/** Grant a requested waiver. */
export interface WaiveIn {
  "note"?: string | null;
  "reference"?: string | null;
}

/** Why `held - ready` items are not ready: each of them counts for exactly one reason. Numbers of items. */
export interface Waterfall {
  "condition_unknown": number;
  "down_awaiting_parts": number;
  "down_external": number;
  "down_failure": number;
  "down_no_consumables": number;
  "down_planned_maintenance": number;
  "down_under_repair": number;
  "maintainers_missing": number;
  "not_in_service": number;
  "operators_missing": number;
  "withdrawn": number;
}

/** A JSON Merge Patch; null for `resources` or `types` is all. */
export interface WebhookChange {
  "description"?: string | null;
  "resources"?: ("acceptances" | "accounts" | "agencies" | "attachments" | "clients" | "components" | "courses" | "delegations" | "deliveries" | "equipment" | "equipment-models" | "equipment-types" | "handovers" | "organisations" | "participations" | "postings" | "programmes" | "qualifications" | "records" | "requirements" | "sessions" | "sites" | "suppliers" | "support-arrangements" | "trainees")[] | null;
  "types"?: ("bmp.acceptances.created" | "bmp.acceptances.changed" | "bmp.acceptances.deleted" | "bmp.accounts.created" | "bmp.accounts.changed" | "bmp.accounts.deleted" | "bmp.agencies.created" | "bmp.agencies.changed" | "bmp.agencies.deleted" | "bmp.attachments.created" | "bmp.attachments.changed" | "bmp.attachments.deleted" | "bmp.clients.created" | "bmp.clients.changed" | "bmp.clients.deleted" | "bmp.components.created" | "bmp.components.changed" | "bmp.components.deleted" | "bmp.courses.created" | "bmp.courses.changed" | "bmp.courses.deleted" | "bmp.delegations.created" | "bmp.delegations.changed" | "bmp.delegations.deleted" | "bmp.deliveries.created" | "bmp.deliveries.changed" | "bmp.deliveries.deleted" | "bmp.equipment.created" | "bmp.equipment.changed" | "bmp.equipment.deleted" | "bmp.equipment-models.created" | "bmp.equipment-models.changed" | "bmp.equipment-models.deleted" | "bmp.equipment-types.created" | "bmp.equipment-types.changed" | "bmp.equipment-types.deleted" | "bmp.handovers.created" | "bmp.handovers.changed" | "bmp.handovers.deleted" | "bmp.organisations.created" | "bmp.organisations.changed" | "bmp.organisations.deleted" | "bmp.participations.created" | "bmp.participations.changed" | "bmp.participations.deleted" | "bmp.postings.created" | "bmp.postings.changed" | "bmp.postings.deleted" | "bmp.programmes.created" | "bmp.programmes.changed" | "bmp.programmes.deleted" | "bmp.qualifications.created" | "bmp.qualifications.changed" | "bmp.qualifications.deleted" | "bmp.records.created" | "bmp.records.changed" | "bmp.records.deleted" | "bmp.requirements.created" | "bmp.requirements.changed" | "bmp.requirements.deleted" | "bmp.sessions.created" | "bmp.sessions.changed" | "bmp.sessions.deleted" | "bmp.sites.created" | "bmp.sites.changed" | "bmp.sites.deleted" | "bmp.suppliers.created" | "bmp.suppliers.changed" | "bmp.suppliers.deleted" | "bmp.support-arrangements.created" | "bmp.support-arrangements.changed" | "bmp.support-arrangements.deleted" | "bmp.trainees.created" | "bmp.trainees.changed" | "bmp.trainees.deleted")[] | null;
  "url"?: string;
}

/** One event for one endpoint, and what came of it. */
export interface WebhookDeliveryOut {
  "attempted_at": string | null;
  "attempts": number;
  "created_at": string;
  "error": string | null;
  "event_id": string;
  "finished_at": string | null;
  "id": string;
  "milliseconds": number | null;
  "next_at": string | null;
  "object_id": string;
  "object_version": number | null;
  "occurred_at": string;
  "replayed": boolean;
  "resource": string;
  "state": DeliveryState;
  "status": number | null;
  "type": string;
}

/** Why none are: its owner said so, the receiver answered 410, it failed too long, the owner is nobody any more. */
export type WebhookDisabled = "owner" | "gone" | "failing" | "not_allowed";

/** An attempt that did not arrive. */
export interface WebhookFailure {
  "at": string;
  "error": string | null;
  "status": number | null;
}

/** How the receiver fares. */
export interface WebhookHealth {
  "delivered_at": string | null;
  "failing_since": string | null;
  "last_failure": WebhookFailure | null;
  "resting_until": string | null;
}

/** A new endpoint. */
export interface WebhookIn {
  "description"?: string | null;
  "id"?: string | null;
  "resources"?: ("acceptances" | "accounts" | "agencies" | "attachments" | "clients" | "components" | "courses" | "delegations" | "deliveries" | "equipment" | "equipment-models" | "equipment-types" | "handovers" | "organisations" | "participations" | "postings" | "programmes" | "qualifications" | "records" | "requirements" | "sessions" | "sites" | "suppliers" | "support-arrangements" | "trainees")[] | null;
  "types"?: ("bmp.acceptances.created" | "bmp.acceptances.changed" | "bmp.acceptances.deleted" | "bmp.accounts.created" | "bmp.accounts.changed" | "bmp.accounts.deleted" | "bmp.agencies.created" | "bmp.agencies.changed" | "bmp.agencies.deleted" | "bmp.attachments.created" | "bmp.attachments.changed" | "bmp.attachments.deleted" | "bmp.clients.created" | "bmp.clients.changed" | "bmp.clients.deleted" | "bmp.components.created" | "bmp.components.changed" | "bmp.components.deleted" | "bmp.courses.created" | "bmp.courses.changed" | "bmp.courses.deleted" | "bmp.delegations.created" | "bmp.delegations.changed" | "bmp.delegations.deleted" | "bmp.deliveries.created" | "bmp.deliveries.changed" | "bmp.deliveries.deleted" | "bmp.equipment.created" | "bmp.equipment.changed" | "bmp.equipment.deleted" | "bmp.equipment-models.created" | "bmp.equipment-models.changed" | "bmp.equipment-models.deleted" | "bmp.equipment-types.created" | "bmp.equipment-types.changed" | "bmp.equipment-types.deleted" | "bmp.handovers.created" | "bmp.handovers.changed" | "bmp.handovers.deleted" | "bmp.organisations.created" | "bmp.organisations.changed" | "bmp.organisations.deleted" | "bmp.participations.created" | "bmp.participations.changed" | "bmp.participations.deleted" | "bmp.postings.created" | "bmp.postings.changed" | "bmp.postings.deleted" | "bmp.programmes.created" | "bmp.programmes.changed" | "bmp.programmes.deleted" | "bmp.qualifications.created" | "bmp.qualifications.changed" | "bmp.qualifications.deleted" | "bmp.records.created" | "bmp.records.changed" | "bmp.records.deleted" | "bmp.requirements.created" | "bmp.requirements.changed" | "bmp.requirements.deleted" | "bmp.sessions.created" | "bmp.sessions.changed" | "bmp.sessions.deleted" | "bmp.sites.created" | "bmp.sites.changed" | "bmp.sites.deleted" | "bmp.suppliers.created" | "bmp.suppliers.changed" | "bmp.suppliers.deleted" | "bmp.support-arrangements.created" | "bmp.support-arrangements.changed" | "bmp.support-arrangements.deleted" | "bmp.trainees.created" | "bmp.trainees.changed" | "bmp.trainees.deleted")[] | null;
  "url": string;
}

/** A webhook with its new secret, shown this once. */
export interface WebhookMade {
  "secret": string;
  "webhook": WebhookOut;
}

/** An endpoint. What its owner may see, and wants to hear of, is told to it. */
export interface WebhookOut {
  "created_at": string;
  "description": string | null;
  "disabled_at": string | null;
  "disabled_because": WebhookDisabled | null;
  "health": WebhookHealth;
  "id": string;
  "owner_id": string;
  "resources": string[] | null;
  "secrets": WebhookSecretFacts[];
  "status": WebhookStatus;
  "types": string[] | null;
  "updated_at": string;
  "url": string;
  "version": number;
}

/** When a live secret was made, and when it ends (null: when it is rotated out). */
export interface WebhookSecretFacts {
  "created_at": string;
  "expires_at": string | null;
}

/** Whether events are sent. */
export type WebhookStatus = "active" | "disabled";

/** The trainee, or the agency, steps back. */
export interface WithdrawIn {
  "backdating_reason"?: string | null;
  "occurred_at"?: string | null;
  "reason": "by_trainee" | "by_agency" | "posted_elsewhere" | "other";
}

/** The life of a resource. */
export interface WorkflowOut {
  "final": string[];
  "initial": string;
  "resource": string;
  "states": string[];
  "transitions": TransitionOut[];
}

/** Every life. */
export interface Workflows {
  "items": WorkflowOut[];
}

/** Paths below /api/v1, and what each method takes and answers. */
export interface Paths {
  "/acceptances": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "component_id"?: string | readonly string[]; "delivery_id"?: string | readonly string[]; "item_id"?: string | readonly string[]; "kind"?: AcceptanceKind | readonly AcceptanceKind[]; "status"?: DocumentStage | readonly DocumentStage[] }; row: AcceptanceOut; answer: Listed<AcceptanceOut> };
    POST: { body: AcceptanceIn; answer: AcceptanceDetail };
  };
  "/acceptances/{acceptance}": {
    GET: { path: { acceptance: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: AcceptanceDetail };
    PATCH: { path: { acceptance: string }; body: AcceptanceChange; guarded: true; answer: AcceptanceDetail };
  };
  "/acceptances/{acceptance}/annul": {
    POST: { path: { acceptance: string }; body: ReasonIn; guarded: true; answer: AcceptanceDetail };
  };
  "/acceptances/{acceptance}/approve": {
    POST: { path: { acceptance: string }; body: ApproveIn; guarded: true; answer: AcceptanceDetail };
  };
  "/acceptances/{acceptance}/lines": {
    GET: { path: { acceptance: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "outcome"?: LineOutcome | readonly LineOutcome[] }; row: LineOut; answer: Listed<LineOut> };
  };
  "/acceptances/{acceptance}/return": {
    POST: { path: { acceptance: string }; body: ReasonIn; guarded: true; answer: AcceptanceDetail };
  };
  "/acceptances/{acceptance}/revise": {
    POST: { path: { acceptance: string }; guarded: true; answer: AcceptanceDetail };
  };
  "/acceptances/{acceptance}/submit": {
    POST: { path: { acceptance: string }; guarded: true; answer: AcceptanceDetail };
  };
  "/acceptances/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/accounts": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "organisation_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "role"?: ("administrator" | "programme_manager" | "procurement_officer" | "logistics_officer" | "training_officer" | "monitoring_officer" | "safeguards_officer" | "focal_point" | "auditor" | "observer") | readonly ("administrator" | "programme_manager" | "procurement_officer" | "logistics_officer" | "training_officer" | "monitoring_officer" | "safeguards_officer" | "focal_point" | "auditor" | "observer")[]; "active"?: boolean }; row: AccountOut; answer: Listed<AccountOut> };
    POST: { body: AccountIn; answer: AccountOut };
  };
  "/accounts/{account}": {
    GET: { path: { account: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: AccountOut };
    PATCH: { path: { account: string }; body: AccountChange; guarded: true; answer: AccountOut };
  };
  "/accounts/{account}/close": {
    POST: { path: { account: string }; guarded: true; answer: AccountOut };
  };
  "/accounts/{account}/grants": {
    POST: { path: { account: string }; body: GrantIn; guarded: true; answer: AccountOut };
  };
  "/accounts/{account}/grants/{grant}": {
    DELETE: { path: { account: string; grant: string }; guarded: true; answer: AccountOut };
  };
  "/accounts/{account}/invitation": {
    POST: { path: { account: string }; answer: LinkOut };
  };
  "/accounts/{account}/reopen": {
    POST: { path: { account: string }; guarded: true; answer: AccountOut };
  };
  "/accounts/{account}/reset": {
    POST: { path: { account: string }; answer: LinkOut };
  };
  "/accounts/{account}/sessions": {
    DELETE: { path: { account: string }; answer: undefined };
    GET: { path: { account: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "running"?: boolean }; row: SignInOut; answer: Listed<SignInOut> };
  };
  "/accounts/{account}/sessions/{session}": {
    DELETE: { path: { account: string; session: string }; answer: undefined };
  };
  "/accounts/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/agencies": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "country"?: string | readonly string[]; "is_unit"?: boolean; "active"?: boolean; "parent_id"?: string | readonly string[]; "below"?: string | readonly string[]; "organisation_id"?: string | readonly string[]; "external_id"?: string | readonly string[] }; row: AgencyOut; answer: Listed<AgencyOut> };
    POST: { body: AgencyIn; answer: AgencyOut };
  };
  "/agencies/{agency}": {
    GET: { path: { agency: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: AgencyOut };
    PATCH: { path: { agency: string }; body: AgencyChange; guarded: true; answer: AgencyOut };
  };
  "/agencies/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/attachments": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "resource"?: ("acceptances" | "handovers" | "deliveries" | "equipment" | "events" | "requirements") | readonly ("acceptances" | "handovers" | "deliveries" | "equipment" | "events" | "requirements")[]; "object_id"?: string | readonly string[]; "file_id"?: string | readonly string[] }; row: AttachmentOut; answer: Listed<AttachmentOut> };
    POST: { body: AttachmentIn; answer: AttachmentOut };
  };
  "/attachments/{attachment}": {
    DELETE: { path: { attachment: string }; guarded: true; answer: undefined };
    GET: { path: { attachment: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: AttachmentOut };
  };
  "/audit/checkpoints": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[] }; row: CheckpointOut; answer: Listed<CheckpointOut> };
  };
  "/audit/public-key": {
    GET: { answer: PublicKeyOut };
  };
  "/audit/verifications": {
    POST: { body: VerificationIn; answer: JobOut };
  };
  "/audit/verify": {
    POST: { body: VerifyIn; answer: VerifiedOut };
  };
  "/changes": {
    GET: { query: { "after"?: string; "resource"?: ("acceptances" | "accounts" | "agencies" | "attachments" | "clients" | "components" | "courses" | "delegations" | "deliveries" | "equipment" | "equipment-models" | "equipment-types" | "handovers" | "organisations" | "participations" | "postings" | "programmes" | "qualifications" | "records" | "requirements" | "sessions" | "sites" | "suppliers" | "support-arrangements" | "trainees") | readonly ("acceptances" | "accounts" | "agencies" | "attachments" | "clients" | "components" | "courses" | "delegations" | "deliveries" | "equipment" | "equipment-models" | "equipment-types" | "handovers" | "organisations" | "participations" | "postings" | "programmes" | "qualifications" | "records" | "requirements" | "sessions" | "sites" | "suppliers" | "support-arrangements" | "trainees")[]; "type"?: ("bmp.acceptances.created" | "bmp.acceptances.changed" | "bmp.acceptances.deleted" | "bmp.accounts.created" | "bmp.accounts.changed" | "bmp.accounts.deleted" | "bmp.agencies.created" | "bmp.agencies.changed" | "bmp.agencies.deleted" | "bmp.attachments.created" | "bmp.attachments.changed" | "bmp.attachments.deleted" | "bmp.clients.created" | "bmp.clients.changed" | "bmp.clients.deleted" | "bmp.components.created" | "bmp.components.changed" | "bmp.components.deleted" | "bmp.courses.created" | "bmp.courses.changed" | "bmp.courses.deleted" | "bmp.delegations.created" | "bmp.delegations.changed" | "bmp.delegations.deleted" | "bmp.deliveries.created" | "bmp.deliveries.changed" | "bmp.deliveries.deleted" | "bmp.equipment.created" | "bmp.equipment.changed" | "bmp.equipment.deleted" | "bmp.equipment-models.created" | "bmp.equipment-models.changed" | "bmp.equipment-models.deleted" | "bmp.equipment-types.created" | "bmp.equipment-types.changed" | "bmp.equipment-types.deleted" | "bmp.handovers.created" | "bmp.handovers.changed" | "bmp.handovers.deleted" | "bmp.organisations.created" | "bmp.organisations.changed" | "bmp.organisations.deleted" | "bmp.participations.created" | "bmp.participations.changed" | "bmp.participations.deleted" | "bmp.postings.created" | "bmp.postings.changed" | "bmp.postings.deleted" | "bmp.programmes.created" | "bmp.programmes.changed" | "bmp.programmes.deleted" | "bmp.qualifications.created" | "bmp.qualifications.changed" | "bmp.qualifications.deleted" | "bmp.records.created" | "bmp.records.changed" | "bmp.records.deleted" | "bmp.requirements.created" | "bmp.requirements.changed" | "bmp.requirements.deleted" | "bmp.sessions.created" | "bmp.sessions.changed" | "bmp.sessions.deleted" | "bmp.sites.created" | "bmp.sites.changed" | "bmp.sites.deleted" | "bmp.suppliers.created" | "bmp.suppliers.changed" | "bmp.suppliers.deleted" | "bmp.support-arrangements.created" | "bmp.support-arrangements.changed" | "bmp.support-arrangements.deleted" | "bmp.trainees.created" | "bmp.trainees.changed" | "bmp.trainees.deleted" | "bmp.object.out_of_sight" | "bmp.scope.changed") | readonly ("bmp.acceptances.created" | "bmp.acceptances.changed" | "bmp.acceptances.deleted" | "bmp.accounts.created" | "bmp.accounts.changed" | "bmp.accounts.deleted" | "bmp.agencies.created" | "bmp.agencies.changed" | "bmp.agencies.deleted" | "bmp.attachments.created" | "bmp.attachments.changed" | "bmp.attachments.deleted" | "bmp.clients.created" | "bmp.clients.changed" | "bmp.clients.deleted" | "bmp.components.created" | "bmp.components.changed" | "bmp.components.deleted" | "bmp.courses.created" | "bmp.courses.changed" | "bmp.courses.deleted" | "bmp.delegations.created" | "bmp.delegations.changed" | "bmp.delegations.deleted" | "bmp.deliveries.created" | "bmp.deliveries.changed" | "bmp.deliveries.deleted" | "bmp.equipment.created" | "bmp.equipment.changed" | "bmp.equipment.deleted" | "bmp.equipment-models.created" | "bmp.equipment-models.changed" | "bmp.equipment-models.deleted" | "bmp.equipment-types.created" | "bmp.equipment-types.changed" | "bmp.equipment-types.deleted" | "bmp.handovers.created" | "bmp.handovers.changed" | "bmp.handovers.deleted" | "bmp.organisations.created" | "bmp.organisations.changed" | "bmp.organisations.deleted" | "bmp.participations.created" | "bmp.participations.changed" | "bmp.participations.deleted" | "bmp.postings.created" | "bmp.postings.changed" | "bmp.postings.deleted" | "bmp.programmes.created" | "bmp.programmes.changed" | "bmp.programmes.deleted" | "bmp.qualifications.created" | "bmp.qualifications.changed" | "bmp.qualifications.deleted" | "bmp.records.created" | "bmp.records.changed" | "bmp.records.deleted" | "bmp.requirements.created" | "bmp.requirements.changed" | "bmp.requirements.deleted" | "bmp.sessions.created" | "bmp.sessions.changed" | "bmp.sessions.deleted" | "bmp.sites.created" | "bmp.sites.changed" | "bmp.sites.deleted" | "bmp.suppliers.created" | "bmp.suppliers.changed" | "bmp.suppliers.deleted" | "bmp.support-arrangements.created" | "bmp.support-arrangements.changed" | "bmp.support-arrangements.deleted" | "bmp.trainees.created" | "bmp.trainees.changed" | "bmp.trainees.deleted" | "bmp.object.out_of_sight" | "bmp.scope.changed")[]; "limit"?: number }; answer: ChangePage };
  };
  "/changes/cursor": {
    GET: { answer: StartOut };
  };
  "/clients": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "organisation_id"?: string | readonly string[]; "owner_id"?: string | readonly string[]; "active"?: boolean }; row: ClientOut; answer: Listed<ClientOut> };
    POST: { body: ClientIn; answer: ClientMade };
  };
  "/clients/{client}": {
    GET: { path: { client: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: ClientOut };
    PATCH: { path: { client: string }; body: ClientChange; guarded: true; answer: ClientOut };
  };
  "/clients/{client}/close": {
    POST: { path: { client: string }; guarded: true; answer: ClientOut };
  };
  "/clients/{client}/rotate-secret": {
    POST: { path: { client: string }; body: RotationIn; guarded: true; answer: ClientMade };
  };
  "/clients/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/components": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "programme_id"?: string | readonly string[]; "country"?: string | readonly string[]; "domain"?: ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue") | readonly ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue")[] }; row: ComponentOut; answer: Listed<ComponentOut> };
    POST: { body: ComponentIn; answer: ComponentOut };
  };
  "/components/{component}": {
    GET: { path: { component: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: ComponentOut };
    PATCH: { path: { component: string }; body: ComponentChange; guarded: true; answer: ComponentOut };
  };
  "/components/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/courses": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "kind"?: ("operation" | "operator_maintenance" | "technical_maintenance" | "supervision" | "trainer" | "rights") | readonly ("operation" | "operator_maintenance" | "technical_maintenance" | "supervision" | "trainer" | "rights")[]; "reference"?: string | readonly string[]; "model_id"?: string | readonly string[]; "type_id"?: string | readonly string[]; "active"?: boolean; "external_id"?: string | readonly string[] }; row: CourseOut; answer: Listed<CourseOut> };
    POST: { body: CourseIn; answer: CourseOut };
  };
  "/courses/{course}": {
    GET: { path: { course: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: CourseOut };
    PATCH: { path: { course: string }; body: CourseChange; guarded: true; answer: CourseOut };
  };
  "/courses/{course}/editions": {
    POST: { path: { course: string }; body: EditionIn; answer: CourseOut };
  };
  "/courses/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/delegations": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "organisation_id"?: string | readonly string[]; "programme_id"?: string | readonly string[]; "component_id"?: string | readonly string[]; "power"?: ("manage" | "observe") | readonly ("manage" | "observe")[]; "running"?: boolean }; row: DelegationOut; answer: Listed<DelegationOut> };
    POST: { body: DelegationIn; answer: DelegationOut };
  };
  "/delegations/{delegation}": {
    GET: { path: { delegation: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: DelegationOut };
    PATCH: { path: { delegation: string }; body: DelegationChange; guarded: true; answer: DelegationOut };
  };
  "/delegations/{delegation}/end": {
    POST: { path: { delegation: string }; body: DelegationEnd; guarded: true; answer: DelegationOut };
  };
  "/delegations/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/deliveries": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "component_id"?: string | readonly string[]; "supplier_id"?: string | readonly string[]; "site_id"?: string | readonly string[]; "status"?: DeliveryStage | readonly DeliveryStage[]; "contract_reference"?: string | readonly string[]; "external_id"?: string | readonly string[] }; row: DeliveryOut; answer: Listed<DeliveryOut> };
    POST: { body: DeliveryIn; answer: DeliveryDetail };
  };
  "/deliveries/{delivery}": {
    GET: { path: { delivery: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: DeliveryDetail };
    PATCH: { path: { delivery: string }; body: DeliveryChange; guarded: true; answer: DeliveryDetail };
  };
  "/deliveries/{delivery}/close": {
    POST: { path: { delivery: string }; guarded: true; answer: DeliveryDetail };
  };
  "/deliveries/{delivery}/link": {
    POST: { path: { delivery: string }; body: LinkIn; answer: LinkedOut };
  };
  "/deliveries/{delivery}/receive": {
    POST: { path: { delivery: string }; body: ReceiveIn; guarded: true; answer: DeliveryDetail };
  };
  "/deliveries/{delivery}/register": {
    POST: { path: { delivery: string }; body: RegisterIn; answer: RegisteredOut };
  };
  "/deliveries/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/equipment": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "as_of"?: string; "known_at"?: string; "component_id"?: string | readonly string[]; "stage"?: Stage | readonly Stage[]; "condition"?: Condition | readonly Condition[]; "condition_reason"?: DownReason | readonly DownReason[]; "model_id"?: string | readonly string[]; "type_id"?: string | readonly string[]; "unit_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "site_id"?: string | readonly string[]; "title_id"?: string | readonly string[]; "custody_organisation_id"?: string | readonly string[]; "delivery_id"?: string | readonly string[]; "supplier_id"?: string | readonly string[]; "parent_id"?: string | readonly string[]; "external_id"?: string | readonly string[]; "identifier"?: string | readonly string[]; "unconfirmed_since"?: string; "confirmed_at.gte"?: string; "confirmed_at.lt"?: string }; row: EquipmentOut; answer: Listed<EquipmentOut> };
    POST: { body: EquipmentIn; answer: EquipmentDetail };
  };
  "/equipment-models": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "type_id"?: string | readonly string[]; "domain"?: ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue") | readonly ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue")[]; "manufacturer"?: string | readonly string[]; "controlled"?: boolean; "external_id"?: string | readonly string[] }; row: EquipmentModelOut; answer: Listed<EquipmentModelOut> };
    POST: { body: EquipmentModelIn; answer: EquipmentModelDetail };
  };
  "/equipment-models/{equipment_model}": {
    GET: { path: { equipment_model: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: EquipmentModelDetail };
    PATCH: { path: { equipment_model: string }; body: EquipmentModelChange; guarded: true; answer: EquipmentModelDetail };
  };
  "/equipment-models/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/equipment-types": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "domain"?: ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue") | readonly ("border_surveillance" | "document_checks" | "security" | "transport" | "mobility" | "communication" | "detection" | "search_and_rescue")[]; "cpv"?: string | readonly string[] }; row: EquipmentTypeOut; answer: Listed<EquipmentTypeOut> };
    POST: { body: EquipmentTypeIn; answer: EquipmentTypeOut };
  };
  "/equipment-types/{equipment_type}": {
    GET: { path: { equipment_type: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: EquipmentTypeOut };
    PATCH: { path: { equipment_type: string }; body: EquipmentTypeChange; guarded: true; answer: EquipmentTypeOut };
  };
  "/equipment-types/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/equipment/bulk": {
    POST: { body: EquipmentBulkIn; answer: BulkOut };
  };
  "/equipment/{item}": {
    GET: { path: { item: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "as_of"?: string; "known_at"?: string }; answer: EquipmentDetail };
    PATCH: { path: { item: string }; body: EquipmentChange; guarded: true; answer: EquipmentDetail };
  };
  "/equipment/{item}/condition": {
    POST: { path: { item: string }; body: ConditionIn; guarded: true; answer: EquipmentDetail };
  };
  "/equipment/{item}/corrections": {
    POST: { path: { item: string }; body: EquipmentCorrectionIn; guarded: true; answer: EquipmentDetail };
  };
  "/equipment/{item}/events": {
    GET: { path: { item: string }; query: { "as_of"?: string; "known_at"?: string }; answer: EffectiveOut };
  };
  "/equipment/{item}/history": {
    GET: { path: { item: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean }; row: EventOut; answer: Listed<EventOut> };
  };
  "/equipment/{item}/receipt": {
    POST: { path: { item: string }; body: ReceiptIn; guarded: true; answer: EquipmentDetail };
  };
  "/equipment/{item}/transitions": {
    POST: { path: { item: string }; body: TransitionIn; guarded: true; answer: EquipmentDetail };
  };
  "/files/{file}": {
    GET: { path: { file: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: FileOut };
  };
  "/handovers": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "component_id"?: string | readonly string[]; "receiving_unit_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "organisation_id"?: string | readonly string[]; "item_id"?: string | readonly string[]; "retransfer"?: boolean; "status"?: DocumentStage | readonly DocumentStage[] }; row: HandoverOut; answer: Listed<HandoverOut> };
    POST: { body: HandoverIn; answer: HandoverDetail };
  };
  "/handovers/missing-proofs": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "component_id"?: string | readonly string[]; "unit_id"?: string | readonly string[]; "model_id"?: string | readonly string[]; "above_threshold"?: boolean }; row: MissingProofOut; answer: Listed<MissingProofOut> };
  };
  "/handovers/{handover}": {
    GET: { path: { handover: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: HandoverDetail };
    PATCH: { path: { handover: string }; body: HandoverChange; guarded: true; answer: HandoverDetail };
  };
  "/handovers/{handover}/annul": {
    POST: { path: { handover: string }; body: ReasonIn; guarded: true; answer: HandoverDetail };
  };
  "/handovers/{handover}/approve": {
    POST: { path: { handover: string }; body: ApproveIn; guarded: true; answer: HandoverDetail };
  };
  "/handovers/{handover}/lines": {
    GET: { path: { handover: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "outcome"?: LineOutcome | readonly LineOutcome[] }; row: LineOut; answer: Listed<LineOut> };
  };
  "/handovers/{handover}/return": {
    POST: { path: { handover: string }; body: ReasonIn; guarded: true; answer: HandoverDetail };
  };
  "/handovers/{handover}/revise": {
    POST: { path: { handover: string }; guarded: true; answer: HandoverDetail };
  };
  "/handovers/{handover}/submit": {
    POST: { path: { handover: string }; guarded: true; answer: HandoverDetail };
  };
  "/handovers/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/identity-reads": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "trainee_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "caller_id"?: string | readonly string[]; "person_id"?: string | readonly string[]; "recorded_at.gte"?: string; "recorded_at.lt"?: string }; row: IdentityReadOut; answer: Listed<IdentityReadOut> };
  };
  "/imports": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "resource"?: string | readonly string[]; "mode"?: ("validate" | "commit") | readonly ("validate" | "commit")[]; "created_at.gte"?: string; "created_at.lt"?: string }; row: ImportOut; answer: Listed<ImportOut> };
  };
  "/imports/templates": {
    GET: { answer: TemplatesOut };
  };
  "/imports/{import_id}": {
    DELETE: { path: { import_id: string }; guarded: true; answer: undefined };
    GET: { path: { import_id: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: ImportOut };
  };
  "/imports/{import_id}/changes": {
    GET: { path: { import_id: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[]; "outcome"?: ("created" | "changed" | "unchanged") | readonly ("created" | "changed" | "unchanged")[] }; row: ImportChangeOut; answer: Listed<ImportChangeOut> };
  };
  "/imports/{import_id}/commit": {
    POST: { path: { import_id: string }; answer: ImportOut };
  };
  "/imports/{import_id}/faults": {
    GET: { path: { import_id: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[]; "code"?: string | readonly string[]; "column"?: string | readonly string[] }; row: ImportFaultOut; answer: Listed<ImportFaultOut> };
  };
  "/jobs": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "kind"?: string | readonly string[]; "state"?: JobState | readonly JobState[]; "requester_id"?: string | readonly string[]; "created_at.gte"?: string; "created_at.lt"?: string }; row: JobListed; answer: Listed<JobListed> };
  };
  "/jobs/{job}": {
    GET: { path: { job: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: JobOut };
  };
  "/jobs/{job}/cancel": {
    POST: { path: { job: string }; answer: JobOut };
  };
  "/jobs/{job}/retry": {
    POST: { path: { job: string }; answer: JobOut };
  };
  "/me": {
    GET: { answer: MeOut };
  };
  "/me/password": {
    POST: { body: PasswordChange; answer: undefined };
  };
  "/me/sessions": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "running"?: boolean }; row: SignInOut; answer: Listed<SignInOut> };
  };
  "/me/sessions/{session}": {
    DELETE: { path: { session: string }; answer: undefined };
  };
  "/meta/codes": {
    GET: { answer: CodesOut };
  };
  "/meta/scopes-and-roles": {
    GET: { answer: ScopesAndRoles };
  };
  "/meta/workflows": {
    GET: { answer: Workflows };
  };
  "/oauth/redeem": {
    POST: { body: RedeemIn; answer: RedeemedOut };
  };
  "/organisations": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "kind"?: ("implementer" | "beneficiary" | "donor" | "supplier" | "audit_body") | readonly ("implementer" | "beneficiary" | "donor" | "supplier" | "audit_body")[]; "country"?: string | readonly string[] }; row: OrganisationOut; answer: Listed<OrganisationOut> };
    POST: { body: OrganisationIn; answer: OrganisationOut };
  };
  "/organisations/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/organisations/{organisation}": {
    GET: { path: { organisation: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: OrganisationOut };
    PATCH: { path: { organisation: string }; body: OrganisationChange; guarded: true; answer: OrganisationOut };
  };
  "/participations": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "component_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "running_at"?: string }; row: ParticipationOut; answer: Listed<ParticipationOut> };
    POST: { body: ParticipationIn; answer: ParticipationOut };
  };
  "/participations/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/participations/{participation}": {
    GET: { path: { participation: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: ParticipationOut };
    PATCH: { path: { participation: string }; body: ParticipationChange; guarded: true; answer: ParticipationOut };
  };
  "/postings": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "trainee_id"?: string | readonly string[]; "unit_id"?: string | readonly string[]; "site_id"?: string | readonly string[]; "below"?: string | readonly string[]; "on"?: string }; row: PostingOut; answer: Listed<PostingOut> };
    POST: { body: PostingIn; answer: PostingOut };
  };
  "/postings/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/postings/{posting}": {
    GET: { path: { posting: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: PostingOut };
    PATCH: { path: { posting: string }; body: PostingChange; guarded: true; answer: PostingOut };
  };
  "/postings/{posting}/move": {
    POST: { path: { posting: string }; body: MoveIn; guarded: true; answer: PostingOut };
  };
  "/programmes": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "status"?: ("planned" | "running" | "closed") | readonly ("planned" | "running" | "closed")[] }; row: ProgrammeOut; answer: Listed<ProgrammeOut> };
    POST: { body: ProgrammeIn; answer: ProgrammeOut };
  };
  "/programmes/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/programmes/{programme}": {
    GET: { path: { programme: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: ProgrammeOut };
    PATCH: { path: { programme: string }; body: ProgrammeChange; guarded: true; answer: ProgrammeOut };
  };
  "/qualifications": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "trainee_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "below"?: string | readonly string[]; "unit_id"?: string | readonly string[]; "model_id"?: string | readonly string[]; "type_id"?: string | readonly string[]; "kind"?: ("operator" | "maintainer") | readonly ("operator" | "maintainer")[]; "source"?: ("record" | "prior") | readonly ("record" | "prior")[]; "status"?: ("proposed" | "valid" | "refused" | "revoked") | readonly ("proposed" | "valid" | "refused" | "revoked")[]; "record_id"?: string | readonly string[]; "valid_on"?: string; "expires_before"?: string; "known_at"?: string }; row: QualificationOut; answer: Listed<QualificationOut> };
    POST: { body: QualificationIn; answer: QualificationOut };
  };
  "/qualifications/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/qualifications/{qualification}": {
    GET: { path: { qualification: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: QualificationOut };
  };
  "/qualifications/{qualification}/recognise": {
    POST: { path: { qualification: string }; body: RecogniseIn; guarded: true; answer: QualificationOut };
  };
  "/qualifications/{qualification}/refuse": {
    POST: { path: { qualification: string }; body: RefuseIn; guarded: true; answer: QualificationOut };
  };
  "/qualifications/{qualification}/revoke": {
    POST: { path: { qualification: string }; body: QualificationRevokeIn; guarded: true; answer: QualificationOut };
  };
  "/readiness": {
    GET: { query: { "as_of"?: string; "known_at"?: string; "unit_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "unit"?: string | readonly string[]; "agency"?: string | readonly string[]; "component_id"?: string | readonly string[]; "programme_id"?: string; "model_id"?: string | readonly string[]; "component"?: string | readonly string[]; "programme"?: string; "model"?: string | readonly string[]; "by"?: "unit_model" | "unit" | "model" | "agency" | "component" | "total"; "expand"?: "allotment" | readonly "allotment"[] }; answer: ReadinessOut };
  };
  "/readiness/demand": {
    GET: { query: { "unit_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "unit"?: string | readonly string[]; "agency"?: string | readonly string[]; "until"?: string }; answer: DemandOut };
  };
  "/readiness/sites/{site}": {
    GET: { path: { site: string }; query: { "as_of"?: string; "known_at"?: string; "expand"?: "allotment" | readonly "allotment"[] }; answer: SiteReadinessOut };
  };
  "/records": {
    GET: { query: { "as_of"?: string; "known_at"?: string; "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "trainee_id"?: string | readonly string[]; "component_id"?: string | readonly string[]; "course_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "below"?: string | readonly string[]; "stage"?: ("nominated" | "vetted" | "enrolled" | "attended" | "completed" | "failed" | "withdrawn" | "excluded") | readonly ("nominated" | "vetted" | "enrolled" | "attended" | "completed" | "failed" | "withdrawn" | "excluded")[]; "open"?: boolean; "completed_on.gte"?: string; "completed_on.lt"?: string; "session_id"?: string | readonly string[] }; row: RecordOut; answer: Listed<RecordOut> };
    POST: { body: RecordIn; answer: RecordOut };
  };
  "/records/bulk": {
    POST: { body: RecordBulkIn; answer: Recorded };
  };
  "/records/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/records/{record}": {
    GET: { path: { record: string }; query: { "as_of"?: string; "known_at"?: string; "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: RecordOut };
  };
  "/records/{record}/attend": {
    POST: { path: { record: string }; body: ResultsIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/complete": {
    POST: { path: { record: string }; body: StepIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/corrections": {
    POST: { path: { record: string }; body: RecordCorrectionIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/enrol": {
    POST: { path: { record: string }; body: StepIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/events": {
    GET: { path: { record: string }; answer: RecordEventsOut };
  };
  "/records/{record}/exclude": {
    POST: { path: { record: string }; body: ExcludeIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/fail": {
    POST: { path: { record: string }; body: StepIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/results": {
    POST: { path: { record: string }; body: ResultsIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/vet": {
    POST: { path: { record: string }; body: StepIn; guarded: true; answer: RecordOut };
  };
  "/records/{record}/withdraw": {
    POST: { path: { record: string }; body: WithdrawIn; guarded: true; answer: RecordOut };
  };
  "/requirements": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "component_id"?: string | readonly string[]; "kind"?: RequirementKind | readonly RequirementKind[]; "decision"?: RequirementDecision | readonly RequirementDecision[]; "item_id"?: string | readonly string[]; "unit_id"?: string | readonly string[]; "document_id"?: string | readonly string[]; "model_id"?: string | readonly string[]; "revoked"?: boolean; "valid_on"?: string }; row: RequirementOut; answer: Listed<RequirementOut> };
    POST: { body: RequirementIn; answer: RequirementOut };
  };
  "/requirements/kinds": {
    GET: { answer: KindsOut };
  };
  "/requirements/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/requirements/{requirement}": {
    GET: { path: { requirement: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: RequirementOut };
  };
  "/requirements/{requirement}/revoke": {
    POST: { path: { requirement: string }; body: RequirementRevokeIn; guarded: true; answer: RequirementOut };
  };
  "/requirements/{requirement}/waive": {
    POST: { path: { requirement: string }; body: WaiveIn; guarded: true; answer: RequirementOut };
  };
  "/security-log": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "kind"?: ("account.created" | "account.changed" | "account.closed" | "account.reopened" | "client.closed" | "client.created" | "client.rights_changed" | "client.secret_rotated" | "delegation.changed" | "delegation.created" | "delegation.ended" | "grant.added" | "grant.removed" | "link.handed_out" | "link.redeemed" | "organisation.changed" | "organisation.created" | "password.changed" | "refresh_token.reused" | "sign_in.failed" | "sign_ins.revoked" | "token.revoked" | "webhook.changed" | "webhook.created" | "webhook.disabled" | "webhook.enabled" | "webhook.removed" | "webhook.secret_rotated") | readonly ("account.created" | "account.changed" | "account.closed" | "account.reopened" | "client.closed" | "client.created" | "client.rights_changed" | "client.secret_rotated" | "delegation.changed" | "delegation.created" | "delegation.ended" | "grant.added" | "grant.removed" | "link.handed_out" | "link.redeemed" | "organisation.changed" | "organisation.created" | "password.changed" | "refresh_token.reused" | "sign_in.failed" | "sign_ins.revoked" | "token.revoked" | "webhook.changed" | "webhook.created" | "webhook.disabled" | "webhook.enabled" | "webhook.removed" | "webhook.secret_rotated")[]; "actor_id"?: string | readonly string[]; "subject_id"?: string | readonly string[]; "organisation_id"?: string | readonly string[]; "recorded_at.gte"?: string; "recorded_at.lt"?: string }; row: SecurityEntryOut; answer: Listed<SecurityEntryOut> };
  };
  "/security-log/{entry}": {
    GET: { path: { entry: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: SecurityEntryOut };
  };
  "/sessions": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "component_id"?: string | readonly string[]; "course_id"?: string | readonly string[]; "status"?: ("planned" | "running" | "closed" | "cancelled") | readonly ("planned" | "running" | "closed" | "cancelled")[]; "language"?: ("en" | "fr" | "it" | "ar") | readonly ("en" | "fr" | "it" | "ar")[]; "site_id"?: string | readonly string[]; "host_id"?: string | readonly string[]; "model_id"?: string | readonly string[]; "reference"?: string | readonly string[]; "external_id"?: string | readonly string[]; "has_open_records"?: boolean; "starts_on.gte"?: string; "starts_on.lt"?: string }; row: SessionOut; answer: Listed<SessionOut> };
    POST: { body: SessionIn; answer: SessionOut };
  };
  "/sessions/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/sessions/{session}": {
    GET: { path: { session: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: SessionOut };
    PATCH: { path: { session: string }; body: SessionChange; guarded: true; answer: SessionOut };
  };
  "/sessions/{session}/cancel": {
    POST: { path: { session: string }; guarded: true; answer: SessionOut };
  };
  "/sessions/{session}/close": {
    POST: { path: { session: string }; guarded: true; answer: SessionOut };
  };
  "/sessions/{session}/open": {
    POST: { path: { session: string }; guarded: true; answer: SessionOut };
  };
  "/sessions/{session}/records": {
    GET: { path: { session: string }; query: { "as_of"?: string; "known_at"?: string; "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "trainee_id"?: string | readonly string[]; "component_id"?: string | readonly string[]; "course_id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "below"?: string | readonly string[]; "stage"?: ("nominated" | "vetted" | "enrolled" | "attended" | "completed" | "failed" | "withdrawn" | "excluded") | readonly ("nominated" | "vetted" | "enrolled" | "attended" | "completed" | "failed" | "withdrawn" | "excluded")[]; "open"?: boolean; "completed_on.gte"?: string; "completed_on.lt"?: string }; row: RecordOut; answer: Listed<RecordOut> };
    POST: { path: { session: string }; body: NominationsIn; answer: Recorded };
  };
  "/sites": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "kind"?: ("port" | "post" | "workshop" | "store" | "academy" | "office") | readonly ("port" | "post" | "workshop" | "store" | "academy" | "office")[]; "country"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "organisation_id"?: string | readonly string[]; "active"?: boolean; "external_id"?: string | readonly string[] }; row: SiteOut; answer: Listed<SiteOut> };
    POST: { body: SiteIn; answer: SiteOut };
  };
  "/sites/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/sites/{site}": {
    GET: { path: { site: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: SiteOut };
    PATCH: { path: { site: string }; body: SiteChange; guarded: true; answer: SiteOut };
  };
  "/suppliers": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "q"?: string; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "country"?: string | readonly string[]; "active"?: boolean; "external_id"?: string | readonly string[] }; row: SupplierOut; answer: Listed<SupplierOut> };
    POST: { body: SupplierIn; answer: SupplierOut };
  };
  "/suppliers/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/suppliers/{supplier}": {
    GET: { path: { supplier: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: SupplierOut };
    PATCH: { path: { supplier: string }; body: SupplierChange; guarded: true; answer: SupplierOut };
  };
  "/support-arrangements": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "agency_id"?: string | readonly string[]; "model_id"?: string | readonly string[]; "supporting_unit_id"?: string | readonly string[]; "running_on"?: string }; row: SupportArrangementOut; answer: Listed<SupportArrangementOut> };
    POST: { body: SupportArrangementIn; answer: SupportArrangementOut };
  };
  "/support-arrangements/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/support-arrangements/{support_arrangement}": {
    GET: { path: { support_arrangement: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: SupportArrangementOut };
    PATCH: { path: { support_arrangement: string }; body: SupportArrangementChange; guarded: true; answer: SupportArrangementOut };
  };
  "/trainees": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "agency_id"?: string | readonly string[]; "below"?: string | readonly string[]; "unit_id"?: string | readonly string[]; "grade_band"?: ("rank_and_file" | "non_commissioned" | "officer" | "civilian") | readonly ("rank_and_file" | "non_commissioned" | "officer" | "civilian")[]; "sex"?: ("female" | "male" | "undisclosed") | readonly ("female" | "male" | "undisclosed")[]; "language"?: ("en" | "fr" | "it" | "ar") | readonly ("en" | "fr" | "it" | "ar")[]; "merged"?: boolean; "erased"?: boolean; "external_id"?: string | readonly string[] }; row: TraineeOut; answer: Listed<TraineeOut> };
    POST: { body: TraineeIn; answer: TraineeOut };
  };
  "/trainees/search": {
    POST: { body: SearchIn; answer: FoundOut };
  };
  "/trainees/{ident}/history": {
    GET: { path: { ident: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: number | readonly number[] }; row: RevisionOut; answer: Listed<RevisionOut> };
  };
  "/trainees/{trainee}": {
    GET: { path: { trainee: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: TraineeOut };
    PATCH: { path: { trainee: string }; body: TraineeChange; guarded: true; answer: TraineeOut };
  };
  "/trainees/{trainee}/erase": {
    POST: { path: { trainee: string }; guarded: true; answer: TraineeOut };
  };
  "/trainees/{trainee}/identity": {
    POST: { path: { trainee: string }; body: IdentityIn; answer: IdentityOut };
  };
  "/trainees/{trainee}/merge": {
    POST: { path: { trainee: string }; body: MergeIn; guarded: true; answer: TraineeOut };
  };
  "/trainees/{trainee}/unmerge": {
    POST: { path: { trainee: string }; guarded: true; answer: TraineeOut };
  };
  "/webhooks": {
    GET: { query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "created_at.gte"?: string; "created_at.lt"?: string; "updated_at.gte"?: string; "updated_at.lt"?: string; "q"?: string; "status"?: WebhookStatus | readonly WebhookStatus[]; "owner_id"?: string | readonly string[] }; row: WebhookOut; answer: Listed<WebhookOut> };
    POST: { body: WebhookIn; answer: WebhookMade };
  };
  "/webhooks/{webhook}": {
    DELETE: { path: { webhook: string }; guarded: true; answer: undefined };
    GET: { path: { webhook: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: WebhookOut };
    PATCH: { path: { webhook: string }; body: WebhookChange; guarded: true; answer: WebhookOut };
  };
  "/webhooks/{webhook}/deliveries": {
    GET: { path: { webhook: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[]; "limit"?: number; "cursor"?: string; "sort"?: string; "total"?: "none" | "estimate" | "exact"; "trailer"?: boolean; "id"?: string | readonly string[]; "state"?: DeliveryState | readonly DeliveryState[]; "resource"?: ("acceptances" | "accounts" | "agencies" | "attachments" | "clients" | "components" | "courses" | "delegations" | "deliveries" | "equipment" | "equipment-models" | "equipment-types" | "handovers" | "organisations" | "participations" | "postings" | "programmes" | "qualifications" | "records" | "requirements" | "sessions" | "sites" | "suppliers" | "support-arrangements" | "trainees") | readonly ("acceptances" | "accounts" | "agencies" | "attachments" | "clients" | "components" | "courses" | "delegations" | "deliveries" | "equipment" | "equipment-models" | "equipment-types" | "handovers" | "organisations" | "participations" | "postings" | "programmes" | "qualifications" | "records" | "requirements" | "sessions" | "sites" | "suppliers" | "support-arrangements" | "trainees")[]; "object_id"?: string | readonly string[]; "event_id"?: string | readonly string[]; "created_at.gte"?: string; "created_at.lt"?: string }; row: WebhookDeliveryOut; answer: Listed<WebhookDeliveryOut> };
  };
  "/webhooks/{webhook}/deliveries/{delivery}": {
    GET: { path: { webhook: string; delivery: string }; query: { "fields"?: string | readonly string[]; "expand"?: string | readonly string[] }; answer: WebhookDeliveryOut };
  };
  "/webhooks/{webhook}/deliveries/{delivery}/replay": {
    POST: { path: { webhook: string; delivery: string }; answer: WebhookDeliveryOut };
  };
  "/webhooks/{webhook}/disable": {
    POST: { path: { webhook: string }; guarded: true; answer: WebhookOut };
  };
  "/webhooks/{webhook}/enable": {
    POST: { path: { webhook: string }; guarded: true; answer: WebhookOut };
  };
  "/webhooks/{webhook}/ping": {
    POST: { path: { webhook: string }; answer: WebhookDeliveryOut };
  };
  "/webhooks/{webhook}/replay": {
    POST: { path: { webhook: string }; body: ReplayIn; answer: JobOut };
  };
  "/webhooks/{webhook}/rotate-secret": {
    POST: { path: { webhook: string }; body: RotationIn; guarded: true; answer: WebhookMade };
  };
}

/** Operations whose answers hold secrets or personal data: they take no Idempotency-Key. */
export const UNKEYED: ReadonlySet<string> = new Set([
  "POST /accounts/{account}/invitation",
  "POST /accounts/{account}/reset",
  "POST /clients",
  "POST /clients/{client}/rotate-secret",
  "POST /me/password",
  "POST /oauth/redeem",
  "POST /trainees/search",
  "POST /trainees/{trainee}/identity",
  "POST /webhooks",
  "POST /webhooks/{webhook}/rotate-secret",
]);
