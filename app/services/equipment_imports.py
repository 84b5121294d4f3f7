"""Equipment by import: new items through the registering statement, steps through the door, both in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.equipment import TRANSITIONS, Action, Stage
from app.domain.errors import Conflict, DomainError, Rejected, TransitionNotAllowed
from app.domain.identifiers import Scheme, normalise, same_numbers
from app.domain.item import Condition, DownReason
from app.schemas.equipment import EquipmentChange
from app.schemas.imports import EquipmentRow
from app.services import door, door_register, equipment_moves
from app.services.components import LISTING as COMPONENTS
from app.services.door import Move, NewItem
from app.services.equipment import LISTING
from app.services.equipment_models import LISTING as MODELS
from app.services.importing import Edited, Importing, New, Own, Refusals, Work
from app.services.imports_writing import all_at_once, one_by_one
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.sites import LISTING as SITES
from app.services.suppliers import LISTING as SUPPLIERS

# Identifiers themselves are read by nobody; the function answers with items in sight.
_BY_SERIAL = Statement(
    "WITH d AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(:sent AS jsonb)) "
    "AS d(n bigint, model_id uuid, scheme text, value text, issuer text)), m AS MATERIALIZED (SELECT id, "
    f"{door_register.MAKER} FROM equipment_models WHERE id IN (SELECT model_id FROM d)) "
    "SELECT d.n, i.id FROM d JOIN m ON m.id = d.model_id JOIN (SELECT t.id, t.serial, t.identifiers FROM items t "
    "WHERE t.id = ANY ((SELECT app.items_identified(CAST(:serials AS text[])))::uuid[])) i ON i.serial = d.value "
    "WHERE EXISTS (SELECT 1 FROM jsonb_to_recordset(i.identifiers) AS e(scheme text, value text, issuer text) "
    f"WHERE e.scheme = 'serial' AND e.value = d.value AND e.issuer = {door_register.ISSUER.format(m='m')})"
)
_TYPES = {
    "supplier_id": "uuid",
    "unit_price_minor": "bigint",
    "currency": "text",
    "external_id": "text",
    "note": "text",
}  # fmt: skip
#: What its own operations do and no edit of a cell.
_OF_DOCUMENTS = frozenset({Action.ACCEPT, Action.REJECT, Action.HAND_OVER, Action.RETRANSFER})
#: Stages that an edit of a cell leads to.
_REACHED = frozenset(
    t.to for (_, action), t in TRANSITIONS.items()
    if action not in _OF_DOCUMENTS and set(t.required) <= {"custody_organisation_id", "custody_site_id"} and t.to
)  # fmt: skip
_PATCHES: dict[tuple[str, ...], Statement] = {}


#: The columns that say a serial, and other numbers.
_SERIAL = ("serial", "model")
_NUMBERS = ("identifiers",)


def arrange(members: dict[str, Any]) -> None:
    """A serial in its own column is an identifier, too."""
    serial = members.pop("serial", None)
    given = members.get("identifiers")
    found = [_identifier(each) for each in given] if isinstance(given, list) else given
    if serial is not None and not (
        isinstance(found, list) and any(isinstance(each, dict) and each.get("scheme") == "serial" for each in found)
    ):
        # Behind the others, which are counted in faults as they stand in their cell.
        found = [*(found if isinstance(found, list) else []), {"scheme": "serial", "value": serial}]
    if found is not None:
        members["identifiers"] = found


def _identifier(each: Any) -> Any:
    """As an export shows it: an empty issuer is none."""
    return (
        {name: value for name, value in each.items() if value is not None and value != ""}
        if isinstance(each, dict)
        else each
    )


def unique(arranged: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """No two rows of a file name the same thing by its numbers."""
    found = arranged.get("identifiers")
    if not isinstance(found, list):
        return {}
    model = arranged.get("model", "")
    made: dict[str, Sequence[str]] = {}
    for each in found:
        if isinstance(each, dict) and each.get("value"):
            scheme = str(each.get("scheme"))
            issuer = each.get("issuer") or (model if scheme == Scheme.SERIAL else "")
            mark = f"identifier {scheme} {issuer} {str(each['value']).strip().upper()}"
            made[mark] = _SERIAL if scheme == Scheme.SERIAL else _NUMBERS
    return made


async def find(work: Work, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, UUID]:
    """Items by the manufacturer's serial."""
    sent = []
    for number, members in rows.items():
        serial, model = members.get("serial"), members.get("model")
        if serial and model:
            try:
                value = normalise(Scheme.SERIAL, str(serial), "")
            except Rejected:
                continue
            sent.append({"n": number, "model_id": model, "scheme": "serial", "value": value, "issuer": ""})
    if not sent:
        return {}
    rows_found = await work.tx.rows(_BY_SERIAL, sent=sent, serials=[each["value"] for each in sent])
    return {row["n"]: row["id"] for row in rows_found}


