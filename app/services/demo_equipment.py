"""Equipment of the demo: ordered, delivered, accepted, handed over, used; each step by who may take it.

A batch is one delivery of one model. Whoever records it does not accept it, and who prepares a handover does not
approve it (DOMAIN 2): the manager records and prepares; for Tunisia a manager of the Italian Ministry accepts and
approves first, for Morocco the deputy; another one approves second.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.db.session import Tx
from app.schemas.acceptances import AcceptanceIn, AcceptanceLine
from app.schemas.deliveries import DeliveryIn, ReceiveIn
from app.schemas.documents import ApproveIn, TestResult
from app.schemas.handovers import HandoverIn, HandoverLine, Signatory
from app.services import acceptances, deliveries, demo_requirements, documents, door, handovers
from app.services.demo_access import DEPUTY, FOCAL_MA, FOCAL_TN, ITALY, MANAGER, MOROCCO
from app.services.demo_plan import BENEFICIARIES, LATE, STORES, TYPES, UNITS, Batch, at, batches
from app.services.demo_stage import Stage
from app.services.door import Move, NewItem

APPROVERS = {"TN": (ITALY, DEPUTY), "MA": (DEPUTY, MOROCCO)}
#: Who confirms that the units have it.
RECEIVERS = {"TN": FOCAL_TN, "MA": FOCAL_MA}
_PORTS = {unit: f"SITE-{place}" for place, unit in UNITS.items()}
#: Stages that a batch passes, in order.
_ORDER = ("ordered", "shipped", "delivered", "accepted", "handed_over", "in_service")
_REJECTIONS = ("defective", "damaged", "incomplete", "not_as_ordered")


@dataclass(frozen=True, slots=True)
class Present:
    """What is there already."""

    deliveries: set[UUID]
    documents: Mapping[UUID, tuple[str, int, int]]
    used: set[UUID]
    received: set[UUID]


async def build(stage: Stage) -> int:
    """Every batch, as far as it has come; how many items were added."""
    plan = batches(stage.seed, stage.items, stage.today)
    before, present = await _items(stage), await _present(stage)
    for n, batch in enumerate(plan):
        stage.told("Lots of equipment", n, len(plan))
        await _Story(stage, batch, present).tell()
    stage.told("Lots of equipment", len(plan), len(plan))
    return await _items(stage) - before


async def _items(stage: Stage) -> int:
    count: int = await stage.owner.fetchval("SELECT count(*) FROM items")
    return count


async def _present(stage: Stage) -> Present:
    rows = await stage.owner.fetch(
        "SELECT d.id, d.status, d.version, (SELECT count(*) FROM document_approvals a WHERE a.document_id = d.id) AS n "
        "FROM documents d"
    )
    used = await stage.owner.fetch(
        "SELECT DISTINCT item_id, kind FROM events WHERE kind IN ('confirm_receipt', 'put_in_service')"
    )
    return Present(
        await stage.there("deliveries"),
        {row["id"]: (row["status"], row["version"], row["n"]) for row in rows},
        {row[0] for row in used if row[1] == "put_in_service"},
        {row[0] for row in used if row[1] == "confirm_receipt"},
    )


class _Story:
    """One batch from order to use. Each method is one transaction of one person, and is skipped when it is done."""

    def __init__(self, stage: Stage, batch: Batch, present: Present) -> None:
        self.stage, self.batch, self.present = stage, batch, present
        self.items = [batch.key(stage.seed, "item", n) for n in range(batch.items)]
        self.approver, self.second = APPROVERS[batch.country]
        draw = random.Random(f"{stage.seed}:{batch.number}")  # noqa: S311 - the same each time is what is wanted
        self.rejected = {n for n in range(batch.items) if n > 0 and draw.random() < 0.03}  # noqa: PLR2004
        self.draw = draw

    def reaches(self, stage: str) -> bool:
        """Whether the batch comes as far as that stage."""
        return _ORDER.index(self.batch.reach) >= _ORDER.index(stage)

    def after(self, days: int) -> datetime:
        """So many days after the delivery."""
        return self.batch.delivered_at + timedelta(days=days)

    async def tell(self) -> None:
        """All that has happened to the batch."""
        await self.deliver()
        if self.reaches("accepted"):
            await self.accept()
        if self.reaches("handed_over"):
            for n, unit in enumerate(self.batch.units):
                await self.hand_over(n, unit)
        if self.reaches("in_service"):
            await self.give_back()

    async def deliver(self) -> None:
        """Ordered, shipped, received: recorded by the manager."""
        delivery_id = self.batch.key(self.stage.seed, "delivery")
        if delivery_id in self.present.deliveries:
            return
        batch, country = self.batch, self.batch.country
        ordered, shipped = self.after(-60), self.after(-20)
        async with self.stage.acting(MANAGER) as tx:
            body = DeliveryIn(
                id=delivery_id,
                component=batch.component,
                supplier=batch.supplier,
                site=STORES[country],
                contract_reference=f"SYN-{country}-{batch.number:03d}",
                tranche=1,
                expected_on=batch.delivered_at.date(),
                note="Synthetic delivery.",
            )
            made = await deliveries.create(tx, body)
            await door.register(
                tx, [self.new(n, delivery_id) for n in range(batch.items)], occurred_at=ordered, reason=LATE
            )
            if batch.reach == "ordered":
                await _all(tx, self.items[:1], "cancel", {"reason": "order_cancelled"}, self.after(-30))
                return
            await _all(tx, self.items, "ship", {}, shipped)
            if self.reaches("delivered"):
                arrived = ReceiveIn(occurred_at=batch.delivered_at, backdating_reason=LATE)
                await deliveries.receive(tx, str(delivery_id), made.version or 1, arrived)

    def new(self, n: int, delivery_id: UUID) -> NewItem:
        """The batch's n-th item as it is registered."""
        ids, batch = self.stage.ids, self.batch
        return NewItem(
            id=self.items[n],
            component_id=ids[batch.component],
            model_id=ids[batch.model],
            identifiers=[{"scheme": "serial", "value": batch.serial(n)}],
            supplier_id=ids[batch.supplier],
            delivery_id=delivery_id,
            title_organisation_id=ids[batch.supplier],
            unit_price_minor=TYPES[batch.type_code][2],
            currency="EUR",
        )

    async def accept(self) -> None:
        """A provisional certificate over the whole delivery, with a test of each item; some are rejected."""
        document_id = self.batch.key(self.stage.seed, "acceptance")
        status, version, _ = self.present.documents.get(document_id, ("", 0, 0))
        if not status:
            async with self.stage.acting(MANAGER) as tx:
                await acceptances.create(tx, self._certificate(document_id))
                submitted = await documents.submit(tx, acceptances.PAPER, str(document_id), 1)
                status, version = "submitted", submitted.version or 2
        if status == "submitted":
            async with self.stage.acting(self.approver) as tx:
                approval = ApproveIn(backdating_reason=LATE)
                await documents.approve(tx, acceptances.PAPER, str(document_id), version, approval)

    def _certificate(self, document_id: UUID) -> AcceptanceIn:
        return AcceptanceIn(
            id=document_id,
            component=self.batch.component,
            kind="provisional",
            delivery=str(self.batch.key(self.stage.seed, "delivery")),
            effective_at=self.after(7),
            lines=[self._tested(n, item) for n, item in enumerate(self.items)],
            note="Synthetic certificate.",
        )

    def _tested(self, n: int, item: UUID) -> AcceptanceLine:
        passed = n not in self.rejected
        return AcceptanceLine(
            item=str(item),
            outcome="accepted" if passed else "rejected",
            reason=None if passed else _REJECTIONS[n % len(_REJECTIONS)],
            tests=[TestResult(name="Synthetic acceptance test", passed=passed)],
        )

    def given_to(self, n: int) -> list[UUID]:
        """The items that the n-th of the two units gets: every second of those accepted."""
        good = [item for k, item in enumerate(self.items) if k not in self.rejected]
        return good[n::2]

    async def hand_over(self, n: int, unit: str) -> None:
        """A protocol for one unit: prepared by one, approved by two, with what its guards ask for; then the use."""
        document_id = self.batch.key(self.stage.seed, "handover", n)
        given = self.given_to(n)
        if not given:
            return
        status, version, approvals = self.present.documents.get(document_id, ("", 0, 0))
        if not status:
            async with self.stage.acting(MANAGER) as tx:
                await handovers.create(tx, self._protocol(document_id, unit, given))
                await demo_requirements.of_handover(tx, self.batch, document_id, self.after(20).date())
                submitted = await documents.submit(tx, handovers.PAPER, str(document_id), 1)
                status, version = "submitted", submitted.version or 2
        if status == "submitted" and self.batch.number % demo_requirements.WAIVED_EVERY == 0:
            await demo_requirements.waive(self.stage, document_id)
        for approver in (self.approver, self.second)[approvals:] if status == "submitted" else ():
            async with self.stage.acting(approver) as tx:
                read = await documents.approve(
                    tx, handovers.PAPER, str(document_id), version, ApproveIn(backdating_reason=LATE)
                )
                version = read.version or version + 1
        if self.reaches("in_service") and given[0] not in self.present.used:
            if given[0] not in self.present.received:
                async with self.stage.acting(RECEIVERS[self.batch.country], late=True) as tx:
                    await _all(tx, given, "confirm_receipt", {}, self.after(23))
            async with self.stage.acting(MANAGER) as tx:
                await _Use(self, given).tell(tx)

    def _protocol(self, document_id: UUID, unit: str, given: Sequence[UUID]) -> HandoverIn:
        signed = self.after(20).date()
        sides = (("giving", "ORG-ICMPD"), ("receiving", BENEFICIARIES[self.batch.country]))
        return HandoverIn(
            id=document_id,
            component=self.batch.component,
            receiving_unit=unit,
            site=_PORTS[unit],
            effective_at=self.after(20),
            signatories=[
                Signatory(side=side, organisation=who, function="Synthetic signatory", signed_on=signed)
                for side, who in sides
            ],
            signed_sha256=sha256(f"synthetic protocol {document_id}".encode()).hexdigest(),
            lines=[HandoverLine(item=str(item)) for item in given],
            note="Synthetic protocol.",
        )

    async def give_back(self) -> None:
        """Half of the rejected items go back to the supplier; the others wait."""
        returned = [self.items[n] for n in sorted(self.rejected)][::2]
        if not returned:
            return
        known = await self.stage.owner.fetchval("SELECT stage FROM items WHERE id = $1", returned[0])
        if known == "rejected":
            async with self.stage.acting(MANAGER) as tx:
                supplier = str(self.stage.ids[self.batch.supplier])
                await _all(tx, returned, "return", {"custody_organisation_id": supplier}, self.after(25))


