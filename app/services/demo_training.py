"""Training of the demo: a session for each delivery, its trainees from the units that get the items, their records.

Names are made of words of the spelling alphabet, because a name holds no digits; each says that it is synthetic.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db.session import Tx
from app.schemas.common import Days
from app.schemas.qualifications import QualificationIn, RecogniseIn
from app.schemas.records import NominationsIn, RecordBulkIn, RecordBulkItem
from app.schemas.trainees import FirstPosting, TraineeIn
from app.schemas.training_sessions import SessionIn, Trainers
from app.services import qualifications, records, trainees, training_sessions
from app.services.demo_access import MANAGER, TRAINER
from app.services.demo_places import WORKSHOPS, course_of
from app.services.demo_plan import BENEFICIARIES, LATE, TYPES, UNITS, Batch, at, batches, ident
from app.services.demo_stage import Stage

#: Days from today on which the sessions of the latest deliveries begin; those before have been held after theirs.
BEGINS = {"handed_over": -20, "accepted": -2, "delivered": 20, "shipped": 40, "ordered": 60}
LASTS = 5
PER_SESSION = 20
#: Types that nobody needs a course for are replaced by one that everybody does.
_INSTEAD = {"TN": "COM-RADIO", "MA": "DOC-READER"}
_SITES = {unit: f"SITE-{place}" for place, unit in UNITS.items()} | {
    unit: f"SITE-WORKSHOP-{country}" for country, unit in WORKSHOPS.items()
}
_WORDS = (
    *("Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima"),
    *("Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey"),
    *("Xray", "Yankee", "Zulu"),
)
_BANDS = ("rank_and_file", "rank_and_file", "non_commissioned", "non_commissioned", "officer", "civilian")


@dataclass(frozen=True, slots=True)
class Class:
    """One session: what is taught, when, and to whom."""

    batch: Batch
    code: str
    maintenance: bool
    starts_on: date
    people: int

    @property
    def ends_on(self) -> date:
        """The last day."""
        return self.starts_on + timedelta(days=LASTS - 1)

    def unit_of(self, k: int) -> str:
        """Where the k-th trainee serves: maintainers at the workshop or the first unit, operators at either unit."""
        first, second = self.batch.units
        places = (WORKSHOPS[self.batch.country], first) if self.maintenance else (first, second)
        return places[k % 2]

    def outcome(self, k: int) -> str:
        """How the k-th trainee's record ends once the session is closed."""
        left = self.people - k
        if left == 1:
            return "withdraw"
        if left == 2 and self.people > 8:  # noqa: PLR2004 - of large sessions, one is excluded
            return "exclude"
        return "fail" if k % 9 == 8 else "complete"  # noqa: PLR2004 - every ninth