class ItemWriter:
    """Registers and moves items in batches."""

    async def create(self, work: Work, rows: Sequence[New]) -> Refusals:
        """Through the registering statement; a validation asks the same questions and takes no numbers."""
        refused: Refusals = []
        for group in _alike(rows).values():

            async def write(part: Sequence[New]) -> None:
                items = [row.ready for row in part]
                when: Any = part[0].body
                do = door_register.register_items if work.commit else door_register.check_items
                await do(work.tx, items, occurred_at=when.occurred_at, reason=when.backdating_reason)

            refused += await all_at_once(work.tx, group, write)
        return refused

    async def change(self, work: Work, rows: Sequence[Edited]) -> Refusals:
        """Patches first, then steps, each kind set-based."""
        refused = await self._patch(work.tx, [row for row in rows if row.patch is not None])
        wrong = {number for number, _ in refused}
        for derive in (_stage_move, _custody_move, _condition_move):
            moves: list[tuple[int, Move]] = []
            for row in rows:
                if row.row in wrong:
                    continue
                try:
                    if (move := derive(row)) is not None:
                        moves.append((row.row, move))
                except DomainError as error:
                    refused.append((row.row, error))
            refused += await self._move(work.tx, moves)
            wrong = {number for number, _ in refused}
        return refused

    async def _move(self, tx: Tx, moves: Sequence[tuple[int, Move]]) -> Refusals:
        if not moves:
            return []
        results = await door.move(tx, [move for _, move in moves], partial=True)
        return [
            (number, each.error)
            for (number, _), each in zip(moves, results, strict=True)
            if isinstance(each, door.Refused)
        ]

    async def _patch(self, tx: Tx, rows: Sequence[Edited]) -> Refusals:
        """Patches of the same members together; those that move parts, and those that failed, one by one."""
        groups: dict[tuple[str, ...], list[tuple[Edited, dict[str, Any]]]] = {}
        single: list[Edited] = []
        refused: Refusals = []
        for row in rows:
            try:
                values = _values(row.patch)
            except DomainError as error:
                refused.append((row.row, error))
                continue
            if "parent" in row.patch.model_fields_set:
                single.append(row)
            else:
                groups.setdefault(tuple(sorted(values)), []).append((row, values))

        async def write(part: Sequence[Edited]) -> None:
            names = tuple(sorted(_values(part[0].patch)))
            sent = [{"id": each.id, "at": each.version, **_values(each.patch)} for each in part]
            done = {found["id"] for found in await tx.rows(_patching(names), rows=sent)}
            if len(done) < len(part):
                raise Conflict("Somebody changed some of these meanwhile.")

        for group in groups.values():
            refused += await all_at_once(tx, [row for row, _ in group], write)

        async def apply(row: Edited) -> None:
            await equipment_moves.change_one(tx, row.id, row.version, row.patch)

        return refused + await one_by_one(tx, single, apply)


def _alike(rows: Sequence[New]) -> dict[Any, list[New]]:
    """Rows that happened at the same instant and are late for the same reason are registered together."""
    groups: dict[Any, list[New]] = {}
    for row in rows:
        groups.setdefault((row.body.occurred_at, row.body.backdating_reason), []).append(row)
    return groups