class _Use:
    """What a unit does with what it was given."""

    #: Of a hundred items.
    FATES = (
        ("up", 70), ("degraded", 8), ("failure", 4), ("awaiting_parts", 3), ("under_repair", 3),
        ("planned_maintenance", 1), ("found", 2), ("withdrawn", 3), ("disposed", 2), ("lost", 1), ("stored", 3),
    )  # fmt: skip

    def __init__(self, story: _Story, given: Sequence[UUID]) -> None:
        self.story = story
        words, weights = zip(*self.FATES, strict=True)
        drawn = random.Random(f"{story.stage.seed}:{given[0]}")  # noqa: S311 - the same each time is what is wanted
        self.fates = dict(zip(given, ["up", *drawn.choices(words, weights, k=len(given) - 1)], strict=True))
        started = (at(story.stage.today, 0) - story.after(28)).days
        self.reported_days_ago = max(40, min(drawn.randint(95, 380), started - 3))

    def of(self, *fates: str) -> list[UUID]:
        """The items with one of these fates."""
        return [item for item, fate in self.fates.items() if fate in fates]

    async def tell(self, tx: Tx) -> None:
        """Service, what was seen of them, and how some ended."""
        after = self.story.after
        await _all(tx, [i for i, fate in self.fates.items() if fate != "stored"], "put_in_service", {}, after(28))
        reports = [Move(item, "report_condition", condition) for item, fate in self.fates.items()
                   if (condition := _condition(fate))]  # fmt: skip
        seen = at(self.story.stage.today, -self.reported_days_ago)
        if reports:
            await door.move(tx, reports, occurred_at=seen, reason=LATE)
        ended = seen + timedelta(days=5)
        await _all(tx, self.of("withdrawn", "disposed"), "withdraw", {"reason": "beyond_repair"}, ended)
        await _all(tx, self.of("lost", "found"), "lose", {"reason": "lost"}, ended)
        await _all(tx, self.of("found"), "recover", {}, ended + timedelta(days=3))
        disposal = {"method": "recycled", "authority": "Synthetic authority", "evidence": "SYN-DISPOSAL"}
        await _all(tx, self.of("disposed"), "dispose", disposal, ended + timedelta(days=10))


def _condition(fate: str) -> dict[str, Any] | None:
    if fate in {"up", "degraded"}:
        return {"condition": fate}
    if fate in {"failure", "awaiting_parts", "under_repair", "planned_maintenance"}:
        return {"condition": "down", "condition_reason": fate}
    return None


async def _all(
    tx: Tx, items: Sequence[UUID], action: str, payload: Mapping[str, Any], occurred_at: datetime | None = None
) -> None:
    """The same step for all of them; nothing for none."""
    if items:
        reason = None if occurred_at is None else LATE
        await door.move(tx, [Move(item, action, payload) for item in items], occurred_at=occurred_at, reason=reason)