def classes(stage: Stage) -> list[Class]:
    """One session for each delivery; those to come first, so that the first references are those of open sessions."""
    people = max(4, min(PER_SESSION, stage.items // 150))
    plan = batches(stage.seed, stage.items, stage.today)
    return [_class(stage, batch, people) for batch in reversed(plan)]


def _class(stage: Stage, batch: Batch, people: int) -> Class:
    code = batch.type_code
    if not any(TYPES[code][:2]):
        code = _INSTEAD[batch.country]
    operates, maintains, _ = TYPES[code]
    maintenance = bool(maintains) and (not operates or batch.number % 3 == 0)
    begins = BEGINS.get(batch.reach)
    day = batch.delivered_at.date() + timedelta(days=12) if begins is None else stage.today + timedelta(days=begins)
    return Class(batch, code, maintenance, day, people)


async def build(stage: Stage) -> dict[str, int]:
    """Sessions, trainees and their records; how many of each were added."""
    plan = classes(stage)
    there = await stage.there("training_sessions")
    recorded = {row[0] for row in await stage.owner.fetch("SELECT DISTINCT session_id FROM training_records")}
    added = 0
    for n, held in enumerate(plan):
        stage.told("Training", n, len(plan))
        course = _Course(stage, held)
        if course.id not in there:
            await course.plan()
            added += 1
        if course.id not in recorded:
            await course.hold()
        if course.prior in await _proposed(stage) and n % 3:
            await course.recognise()
    stage.told("Training", len(plan), len(plan))
    return {"sessions": added, "trainees": added * plan[0].people}


async def _proposed(stage: Stage) -> set[UUID]:
    return {row[0] for row in await stage.owner.fetch("SELECT id FROM qualifications WHERE status = 'proposed'")}


def name_of(n: int) -> str:
    """The name of the n-th trainee: three words say which number it is."""
    digits = (n // len(_WORDS) ** 2, n // len(_WORDS) % len(_WORDS), n % len(_WORDS))
    return "Synthetic Officer " + " ".join(_WORDS[digit] for digit in digits)


class _Course:
    """One session, by the training officer who plans it and the manager who takes it over from paper."""

    def __init__(self, stage: Stage, held: Class) -> None:
        self.stage, self.held, self.batch = stage, held, held.batch
        self.id = ident(stage.seed, "session", held.batch.number, at=at(stage.today, 0))
        self.people = [ident(stage.seed, "trainee", held.batch.number, k) for k in range(held.people)]
        self.draw = random.Random(f"{stage.seed}:training:{held.batch.number}")  # noqa: S311 - the same each time

    async def plan(self) -> None:
        """The session, and who will be in it."""
        held, batch = self.held, self.batch
        academy = f"SITE-ACADEMY-{batch.country}"
        async with self.stage.acting(TRAINER) as tx:
            body = SessionIn(
                id=self.id,
                component=batch.component,
                course=course_of(held.code, maintenance=held.maintenance),
                starts_on=held.starts_on,
                ends_on=held.ends_on,
                half_days=2 * LASTS,
                language="fr",
                site=academy,
                host=BENEFICIARIES[batch.country],
                trainers=[Trainers(organisation="ORG-ICMPD", role="lead", persons=2)],
                capacity=held.people + 5,
            )
            await training_sessions.create(tx, body)
            for k, person in enumerate(self.people):
                await trainees.create(tx, self.stage.keys, self._person(k, person))

    def _person(self, k: int, person: UUID) -> TraineeIn:
        unit = self.held.unit_of(k)
        posted = min(self.held.starts_on, self.stage.today) - timedelta(days=400)
        return TraineeIn(
            id=person,
            name=name_of((self.batch.number - 1) * self.held.people + k),
            work_contact=f"officer.{self.batch.number}.{k}@synthetic.example",
            agency=unit,
            posting=FirstPosting(unit=unit, site=_SITES[unit], starts_on=posted),
            grade_band=self.draw.choice(_BANDS),
            sex="female" if self.draw.random() < 0.27 else "male",  # noqa: PLR2004 - the share of women
            language=self.draw.choice(("ar", "fr")),
        )

    def on(self, days: int) -> datetime:
        """Noon, so many days from the session's first day."""
        return at(self.held.starts_on, days)

    async def hold(self) -> None:
        """From nomination as far as the session has come."""
        async with self.stage.acting(MANAGER) as tx:
            nominated = NominationsIn(
                trainees=self.people, occurred_at=self._past(self.on(-40)), backdating_reason=LATE
            )
            told = await records.nominate_all(tx, str(self.id), nominated, 30)
            found = [(UUID(str(each["id"])), each["version"]) for each in told["items"]]
            found = await self._step(tx, found, "vet", self.on(-25))
            if self.held.starts_on > self.stage.today + timedelta(days=30):
                return
            found = await self._step(tx, found, "enrol", self.on(-12))
            if self.held.starts_on > self.stage.today:
                return
            opened = await training_sessions.open_(tx, str(self.id), 1)
            if self.held.ends_on >= self.stage.today:
                return
            await self._finish(tx, found, opened.version or 2)
            await self._propose(tx)

    def _past(self, wanted: datetime) -> datetime:
        """That instant, or yesterday where it is still to come."""
        return min(wanted, at(self.stage.today, -1))

    async def _step(
        self, tx: Tx, found: list[tuple[UUID, int]], action: str, wanted: datetime, **more: Any
    ) -> list[tuple[UUID, int]]:
        items = [RecordBulkItem(id=record, version=version, action=action, **more) for record, version in found]
        return await self._bulk(tx, items, wanted)

    async def _bulk(self, tx: Tx, items: list[RecordBulkItem], wanted: datetime) -> list[tuple[UUID, int]]:
        if not items:
            return []
        body = RecordBulkIn(items=items, occurred_at=self._past(wanted), backdating_reason=LATE)
        told = await records.bulk(tx, body, 30)
        return [(UUID(str(each["id"])), each["version"]) for each in told["items"]]

    async def _finish(self, tx: Tx, found: list[tuple[UUID, int]], version: int) -> None:
        """Attendance, results, the end of the session, and what each made of it."""
        fates = [self.held.outcome(k) for k in range(len(found))]
        gone = [(r, f) for r, f in zip(found, fates, strict=True) if f in {"withdraw", "exclude"}]
        stayed = [(r, f) for r, f in zip(found, fates, strict=True) if f in {"complete", "fail"}]
        left = [
            RecordBulkItem(id=r[0], version=r[1], action=f, reason="by_agency" if f == "withdraw" else "no_show")
            for r, f in gone
        ]
        await self._bulk(tx, left, self.on(1))
        attended = [self._attended(record, fate) for record, fate in stayed]
        after = await self._bulk(tx, attended, self.on(LASTS - 1))
        await training_sessions.close(tx, str(self.id), version)
        for fate in ("complete", "fail"):
            ended = [record for record, (_, f) in zip(after, stayed, strict=True) if f == fate]
            await self._step(tx, ended, fate, self.on(LASTS + 3))

    def _attended(self, record: tuple[UUID, int], fate: str) -> RecordBulkItem:
        passed = fate == "complete"
        return RecordBulkItem(
            id=record[0],
            version=record[1],
            action="attend",
            half_days_attended=self.draw.randint(8, 10),
            pre_test=self.draw.randint(20, 60),
            post_test=self.draw.randint(62, 98) if passed else self.draw.randint(30, 55),
            practical=self.draw.randint(65, 98),
            rights_module_done=True,
        )

    @property
    def prior(self) -> UUID:
        """The qualification that somebody brings along to every fourth session."""
        return ident(self.stage.seed, "prior", self.batch.number, at=at(self.stage.today, 0))

    async def _propose(self, tx: Tx) -> None:
        if self.batch.number % 4 == 0:
            body = QualificationIn(
                id=self.prior,
                trainee=self.people[0],
                kind="operator",
                type="VEH-PICKUP",
                period=Days(start=self.held.starts_on),
                evidence="Synthetic driving licence, seen by the head of the unit.",
            )
            await qualifications.create(tx, body)

    async def recognise(self) -> None:
        """The training officer recognises most of what the manager proposed."""
        async with self.stage.acting(TRAINER) as tx:
            await qualifications.recognise(tx, str(self.prior), 1, RecogniseIn())