def _item(body: EquipmentRow) -> NewItem:
    """A row as an item: every reference in it is an id."""
    return NewItem(
        id=body.id or writing.new_id(),
        component_id=_known_id(body.component),
        model_id=_known_id(body.model),
        identifiers=[{"scheme": i.scheme, "value": i.value, "issuer": i.issuer} for i in body.identifiers],
        stage=body.stage,
        supplier_id=_id(body.supplier),
        parent_id=_id(body.parent),
        title_organisation_id=_id(body.title_organisation),
        custody_organisation_id=_id(body.custody_organisation),
        custody_site_id=_id(body.custody_site),
        unit_price_minor=equipment_moves.minor(body.unit_price, "/unit_price"),
        currency=body.unit_price.currency if body.unit_price else None,
        external_id=body.external_id,
        note=body.note,
    )


@lru_cache(maxsize=10_000)
def _known_id(text: str) -> UUID:
    """The id in a body; a few of them stand in all rows of a file."""
    return UUID(text)


def _id(text: str | None) -> UUID | None:
    return _known_id(text) if text else None


def _values(patch: Any) -> dict[str, Any]:
    sent = patch.model_fields_set
    values: dict[str, Any] = patch.model_dump(include=sent & {"external_id", "note"})
    if "unit_price" in sent:
        values["unit_price_minor"] = equipment_moves.minor(patch.unit_price, "/unit_price")
        values["currency"] = patch.unit_price.currency if patch.unit_price else None
    if "supplier" in sent:
        values["supplier_id"] = _id(patch.supplier)
    return values


def _patching(names: tuple[str, ...]) -> Statement:
    made = _PATCHES.get(names)
    if made is None:
        columns = ", ".join(f"{name} {_TYPES[name]}" for name in names)
        sets = ", ".join(f"{name} = n.{name}" for name in names)
        made = _PATCHES[names] = Statement(
            f"UPDATE items i SET {sets}, version = i.version + 1, updated_at = clock_timestamp() "
            f'FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(id uuid, "at" integer, {columns}) '
            'WHERE i.id = n.id AND i.version = n."at" RETURNING i.id'
        )
    return made


def _version(row: Edited, first: bool) -> int | None:  # noqa: FBT001  told by its place
    """The version that the row was compared with, for whatever is done to the item first."""
    return row.version if first and row.patch is None else None


def _custody(row: Edited) -> dict[str, Any]:
    made = {}
    for name in ("custody_organisation_id", "custody_site_id"):
        value = row.after.get(name) if name in row.after else row.there.get(name)
        if value:
            made[name] = UUID(value)
    return made


def _stage_move(row: Edited) -> Move | None:
    """The step that leads from the stage that there is to the one in the file."""
    if "stage" not in row.after:
        return None
    there, wanted = Stage(str(row.there["stage"])), row.after["stage"]
    for (stage, action), transition in TRANSITIONS.items():
        if stage == there and transition.to == wanted and action not in _OF_DOCUMENTS:
            payload = {k: v for k, v in _custody(row).items() if k in transition.required}
            return Move(row.id, action, payload, _version(row, first=True))
    raise TransitionNotAllowed(
        "No step leads there from the present stage, or only an approved document does.", pointer="/stage"
    )


def _custody_move(row: Edited) -> Move | None:
    if "stage" in row.after or not {"custody_organisation_id", "custody_site_id"} & set(row.after):
        return None
    return Move(row.id, Action.MOVE_CUSTODY, _custody(row), _version(row, first=True))


def _condition_move(row: Edited) -> Move | None:
    if not {"condition", "condition_reason"} & set(row.after):
        return None
    values = {n: row.after.get(n, row.there.get(n)) for n in ("condition", "condition_reason")}
    if values["condition"] != "down" and "condition_reason" not in row.after:
        values["condition_reason"] = None
    first = not {"stage", "custody_organisation_id", "custody_site_id"} & set(row.after)
    return Move(row.id, Action.REPORT_CONDITION, {k: v for k, v in values.items() if v}, _version(row, first))


def _first(what: str, table: str) -> str:
    """What the event said by which an item began: the same file again says the same."""
    return f"(SELECT {what} FROM {table} e WHERE e.item_id = t.id AND e.position = 1)"


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.EQUIPMENT_WRITE,
    body=EquipmentRow,
    create=lambda work, body: equipment_moves.create(work.tx, body),
    patch=EquipmentChange,
    refers={
        "component": COMPONENTS,
        "model": MODELS,
        "title_organisation": ORGANISATIONS,
        "custody_organisation": ORGANISATIONS,
        "custody_site": SITES,
        "supplier": SUPPLIERS,
        "parent": LISTING,
    },
    members={"title": "title_organisation"},
    own=(
        Own("serial", member="identifiers", known="t.serial", description="The manufacturer's serial number."),
        Own("occurred_at", known=_first("e.occurred_at", "events")),
        Own("backdating_reason", known=_first("e.text::json->>'backdating_reason'", "event_texts")),
    ),
    unique_within="component",
    arrange=arrange,
    alike={"identifiers": same_numbers},
    moves=frozenset({"stage", "condition", "condition_reason", "custody_organisation", "custody_site"}),
    values={
        "stage": tuple(stage for stage in Stage if stage in {"ordered", *_REACHED}),
        "condition": tuple(Condition),
        "condition_reason": tuple(DownReason),
    },
    says={
        "reference": "The item's reference (EQ-…), by which a row changes an item that is there.",
        "serial": "The manufacturer's serial number. With the model it identifies the row.",
        "identifiers": "Other numbers of the item: scheme (mmsi, imei, vin, …), value and, where it has one, issuer.",
        "stage": "New rows: ordered or delivered. Else the stage that the next step leads to; acceptance and handover "
        "come about by approved documents.",
        "condition": "A report of today's condition. Leave it as it is, or empty, where there is no news.",
        "condition_reason": "Why an item is down.",
        "title_reference": "The organisation that owns it.",
        "custody_organisation_reference": "The organisation that has it.",
        "custody_site_reference": "The place where it is.",
        "parent_reference": "The item that it is built into; it has to be there, or stand above.",
        "external_id": "The key in your own system, unique within the component: with it, a later file finds the same "
        "item again.",
        "occurred_at": "When it was ordered, or delivered; now, where it is empty. Only for new rows.",
        "backdating_reason": "Why it is recorded late.",
    },
    found_by=", or serial with model_reference",
    find_keys=_SERIAL,
    when={
        "serial": "Required in new rows, unless they have an `external_id` or an id of their own. Only for new rows.",
        "external_id": "Required in new rows, unless they have a serial or an id of their own.",
        "condition_reason": "Required where the condition is down, only for what is there already.",
        "custody_organisation_reference": "Required where the stage is, or becomes, delivered.",
        "custody_site_reference": "Required where the stage is, or becomes, delivered.",
        "unit_price_amount": "Required with `unit_price_currency`.",
        "unit_price_currency": "Required with `unit_price_amount`.",
        "backdating_reason": "Required where it happened more than a month ago, only in new rows.",
    },
    beside={
        "serial:taken": frozenset({"model"}),
        "identifiers:taken": frozenset({"model", "serial"}),
        "external_id": frozenset({"component"}),
        "parent": frozenset({"component"}),
        "custody_organisation": frozenset({"stage"}),
        "custody_site": frozenset({"stage", "custody_organisation"}),
        "condition_reason": frozenset({"condition"}),
        "occurred_at": frozenset({"backdating_reason", "component", "stage"}),
        "occurred_at:in_the_future": frozenset(),
        "backdating_reason": frozenset({"occurred_at"}),
    },
    needs=("stage", "condition", "condition_reason", "custody_organisation_id", "custody_site_id"),
    find=find,
    unique=unique,
    ready=_item,
    writer=ItemWriter(),
    batch=2_500,
)
