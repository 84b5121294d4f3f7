"""Every resource and what can be done with it. Generated from openapi.json by `make clients`: do not edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any, Unpack, cast

from bmp_client import models as m
from bmp_client._calls import Ref
from bmp_client._files import Progress
from bmp_client._shapes import Format, Page
from bmp_client._sync._resource import Acting
from bmp_client._sync._sending import Sender


class Acceptances(Acting):
    """`/acceptances`."""

    def list(self, **filters: Unpack[m.AcceptancesListQuery]) -> Iterator[m.AcceptanceOut]:
        """Acceptance certificates of components that the caller may see. All pages, as they are asked for."""
        return cast("Iterator[m.AcceptanceOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.AcceptancesListQuery]) -> Page[m.AcceptanceOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.AcceptanceOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AcceptancesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.AcceptanceIn]) -> m.AcceptanceDetail:
        """Draw up a certificate."""
        return cast("m.AcceptanceDetail", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, acceptance: Ref, /, **query: Unpack[m.AcceptancesGetQuery]) -> m.AcceptanceDetail:
        """One certificate by its id or reference, with its approvals; its lines are a list of their own."""
        return cast("m.AcceptanceDetail", self.fetch(self.at(acceptance), cast("dict[str, Any]", query)))

    def change(
        self, acceptance: Ref, /, *, if_match: int | None = None, **body: Unpack[m.AcceptanceChange]
    ) -> m.AcceptanceDetail:
        """Change what the JSON Merge Patch names, in a draft or a returned certificate."""
        return cast("m.AcceptanceDetail", self.act("PATCH", self.at(acceptance), body, on=acceptance, version=if_match))

    def annul(
        self,
        acceptance: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ReasonIn],
    ) -> m.AcceptanceDetail:
        """Undo an approved certificate, by somebody who did not approve it."""
        return cast(
            "m.AcceptanceDetail",
            self.act("POST", self.at(acceptance, "annul"), body, on=acceptance, version=if_match, key=idempotency_key),
        )

    def approve(
        self,
        acceptance: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ApproveIn],
    ) -> m.AcceptanceDetail:
        """Approve it."""
        return cast(
            "m.AcceptanceDetail",
            self.act(
                "POST", self.at(acceptance, "approve"), body, on=acceptance, version=if_match, key=idempotency_key
            ),
        )

    def lines(self, acceptance: Ref, /, **filters: Unpack[m.AcceptancesLinesQuery]) -> Iterator[m.LineOut]:
        """The items on one certificate, with the versions that were read when it was submitted and those of now. All pages, as they are asked for."""
        return cast("Iterator[m.LineOut]", self.rows_of(self.at(acceptance, "lines"), cast("dict[str, Any]", filters)))

    def lines_page(
        self, acceptance: Ref, /, cursor: str | None = None, **filters: Unpack[m.AcceptancesLinesQuery]
    ) -> Page[m.LineOut]:
        """One page."""
        return self.page_of(self.at(acceptance, "lines"), cast("dict[str, Any]", filters), cursor)

    def export_lines(
        self,
        acceptance: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AcceptancesLinesQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(acceptance, "lines"), form, target, progress, cast("dict[str, Any]", filters))

    def return_(
        self,
        acceptance: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ReasonIn],
    ) -> m.AcceptanceDetail:
        """Send it back to who prepared it, with the reason."""
        return cast(
            "m.AcceptanceDetail",
            self.act("POST", self.at(acceptance, "return"), body, on=acceptance, version=if_match, key=idempotency_key),
        )

    def revise(
        self, acceptance: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.AcceptanceDetail:
        """Take a returned certificate back into draft."""
        return cast(
            "m.AcceptanceDetail",
            self.act("POST", self.at(acceptance, "revise"), on=acceptance, version=if_match, key=idempotency_key),
        )

    def submit(
        self, acceptance: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.AcceptanceDetail:
        """Hand it in for approval."""
        return cast(
            "m.AcceptanceDetail",
            self.act("POST", self.at(acceptance, "submit"), on=acceptance, version=if_match, key=idempotency_key),
        )

    def history(self, ref: Ref, /, **filters: Unpack[m.AcceptancesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.AcceptancesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AcceptancesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Accounts(Acting):
    """`/accounts`."""

    def list(self, **filters: Unpack[m.AccountsListQuery]) -> Iterator[m.AccountOut]:
        """Accounts of one's own organisation; administrators and auditors see all. All pages, as they are asked for."""
        return cast("Iterator[m.AccountOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.AccountsListQuery]) -> Page[m.AccountOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.AccountOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AccountsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.AccountIn]) -> m.AccountOut:
        """Add an account, with roles that one has oneself."""
        return cast("m.AccountOut", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, account: Ref, /, **query: Unpack[m.AccountsGetQuery]) -> m.AccountOut:
        """One account by its id or name, with its roles."""
        return cast("m.AccountOut", self.fetch(self.at(account), cast("dict[str, Any]", query)))

    def change(self, account: Ref, /, *, if_match: int | None = None, **body: Unpack[m.AccountChange]) -> m.AccountOut:
        """Change what the JSON Merge Patch names."""
        return cast("m.AccountOut", self.act("PATCH", self.at(account), body, on=account, version=if_match))

    def close(
        self, account: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.AccountOut:
        """Close it."""
        return cast(
            "m.AccountOut",
            self.act("POST", self.at(account, "close"), on=account, version=if_match, key=idempotency_key),
        )

    def add_grant(
        self,
        account: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.GrantIn],
    ) -> m.AccountOut:
        """Give a role."""
        return cast(
            "m.AccountOut",
            self.act("POST", self.at(account, "grants"), body, on=account, version=if_match, key=idempotency_key),
        )

    def remove_grant(self, account: Ref, grant: Ref, /, *, if_match: int | None = None) -> m.AccountOut:
        """Take a role away."""
        return cast("m.AccountOut", self.act("DELETE", self.at(account, "grants", grant), on=account, version=if_match))

    def invite(self, account: Ref, /) -> m.LinkOut:
        """A one-time link for an account without a password, good for seven days; every earlier link ends."""
        return cast("m.LinkOut", self.act("POST", self.at(account, "invitation"), keyed=False))

    def reopen(
        self, account: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.AccountOut:
        """Open a closed account again."""
        return cast(
            "m.AccountOut",
            self.act("POST", self.at(account, "reopen"), on=account, version=if_match, key=idempotency_key),
        )

    def reset(self, account: Ref, /) -> m.LinkOut:
        """A one-time link to set a new password, good for a day."""
        return cast("m.LinkOut", self.act("POST", self.at(account, "reset"), keyed=False))

    def end_sessions(self, account: Ref, /) -> None:
        """End all sessions of an account."""
        self.act("DELETE", self.at(account, "sessions"))

    def sessions(self, account: Ref, /, **filters: Unpack[m.AccountsSessionsQuery]) -> Iterator[m.SignInOut]:
        """Sign-ins of an account, the newest first. All pages, as they are asked for."""
        return cast(
            "Iterator[m.SignInOut]", self.rows_of(self.at(account, "sessions"), cast("dict[str, Any]", filters))
        )

    def sessions_page(
        self, account: Ref, /, cursor: str | None = None, **filters: Unpack[m.AccountsSessionsQuery]
    ) -> Page[m.SignInOut]:
        """One page."""
        return self.page_of(self.at(account, "sessions"), cast("dict[str, Any]", filters), cursor)

    def export_sessions(
        self,
        account: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AccountsSessionsQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(account, "sessions"), form, target, progress, cast("dict[str, Any]", filters))

    def end_session(self, account: Ref, session: Ref, /) -> None:
        """End one session of an account."""
        self.act("DELETE", self.at(account, "sessions", session))

    def history(self, ref: Ref, /, **filters: Unpack[m.AccountsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.AccountsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AccountsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Agencies(Acting):
    """`/agencies`."""

    def list(self, **filters: Unpack[m.AgenciesListQuery]) -> Iterator[m.AgencyOut]:
        """Agencies that the caller may see. All pages, as they are asked for."""
        return cast("Iterator[m.AgencyOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.AgenciesListQuery]) -> Page[m.AgencyOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.AgencyOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AgenciesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.AgencyIn]) -> m.AgencyOut:
        """Add an agency below one that the caller manages."""
        return cast("m.AgencyOut", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, agency: Ref, /, **query: Unpack[m.AgenciesGetQuery]) -> m.AgencyOut:
        """One agency by its id or reference."""
        return cast("m.AgencyOut", self.fetch(self.at(agency), cast("dict[str, Any]", query)))

    def change(self, agency: Ref, /, *, if_match: int | None = None, **body: Unpack[m.AgencyChange]) -> m.AgencyOut:
        """Change what the JSON Merge Patch names."""
        return cast("m.AgencyOut", self.act("PATCH", self.at(agency), body, on=agency, version=if_match))

    def history(self, ref: Ref, /, **filters: Unpack[m.AgenciesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.AgenciesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AgenciesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Attachments(Acting):
    """`/attachments`."""

    def list(self, **filters: Unpack[m.AttachmentsListQuery]) -> Iterator[m.AttachmentOut]:
        """Files at things that the caller may see; `object_id=` asks for those of one thing. All pages, as they are asked for."""
        return cast("Iterator[m.AttachmentOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.AttachmentsListQuery]) -> Page[m.AttachmentOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.AttachmentOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AttachmentsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.AttachmentIn]) -> m.AttachmentOut:
        """Attach a file to a document, a delivery, an item, an event or a requirement; who sees that sees the file."""
        return cast("m.AttachmentOut", self.act("POST", self.path, body, key=idempotency_key))

    def remove(self, attachment: Ref, /, *, if_match: int | None = None) -> None:
        """Detach the file, which stays with its uploader."""
        self.act("DELETE", self.at(attachment), on=attachment, version=if_match)

    def get(self, attachment: Ref, /, **query: Unpack[m.AttachmentsGetQuery]) -> m.AttachmentOut:
        """One attachment."""
        return cast("m.AttachmentOut", self.fetch(self.at(attachment), cast("dict[str, Any]", query)))


class Audit(Acting):
    """`/audit`."""

    def checkpoints(self, **filters: Unpack[m.AuditCheckpointsQuery]) -> Iterator[m.CheckpointOut]:
        """Signed checkpoints over all event chains, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.CheckpointOut]", self.rows_of(self.at("checkpoints"), cast("dict[str, Any]", filters)))

    def checkpoints_page(
        self, cursor: str | None = None, **filters: Unpack[m.AuditCheckpointsQuery]
    ) -> Page[m.CheckpointOut]:
        """One page."""
        return self.page_of(self.at("checkpoints"), cast("dict[str, Any]", filters), cursor)

    def export_checkpoints(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.AuditCheckpointsQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at("checkpoints"), form, target, progress, cast("dict[str, Any]", filters))

    def public_key(self) -> m.PublicKeyOut:
        """The public half of the key that signs checkpoints."""
        return cast("m.PublicKeyOut", self.fetch(self.at("public-key")))

    def start_verification(self, *, idempotency_key: str | None = None, **body: Unpack[m.VerificationIn]) -> m.JobOut:
        """Verify any number of event chains in the background."""
        return cast("m.JobOut", self.act("POST", self.at("verifications"), body, key=idempotency_key))

    def verify_chains(self, *, idempotency_key: str | None = None, **body: Unpack[m.VerifyIn]) -> m.VerifiedOut:
        """Verify the event chains in sight, hash by hash; with `checkpoint` also against what was signed."""
        return cast("m.VerifiedOut", self.act("POST", self.at("verify"), body, key=idempotency_key))


class Clients(Acting):
    """`/clients`."""

    def list(self, **filters: Unpack[m.ClientsListQuery]) -> Iterator[m.ClientOut]:
        """Clients of one's own organisation; administrators and auditors see all. All pages, as they are asked for."""
        return cast("Iterator[m.ClientOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.ClientsListQuery]) -> Page[m.ClientOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.ClientOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ClientsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, **body: Unpack[m.ClientIn]) -> m.ClientMade:
        """Add a client of one's own, with scopes and components that one has."""
        return cast("m.ClientMade", self.act("POST", self.path, body, keyed=False))

    def get(self, client: Ref, /, **query: Unpack[m.ClientsGetQuery]) -> m.ClientOut:
        """One client by its id or client id."""
        return cast("m.ClientOut", self.fetch(self.at(client), cast("dict[str, Any]", query)))

    def change(self, client: Ref, /, *, if_match: int | None = None, **body: Unpack[m.ClientChange]) -> m.ClientOut:
        """Change what the JSON Merge Patch names, for a client of one's own."""
        return cast("m.ClientOut", self.act("PATCH", self.at(client), body, on=client, version=if_match))

    def close(self, client: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None) -> m.ClientOut:
        """Close it for good."""
        return cast(
            "m.ClientOut",
            self.act("POST", self.at(client, "close"), on=client, version=if_match, key=idempotency_key),
        )

    def rotate_secret(
        self, client: Ref, /, *, if_match: int | None = None, **body: Unpack[m.RotationIn]
    ) -> m.ClientMade:
        """A new secret, shown this once."""
        return cast(
            "m.ClientMade",
            self.act("POST", self.at(client, "rotate-secret"), body, on=client, version=if_match, keyed=False),
        )

    def history(self, ref: Ref, /, **filters: Unpack[m.ClientsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.ClientsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ClientsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Components(Acting):
    """`/components`."""

    def list(self, **filters: Unpack[m.ComponentsListQuery]) -> Iterator[m.ComponentOut]:
        """Components that the caller may see. All pages, as they are asked for."""
        return cast("Iterator[m.ComponentOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.ComponentsListQuery]) -> Page[m.ComponentOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.ComponentOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ComponentsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.ComponentIn]) -> m.ComponentOut:
        """Add a component to a programme."""
        return cast("m.ComponentOut", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, component: Ref, /, **query: Unpack[m.ComponentsGetQuery]) -> m.ComponentOut:
        """One component by its id or reference."""
        return cast("m.ComponentOut", self.fetch(self.at(component), cast("dict[str, Any]", query)))

    def change(
        self, component: Ref, /, *, if_match: int | None = None, **body: Unpack[m.ComponentChange]
    ) -> m.ComponentOut:
        """Change what the JSON Merge Patch names."""
        return cast("m.ComponentOut", self.act("PATCH", self.at(component), body, on=component, version=if_match))

    def history(self, ref: Ref, /, **filters: Unpack[m.ComponentsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.ComponentsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ComponentsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Courses(Acting):
    """`/courses`."""

    def list(self, **filters: Unpack[m.CoursesListQuery]) -> Iterator[m.CourseOut]:
        """Courses. All pages, as they are asked for."""
        return cast("Iterator[m.CourseOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.CoursesListQuery]) -> Page[m.CourseOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.CourseOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.CoursesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.CourseIn]) -> m.CourseOut:
        """Add a course in its first edition."""
        return cast("m.CourseOut", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, course: Ref, /, **query: Unpack[m.CoursesGetQuery]) -> m.CourseOut:
        """One course by its id, or the last edition by its reference."""
        return cast("m.CourseOut", self.fetch(self.at(course), cast("dict[str, Any]", query)))

    def change(self, course: Ref, /, *, if_match: int | None = None, **body: Unpack[m.CourseChange]) -> m.CourseOut:
        """Change what the JSON Merge Patch names."""
        return cast("m.CourseOut", self.act("PATCH", self.at(course), body, on=course, version=if_match))

    def add_edition(
        self, course: Ref, /, *, idempotency_key: str | None = None, **body: Unpack[m.EditionIn]
    ) -> m.CourseOut:
        """Add the next edition."""
        return cast("m.CourseOut", self.act("POST", self.at(course, "editions"), body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.CoursesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.CoursesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.CoursesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Delegations(Acting):
    """`/delegations`."""

    def list(self, **filters: Unpack[m.DelegationsListQuery]) -> Iterator[m.DelegationOut]:
        """Delegations of one's own organisation and of components in sight; those that have ended too. All pages, as they are asked for."""
        return cast("Iterator[m.DelegationOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.DelegationsListQuery]) -> Page[m.DelegationOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.DelegationOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.DelegationsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.DelegationIn]) -> m.DelegationOut:
        """Delegate a component, or a whole programme, to an organisation."""
        return cast("m.DelegationOut", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, delegation: Ref, /, **query: Unpack[m.DelegationsGetQuery]) -> m.DelegationOut:
        """One delegation."""
        return cast("m.DelegationOut", self.fetch(self.at(delegation), cast("dict[str, Any]", query)))

    def change(
        self, delegation: Ref, /, *, if_match: int | None = None, **body: Unpack[m.DelegationChange]
    ) -> m.DelegationOut:
        """Change what the JSON Merge Patch names; `If-Match` says on which version it is based."""
        return cast("m.DelegationOut", self.act("PATCH", self.at(delegation), body, on=delegation, version=if_match))

    def end(
        self,
        delegation: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.DelegationEnd],
    ) -> m.DelegationOut:
        """End it, now or at an instant to come."""
        return cast(
            "m.DelegationOut",
            self.act("POST", self.at(delegation, "end"), body, on=delegation, version=if_match, key=idempotency_key),
        )

    def history(self, ref: Ref, /, **filters: Unpack[m.DelegationsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.DelegationsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.DelegationsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Deliveries(Acting):
    """`/deliveries`."""

    def list(self, **filters: Unpack[m.DeliveriesListQuery]) -> Iterator[m.DeliveryOut]:
        """Deliveries of components that the caller may see. All pages, as they are asked for."""
        return cast("Iterator[m.DeliveryOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.DeliveriesListQuery]) -> Page[m.DeliveryOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.DeliveryOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.DeliveriesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.DeliveryIn]) -> m.DeliveryDetail:
        """Announce a delivery, a draft."""
        return cast("m.DeliveryDetail", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, delivery: Ref, /, **query: Unpack[m.DeliveriesGetQuery]) -> m.DeliveryDetail:
        """One delivery by its id or reference."""
        return cast("m.DeliveryDetail", self.fetch(self.at(delivery), cast("dict[str, Any]", query)))

    def change(
        self, delivery: Ref, /, *, if_match: int | None = None, **body: Unpack[m.DeliveryChange]
    ) -> m.DeliveryDetail:
        """Change what the JSON Merge Patch names."""
        return cast("m.DeliveryDetail", self.act("PATCH", self.at(delivery), body, on=delivery, version=if_match))

    def close(
        self, delivery: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.DeliveryDetail:
        """Nothing more is added to it or reported about it."""
        return cast(
            "m.DeliveryDetail",
            self.act("POST", self.at(delivery, "close"), on=delivery, version=if_match, key=idempotency_key),
        )

    def link_items(
        self, delivery: Ref, /, *, idempotency_key: str | None = None, **body: Unpack[m.LinkIn]
    ) -> m.LinkedOut:
        """Items that were ordered before come with this delivery; they are delivered with it."""
        return cast("m.LinkedOut", self.act("POST", self.at(delivery, "link"), body, key=idempotency_key))

    def receive(
        self,
        delivery: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ReceiveIn],
    ) -> m.DeliveryDetail:
        """It has arrived."""
        return cast(
            "m.DeliveryDetail",
            self.act("POST", self.at(delivery, "receive"), body, on=delivery, version=if_match, key=idempotency_key),
        )

    def register_items(
        self, delivery: Ref, /, *, idempotency_key: str | None = None, **body: Unpack[m.RegisterIn]
    ) -> m.RegisteredOut:
        """Register up to 10 000 items in one call, all or none."""
        return cast("m.RegisteredOut", self.act("POST", self.at(delivery, "register"), body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.DeliveriesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.DeliveriesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.DeliveriesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Equipment(Acting):
    """`/equipment`."""

    def list(self, **filters: Unpack[m.EquipmentListQuery]) -> Iterator[m.EquipmentOut]:
        """Items in sight. All pages, as they are asked for."""
        return cast("Iterator[m.EquipmentOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.EquipmentListQuery]) -> Page[m.EquipmentOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.EquipmentOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.EquipmentListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.EquipmentIn]) -> m.EquipmentDetail:
        """Register an item that was ordered."""
        return cast("m.EquipmentDetail", self.act("POST", self.path, body, key=idempotency_key))

    def bulk(self, *, idempotency_key: str | None = None, **body: Unpack[m.EquipmentBulkIn]) -> m.BulkOut:
        """Up to 1 000 registrations, changes and steps."""
        return cast("m.BulkOut", self.act("POST", self.at("bulk"), body, key=idempotency_key))

    def get(self, item: Ref, /, **query: Unpack[m.EquipmentGetQuery]) -> m.EquipmentDetail:
        """One item by its id or reference, with the steps that are possible from here and what blocks them."""
        return cast("m.EquipmentDetail", self.fetch(self.at(item), cast("dict[str, Any]", query)))

    def change(
        self, item: Ref, /, *, if_match: int | None = None, **body: Unpack[m.EquipmentChange]
    ) -> m.EquipmentDetail:
        """Change what the JSON Merge Patch names."""
        return cast("m.EquipmentDetail", self.act("PATCH", self.at(item), body, on=item, version=if_match))

    def report_condition(
        self,
        item: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ConditionIn],
    ) -> m.EquipmentDetail:
        """Report what an item can do (EN 13306), as somebody has seen."""
        return cast(
            "m.EquipmentDetail",
            self.act("POST", self.at(item, "condition"), body, on=item, version=if_match, key=idempotency_key),
        )

    def correct(
        self,
        item: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.EquipmentCorrectionIn],
    ) -> m.EquipmentDetail:
        """Correct an event, or take it back."""
        return cast(
            "m.EquipmentDetail",
            self.act("POST", self.at(item, "corrections"), body, on=item, version=if_match, key=idempotency_key),
        )

    def events(self, item: Ref, /, **query: Unpack[m.EquipmentEventsQuery]) -> m.EffectiveOut:
        """What counts of an item's history."""
        return cast("m.EffectiveOut", self.fetch(self.at(item, "events"), cast("dict[str, Any]", query)))

    def history(self, item: Ref, /, **filters: Unpack[m.EquipmentHistoryQuery]) -> Iterator[m.EventOut]:
        """Every event as it was recorded, in the order of the chain; auditors also get the hashes. All pages, as they are asked for."""
        return cast("Iterator[m.EventOut]", self.rows_of(self.at(item, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, item: Ref, /, cursor: str | None = None, **filters: Unpack[m.EquipmentHistoryQuery]
    ) -> Page[m.EventOut]:
        """One page."""
        return self.page_of(self.at(item, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        item: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.EquipmentHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(item, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def confirm_receipt(
        self,
        item: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ReceiptIn],
    ) -> m.EquipmentDetail:
        """Confirm that the receiving unit has the item that was handed over to it."""
        return cast(
            "m.EquipmentDetail",
            self.act("POST", self.at(item, "receipt"), body, on=item, version=if_match, key=idempotency_key),
        )

    def move(
        self,
        item: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.TransitionIn],
    ) -> m.EquipmentDetail:
        """Take one step."""
        return cast(
            "m.EquipmentDetail",
            self.act("POST", self.at(item, "transitions"), body, on=item, version=if_match, key=idempotency_key),
        )


class EquipmentModels(Acting):
    """`/equipment-models`."""

    def list(self, **filters: Unpack[m.EquipmentModelsListQuery]) -> Iterator[m.EquipmentModelOut]:
        """Equipment models. All pages, as they are asked for."""
        return cast("Iterator[m.EquipmentModelOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(
        self, cursor: str | None = None, **filters: Unpack[m.EquipmentModelsListQuery]
    ) -> Page[m.EquipmentModelOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.EquipmentModelOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.EquipmentModelsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[m.EquipmentModelIn]
    ) -> m.EquipmentModelDetail:
        """Add a model of a type."""
        return cast("m.EquipmentModelDetail", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, equipment_model: Ref, /, **query: Unpack[m.EquipmentModelsGetQuery]) -> m.EquipmentModelDetail:
        """One model by its id or reference, with its tests, maintenance and qualifying courses."""
        return cast("m.EquipmentModelDetail", self.fetch(self.at(equipment_model), cast("dict[str, Any]", query)))

    def change(
        self, equipment_model: Ref, /, *, if_match: int | None = None, **body: Unpack[m.EquipmentModelChange]
    ) -> m.EquipmentModelDetail:
        """Change what the JSON Merge Patch names."""
        return cast(
            "m.EquipmentModelDetail",
            self.act("PATCH", self.at(equipment_model), body, on=equipment_model, version=if_match),
        )

    def history(self, ref: Ref, /, **filters: Unpack[m.EquipmentModelsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.EquipmentModelsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.EquipmentModelsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class EquipmentTypes(Acting):
    """`/equipment-types`."""

    def list(self, **filters: Unpack[m.EquipmentTypesListQuery]) -> Iterator[m.EquipmentTypeOut]:
        """Equipment types. All pages, as they are asked for."""
        return cast("Iterator[m.EquipmentTypeOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.EquipmentTypesListQuery]) -> Page[m.EquipmentTypeOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.EquipmentTypeOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.EquipmentTypesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.EquipmentTypeIn]) -> m.EquipmentTypeOut:
        """Add a type."""
        return cast("m.EquipmentTypeOut", self.act("POST", self.path, body, key=idempotency_key))

    def get(self, equipment_type: Ref, /, **query: Unpack[m.EquipmentTypesGetQuery]) -> m.EquipmentTypeOut:
        """One type by its id or reference."""
        return cast("m.EquipmentTypeOut", self.fetch(self.at(equipment_type), cast("dict[str, Any]", query)))

    def change(
        self, equipment_type: Ref, /, *, if_match: int | None = None, **body: Unpack[m.EquipmentTypeChange]
    ) -> m.EquipmentTypeOut:
        """Change what the JSON Merge Patch names."""
        return cast(
            "m.EquipmentTypeOut",
            self.act("PATCH", self.at(equipment_type), body, on=equipment_type, version=if_match),
        )

    def history(self, ref: Ref, /, **filters: Unpack[m.EquipmentTypesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.EquipmentTypesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.EquipmentTypesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class Handovers(Acting):
    """`/handovers`."""

    def list(self, **filters: Unpack[m.HandoversListQuery]) -> Iterator[m.HandoverOut]:
        """Handover protocols of components that the caller may see, and those of the own agency. All pages, as they are asked for."""
        return cast("Iterator[m.HandoverOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.HandoversListQuery]) -> Page[m.HandoverOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.HandoverOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.HandoversListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.HandoverIn]) -> m.HandoverDetail:
        """Draw up a protocol for a unit that takes part in the component."""
        return cast("m.HandoverDetail", self.act("POST", self.path, body, key=idempotency_key))

    def missing_proofs(self, **filters: Unpack[m.HandoversMissingProofsQuery]) -> Iterator[m.MissingProofOut]:
        """Items above the programme's threshold that a unit has without a signed protocol held here. All pages, as they are asked for."""
        return cast(
            "Iterator[m.MissingProofOut]", self.rows_of(self.at("missing-proofs"), cast("dict[str, Any]", filters))
        )

    def missing_proofs_page(
        self, cursor: str | None = None, **filters: Unpack[m.HandoversMissingProofsQuery]
    ) -> Page[m.MissingProofOut]:
        """One page."""
        return self.page_of(self.at("missing-proofs"), cast("dict[str, Any]", filters), cursor)

    def export_missing_proofs(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.HandoversMissingProofsQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at("missing-proofs"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, handover: Ref, /, **query: Unpack[m.HandoversGetQuery]) -> m.HandoverDetail:
        """One protocol by its id or reference, with its approvals and what it lacks; its lines are a list of their own."""
        return cast("m.HandoverDetail", self.fetch(self.at(handover), cast("dict[str, Any]", query)))

    def change(
        self, handover: Ref, /, *, if_match: int | None = None, **body: Unpack[m.HandoverChange]
    ) -> m.HandoverDetail:
        """Change what the JSON Merge Patch names, in a draft or a returned protocol."""
        return cast("m.HandoverDetail", self.act("PATCH", self.at(handover), body, on=handover, version=if_match))

    def annul(
        self,
        handover: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ReasonIn],
    ) -> m.HandoverDetail:
        """Undo an approved protocol, by somebody who did not approve it."""
        return cast(
            "m.HandoverDetail",
            self.act("POST", self.at(handover, "annul"), body, on=handover, version=if_match, key=idempotency_key),
        )

    def approve(
        self,
        handover: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ApproveIn],
    ) -> m.HandoverDetail:
        """Approve it."""
        return cast(
            "m.HandoverDetail",
            self.act("POST", self.at(handover, "approve"), body, on=handover, version=if_match, key=idempotency_key),
        )

    def lines(self, handover: Ref, /, **filters: Unpack[m.HandoversLinesQuery]) -> Iterator[m.LineOut]:
        """The items on one protocol, with the versions that were read when it was submitted and those of now. All pages, as they are asked for."""
        return cast("Iterator[m.LineOut]", self.rows_of(self.at(handover, "lines"), cast("dict[str, Any]", filters)))

    def lines_page(
        self, handover: Ref, /, cursor: str | None = None, **filters: Unpack[m.HandoversLinesQuery]
    ) -> Page[m.LineOut]:
        """One page."""
        return self.page_of(self.at(handover, "lines"), cast("dict[str, Any]", filters), cursor)

    def export_lines(
        self,
        handover: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.HandoversLinesQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(handover, "lines"), form, target, progress, cast("dict[str, Any]", filters))

    def return_(
        self,
        handover: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ReasonIn],
    ) -> m.HandoverDetail:
        """Send it back to who prepared it, with the reason."""
        return cast(
            "m.HandoverDetail",
            self.act("POST", self.at(handover, "return"), body, on=handover, version=if_match, key=idempotency_key),
        )

    def revise(
        self, handover: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.HandoverDetail:
        """Take a returned protocol back into draft."""
        return cast(
            "m.HandoverDetail",
            self.act("POST", self.at(handover, "revise"), on=handover, version=if_match, key=idempotency_key),
        )

    def submit(
        self, handover: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.HandoverDetail:
        """Hand it in for approval."""
        return cast(
            "m.HandoverDetail",
            self.act("POST", self.at(handover, "submit"), on=handover, version=if_match, key=idempotency_key),
        )

    def history(self, ref: Ref, /, **filters: Unpack[m.HandoversHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.HandoversHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.HandoversHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))


class IdentityReads(Acting):
    """`/identity-reads`."""

    def list(self, **filters: Unpack[m.IdentityReadsListQuery]) -> Iterator[m.IdentityReadOut]:
        """Who read the name of which trainee, when and why; searches that found nobody too (`trainee` is null). All pages, as they are asked for."""
        return cast("Iterator[m.IdentityReadOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.IdentityReadsListQuery]) -> Page[m.IdentityReadOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.IdentityReadOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.IdentityReadsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))


class Me(Acting):
    """`/me`."""

    def get(self) -> m.MeOut:
        """Who is calling, what they may do (scopes) and where (components, agencies), and when the token expires."""
        return cast("m.MeOut", self.fetch(self.path))

    def change_password(self, **body: Unpack[m.PasswordChange]) -> None:
        """Change one's own password."""
        self.act("POST", self.at("password"), body, keyed=False)

    def sessions(self, **filters: Unpack[m.MeSessionsQuery]) -> Iterator[m.SignInOut]:
        """One's own sign-ins, the newest first. All pages, as they are asked for."""
        return cast("Iterator[m.SignInOut]", self.rows_of(self.at("sessions"), cast("dict[str, Any]", filters)))

    def sessions_page(self, cursor: str | None = None, **filters: Unpack[m.MeSessionsQuery]) -> Page[m.SignInOut]:
        """One page."""
        return self.page_of(self.at("sessions"), cast("dict[str, Any]", filters), cursor)

    def export_sessions(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.MeSessionsQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at("sessions"), form, target, progress, cast("dict[str, Any]", filters))

    def end_session(self, session: Ref, /) -> None:
        """Sign out of one session."""
        self.act("DELETE", self.at("sessions", session))


class Meta(Acting):
    """`/meta`."""

    def codes(self) -> m.CodesOut:
        """Every code that a field may hold, with its label in the caller's language."""
        return cast("m.CodesOut", self.fetch(self.at("codes")))

    def scopes_and_roles(self) -> m.ScopesAndRoles:
        """Every scope, and the fixed roles that give them."""
        return cast("m.ScopesAndRoles", self.fetch(self.at("scopes-and-roles")))

    def workflows(self) -> m.Workflows:
        """The graphs of equipment, deliveries, documents, training sessions and records, with guards and scopes."""
        return cast("m.Workflows", self.fetch(self.at("workflows")))


class Organisations(Acting):
    """`/organisations`."""

    def list(self, **filters: Unpack[m.OrganisationsListQuery]) -> Iterator[m.OrganisationOut]:
        """Organisations of every kind. All pages, as they are asked for."""
        return cast("Iterator[m.OrganisationOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.OrganisationsListQuery]) -> Page[m.OrganisationOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.OrganisationOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.OrganisationsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.OrganisationIn]) -> m.OrganisationOut:
        """Add an organisation."""
        return cast("m.OrganisationOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.OrganisationsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.OrganisationsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.OrganisationsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, organisation: Ref, /, **query: Unpack[m.OrganisationsGetQuery]) -> m.OrganisationOut:
        """One organisation by its id or reference."""
        return cast("m.OrganisationOut", self.fetch(self.at(organisation), cast("dict[str, Any]", query)))

    def change(
        self, organisation: Ref, /, *, if_match: int | None = None, **body: Unpack[m.OrganisationChange]
    ) -> m.OrganisationOut:
        """Change what the JSON Merge Patch names; `If-Match` says on which version it is based."""
        return cast(
            "m.OrganisationOut", self.act("PATCH", self.at(organisation), body, on=organisation, version=if_match)
        )


class Participations(Acting):
    """`/participations`."""

    def list(self, **filters: Unpack[m.ParticipationsListQuery]) -> Iterator[m.ParticipationOut]:
        """Which agencies take part in which components, and when. All pages, as they are asked for."""
        return cast("Iterator[m.ParticipationOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.ParticipationsListQuery]) -> Page[m.ParticipationOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.ParticipationOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ParticipationsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.ParticipationIn]) -> m.ParticipationOut:
        """Let an agency, and everything below it, take part in a component of its country."""
        return cast("m.ParticipationOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.ParticipationsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.ParticipationsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ParticipationsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, participation: Ref, /, **query: Unpack[m.ParticipationsGetQuery]) -> m.ParticipationOut:
        """One participation."""
        return cast("m.ParticipationOut", self.fetch(self.at(participation), cast("dict[str, Any]", query)))

    def change(
        self, participation: Ref, /, *, if_match: int | None = None, **body: Unpack[m.ParticipationChange]
    ) -> m.ParticipationOut:
        """Change its period, mostly to end it."""
        return cast(
            "m.ParticipationOut",
            self.act("PATCH", self.at(participation), body, on=participation, version=if_match),
        )


class Postings(Acting):
    """`/postings`."""

    def list(self, **filters: Unpack[m.PostingsListQuery]) -> Iterator[m.PostingOut]:
        """Who serves where, from when to when, as far as the caller may see the trainees. All pages, as they are asked for."""
        return cast("Iterator[m.PostingOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.PostingsListQuery]) -> Page[m.PostingOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.PostingOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.PostingsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.PostingIn]) -> m.PostingOut:
        """Post a trainee to a unit, and maybe to a site of it."""
        return cast("m.PostingOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.PostingsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.PostingsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.PostingsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, posting: Ref, /, **query: Unpack[m.PostingsGetQuery]) -> m.PostingOut:
        """One posting."""
        return cast("m.PostingOut", self.fetch(self.at(posting), cast("dict[str, Any]", query)))

    def change(self, posting: Ref, /, *, if_match: int | None = None, **body: Unpack[m.PostingChange]) -> m.PostingOut:
        """Change site or period, for instance to end it."""
        return cast("m.PostingOut", self.act("PATCH", self.at(posting), body, on=posting, version=if_match))

    def move(
        self,
        posting: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.MoveIn],
    ) -> m.PostingOut:
        """End this posting on a day, and begin another one on it; the answer is the new one."""
        return cast(
            "m.PostingOut",
            self.act("POST", self.at(posting, "move"), body, on=posting, version=if_match, key=idempotency_key),
        )


class Programmes(Acting):
    """`/programmes`."""

    def list(self, **filters: Unpack[m.ProgrammesListQuery]) -> Iterator[m.ProgrammeOut]:
        """Programmes of this deployment. All pages, as they are asked for."""
        return cast("Iterator[m.ProgrammeOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.ProgrammesListQuery]) -> Page[m.ProgrammeOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.ProgrammeOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ProgrammesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.ProgrammeIn]) -> m.ProgrammeOut:
        """Add a programme."""
        return cast("m.ProgrammeOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.ProgrammesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.ProgrammesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.ProgrammesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, programme: Ref, /, **query: Unpack[m.ProgrammesGetQuery]) -> m.ProgrammeOut:
        """One programme by its id or reference."""
        return cast("m.ProgrammeOut", self.fetch(self.at(programme), cast("dict[str, Any]", query)))

    def change(
        self, programme: Ref, /, *, if_match: int | None = None, **body: Unpack[m.ProgrammeChange]
    ) -> m.ProgrammeOut:
        """Change what the JSON Merge Patch names."""
        return cast("m.ProgrammeOut", self.act("PATCH", self.at(programme), body, on=programme, version=if_match))


class Qualifications(Acting):
    """`/qualifications`."""

    def list(self, **filters: Unpack[m.QualificationsListQuery]) -> Iterator[m.QualificationOut]:
        """Who may operate or maintain what, from when to when; by pseudonym. All pages, as they are asked for."""
        return cast("Iterator[m.QualificationOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.QualificationsListQuery]) -> Page[m.QualificationOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.QualificationOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.QualificationsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.QualificationIn]) -> m.QualificationOut:
        """Propose a prior qualification (a licence, an earlier training) with its evidence, in words."""
        return cast("m.QualificationOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.QualificationsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.QualificationsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.QualificationsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, qualification: Ref, /, **query: Unpack[m.QualificationsGetQuery]) -> m.QualificationOut:
        """One qualification."""
        return cast("m.QualificationOut", self.fetch(self.at(qualification), cast("dict[str, Any]", query)))

    def recognise(
        self,
        qualification: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.RecogniseIn],
    ) -> m.QualificationOut:
        """Recognise a prior qualification that somebody else proposed; it counts from then on."""
        return cast(
            "m.QualificationOut",
            self.act(
                "POST",
                self.at(qualification, "recognise"),
                body,
                on=qualification,
                version=if_match,
                key=idempotency_key,
            ),
        )

    def refuse(
        self,
        qualification: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.RefuseIn],
    ) -> m.QualificationOut:
        """Do not recognise a prior qualification that somebody else proposed."""
        return cast(
            "m.QualificationOut",
            self.act(
                "POST", self.at(qualification, "refuse"), body, on=qualification, version=if_match, key=idempotency_key
            ),
        )

    def revoke(
        self,
        qualification: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.QualificationRevokeIn],
    ) -> m.QualificationOut:
        """End a qualification from a day on, whatever it came from."""
        return cast(
            "m.QualificationOut",
            self.act(
                "POST", self.at(qualification, "revoke"), body, on=qualification, version=if_match, key=idempotency_key
            ),
        )


class Readiness(Acting):
    """`/readiness`."""

    def get(self, **query: Unpack[m.ReadinessGetQuery]) -> m.ReadinessOut:
        """Of what was handed over to units, how much works and has enough qualified people; and why the rest is not ready."""
        return cast("m.ReadinessOut", self.fetch(self.path, cast("dict[str, Any]", query)))

    def demand(self, **query: Unpack[m.ReadinessDemandQuery]) -> m.DemandOut:
        """Training demand."""
        return cast("m.DemandOut", self.fetch(self.at("demand"), cast("dict[str, Any]", query)))

    def sites(self, site: Ref, /, **query: Unpack[m.ReadinessSitesQuery]) -> m.SiteReadinessOut:
        """Readiness of what stands at a site, by model; people count only where they are posted to it."""
        return cast("m.SiteReadinessOut", self.fetch(self.at("sites", site), cast("dict[str, Any]", query)))


class Records(Acting):
    """`/records`."""

    def list(self, **filters: Unpack[m.RecordsListQuery]) -> Iterator[m.RecordOut]:
        """Training records, by pseudonym; with `as_of` or `known_at` as they stood, or were known, then. All pages, as they are asked for."""
        return cast("Iterator[m.RecordOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.RecordsListQuery]) -> Page[m.RecordOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.RecordOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.RecordsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.RecordIn]) -> m.RecordOut:
        """Nominate a trainee for a session."""
        return cast("m.RecordOut", self.act("POST", self.path, body, key=idempotency_key))

    def bulk(self, *, idempotency_key: str | None = None, **body: Unpack[m.RecordBulkIn]) -> m.Recorded:
        """Steps of up to 1 000 records."""
        return cast("m.Recorded", self.act("POST", self.at("bulk"), body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.RecordsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.RecordsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.RecordsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, record: Ref, /, **query: Unpack[m.RecordsGetQuery]) -> m.RecordOut:
        """One training record, now or in the past (`as_of`, `known_at`)."""
        return cast("m.RecordOut", self.fetch(self.at(record), cast("dict[str, Any]", query)))

    def attend(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ResultsIn],
    ) -> m.RecordOut:
        """The trainee came; attendance in half-days has to be known by now."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "attend"), body, on=record, version=if_match, key=idempotency_key),
        )

    def complete(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.StepIn],
    ) -> m.RecordOut:
        """The trainee completed the course."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "complete"), body, on=record, version=if_match, key=idempotency_key),
        )

    def correct(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.RecordCorrectionIn],
    ) -> m.RecordOut:
        """Take back the last step, recorded by mistake."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "corrections"), body, on=record, version=if_match, key=idempotency_key),
        )

    def enrol(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.StepIn],
    ) -> m.RecordOut:
        """The nominee has a place in the session."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "enrol"), body, on=record, version=if_match, key=idempotency_key),
        )

    def events(self, record: Ref, /) -> m.RecordEventsOut:
        """Everything that happened to a record, corrections and what they took back included."""
        return cast("m.RecordEventsOut", self.fetch(self.at(record, "events")))

    def exclude(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ExcludeIn],
    ) -> m.RecordOut:
        """The trainee is not, or no longer, admitted."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "exclude"), body, on=record, version=if_match, key=idempotency_key),
        )

    def fail(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.StepIn],
    ) -> m.RecordOut:
        """The trainee did not reach what completion takes."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "fail"), body, on=record, version=if_match, key=idempotency_key),
        )

    def record_results(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.ResultsIn],
    ) -> m.RecordOut:
        """Enter or change attendance and results of somebody enrolled or attended."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "results"), body, on=record, version=if_match, key=idempotency_key),
        )

    def vet(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.StepIn],
    ) -> m.RecordOut:
        """The nominee may be enrolled."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "vet"), body, on=record, version=if_match, key=idempotency_key),
        )

    def withdraw(
        self,
        record: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.WithdrawIn],
    ) -> m.RecordOut:
        """The trainee or the agency steps back."""
        return cast(
            "m.RecordOut",
            self.act("POST", self.at(record, "withdraw"), body, on=record, version=if_match, key=idempotency_key),
        )


class Requirements(Acting):
    """`/requirements`."""

    def list(self, **filters: Unpack[m.RequirementsListQuery]) -> Iterator[m.RequirementOut]:
        """Decisions that guards read. All pages, as they are asked for."""
        return cast("Iterator[m.RequirementOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.RequirementsListQuery]) -> Page[m.RequirementOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.RequirementOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.RequirementsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.RequirementIn]) -> m.RequirementOut:
        """Record a decision with its evidence, or ask for a waiver (`requested`), which somebody else grants."""
        return cast("m.RequirementOut", self.act("POST", self.path, body, key=idempotency_key))

    def kinds(self) -> m.KindsOut:
        """Every kind."""
        return cast("m.KindsOut", self.fetch(self.at("kinds")))

    def history(self, ref: Ref, /, **filters: Unpack[m.RequirementsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.RequirementsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.RequirementsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, requirement: Ref, /, **query: Unpack[m.RequirementsGetQuery]) -> m.RequirementOut:
        """One decision."""
        return cast("m.RequirementOut", self.fetch(self.at(requirement), cast("dict[str, Any]", query)))

    def revoke(
        self,
        requirement: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.RequirementRevokeIn],
    ) -> m.RequirementOut:
        """Take a decision, or a request, back."""
        return cast(
            "m.RequirementOut",
            self.act(
                "POST", self.at(requirement, "revoke"), body, on=requirement, version=if_match, key=idempotency_key
            ),
        )

    def waive(
        self,
        requirement: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.WaiveIn],
    ) -> m.RequirementOut:
        """Grant a requested waiver."""
        return cast(
            "m.RequirementOut",
            self.act(
                "POST", self.at(requirement, "waive"), body, on=requirement, version=if_match, key=idempotency_key
            ),
        )


class SecurityLog(Acting):
    """`/security-log`."""

    def list(self, **filters: Unpack[m.SecurityLogListQuery]) -> Iterator[m.SecurityEntryOut]:
        """Changes of rights, failed log-ins, reused refresh tokens, rotated secrets, closed accounts. All pages, as they are asked for."""
        return cast("Iterator[m.SecurityEntryOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.SecurityLogListQuery]) -> Page[m.SecurityEntryOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.SecurityEntryOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SecurityLogListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def get(self, entry: Ref, /, **query: Unpack[m.SecurityLogGetQuery]) -> m.SecurityEntryOut:
        """One entry."""
        return cast("m.SecurityEntryOut", self.fetch(self.at(entry), cast("dict[str, Any]", query)))


class Sessions(Acting):
    """`/sessions`."""

    def list(self, **filters: Unpack[m.SessionsListQuery]) -> Iterator[m.SessionOut]:
        """Sessions of components that the caller sees or whose agency takes part in. All pages, as they are asked for."""
        return cast("Iterator[m.SessionOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.SessionsListQuery]) -> Page[m.SessionOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.SessionOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SessionsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.SessionIn]) -> m.SessionOut:
        """Plan a session of a course."""
        return cast("m.SessionOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.SessionsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.SessionsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SessionsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, session: Ref, /, **query: Unpack[m.SessionsGetQuery]) -> m.SessionOut:
        """One session by its id or reference."""
        return cast("m.SessionOut", self.fetch(self.at(session), cast("dict[str, Any]", query)))

    def change(self, session: Ref, /, *, if_match: int | None = None, **body: Unpack[m.SessionChange]) -> m.SessionOut:
        """Change what the JSON Merge Patch names, while the session is planned or running."""
        return cast("m.SessionOut", self.act("PATCH", self.at(session), body, on=session, version=if_match))

    def cancel(
        self, session: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.SessionOut:
        """The session is not held."""
        return cast(
            "m.SessionOut",
            self.act("POST", self.at(session, "cancel"), on=session, version=if_match, key=idempotency_key),
        )

    def close(
        self, session: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.SessionOut:
        """The session is over, on its last day or later."""
        return cast(
            "m.SessionOut",
            self.act("POST", self.at(session, "close"), on=session, version=if_match, key=idempotency_key),
        )

    def open(self, session: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None) -> m.SessionOut:
        """The session begins."""
        return cast(
            "m.SessionOut",
            self.act("POST", self.at(session, "open"), on=session, version=if_match, key=idempotency_key),
        )

    def records(self, session: Ref, /, **filters: Unpack[m.SessionsRecordsQuery]) -> Iterator[m.RecordOut]:
        """Training records of one session, as far as the caller may see them; pseudonyms only. All pages, as they are asked for."""
        return cast("Iterator[m.RecordOut]", self.rows_of(self.at(session, "records"), cast("dict[str, Any]", filters)))

    def records_page(
        self, session: Ref, /, cursor: str | None = None, **filters: Unpack[m.SessionsRecordsQuery]
    ) -> Page[m.RecordOut]:
        """One page."""
        return self.page_of(self.at(session, "records"), cast("dict[str, Any]", filters), cursor)

    def export_records(
        self,
        session: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SessionsRecordsQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(session, "records"), form, target, progress, cast("dict[str, Any]", filters))

    def nominate_for_session(
        self, session: Ref, /, *, idempotency_key: str | None = None, **body: Unpack[m.NominationsIn]
    ) -> m.Recorded:
        """Nominate several trainees for one session, all or none."""
        return cast("m.Recorded", self.act("POST", self.at(session, "records"), body, key=idempotency_key))


class Sites(Acting):
    """`/sites`."""

    def list(self, **filters: Unpack[m.SitesListQuery]) -> Iterator[m.SiteOut]:
        """Sites that the caller may see. All pages, as they are asked for."""
        return cast("Iterator[m.SiteOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.SitesListQuery]) -> Page[m.SiteOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.SiteOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SitesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.SiteIn]) -> m.SiteOut:
        """Add a site of the caller's organisation, of a supplier, or of an agency that the caller manages."""
        return cast("m.SiteOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.SitesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.SitesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SitesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, site: Ref, /, **query: Unpack[m.SitesGetQuery]) -> m.SiteOut:
        """One site by its id or reference."""
        return cast("m.SiteOut", self.fetch(self.at(site), cast("dict[str, Any]", query)))

    def change(self, site: Ref, /, *, if_match: int | None = None, **body: Unpack[m.SiteChange]) -> m.SiteOut:
        """Change what the JSON Merge Patch names; `If-Match` says on which version it is based."""
        return cast("m.SiteOut", self.act("PATCH", self.at(site), body, on=site, version=if_match))


class Suppliers(Acting):
    """`/suppliers`."""

    def list(self, **filters: Unpack[m.SuppliersListQuery]) -> Iterator[m.SupplierOut]:
        """Suppliers. All pages, as they are asked for."""
        return cast("Iterator[m.SupplierOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.SuppliersListQuery]) -> Page[m.SupplierOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.SupplierOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SuppliersListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.SupplierIn]) -> m.SupplierOut:
        """Add a supplier."""
        return cast("m.SupplierOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.SuppliersHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.SuppliersHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SuppliersHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, supplier: Ref, /, **query: Unpack[m.SuppliersGetQuery]) -> m.SupplierOut:
        """One supplier by its id or reference."""
        return cast("m.SupplierOut", self.fetch(self.at(supplier), cast("dict[str, Any]", query)))

    def change(
        self, supplier: Ref, /, *, if_match: int | None = None, **body: Unpack[m.SupplierChange]
    ) -> m.SupplierOut:
        """Change what the JSON Merge Patch names; its organisation follows, unless it is of other kinds too."""
        return cast("m.SupplierOut", self.act("PATCH", self.at(supplier), body, on=supplier, version=if_match))


class SupportArrangements(Acting):
    """`/support-arrangements`."""

    def list(self, **filters: Unpack[m.SupportArrangementsListQuery]) -> Iterator[m.SupportArrangementOut]:
        """Who maintains which unit's equipment, where its own people do not. All pages, as they are asked for."""
        return cast("Iterator[m.SupportArrangementOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(
        self, cursor: str | None = None, **filters: Unpack[m.SupportArrangementsListQuery]
    ) -> Page[m.SupportArrangementOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.SupportArrangementOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SupportArrangementsListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[m.SupportArrangementIn]
    ) -> m.SupportArrangementOut:
        """Arrange support for a unit."""
        return cast("m.SupportArrangementOut", self.act("POST", self.path, body, key=idempotency_key))

    def history(self, ref: Ref, /, **filters: Unpack[m.SupportArrangementsHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.SupportArrangementsHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.SupportArrangementsHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(
        self, support_arrangement: Ref, /, **query: Unpack[m.SupportArrangementsGetQuery]
    ) -> m.SupportArrangementOut:
        """One arrangement."""
        return cast("m.SupportArrangementOut", self.fetch(self.at(support_arrangement), cast("dict[str, Any]", query)))

    def change(
        self, support_arrangement: Ref, /, *, if_match: int | None = None, **body: Unpack[m.SupportArrangementChange]
    ) -> m.SupportArrangementOut:
        """Change its period, or the reference of its contract."""
        return cast(
            "m.SupportArrangementOut",
            self.act("PATCH", self.at(support_arrangement), body, on=support_arrangement, version=if_match),
        )


class Trainees(Acting):
    """`/trainees`."""

    def list(self, **filters: Unpack[m.TraineesListQuery]) -> Iterator[m.TraineeOut]:
        """Trainees of agencies that the caller may see; pseudonyms, never names. All pages, as they are asked for."""
        return cast("Iterator[m.TraineeOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.TraineesListQuery]) -> Page[m.TraineeOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.TraineeOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.TraineesListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[m.TraineeIn]) -> m.TraineeOut:
        """Register a person by name."""
        return cast("m.TraineeOut", self.act("POST", self.path, body, key=idempotency_key))

    def search(self, **body: Unpack[m.SearchIn]) -> m.FoundOut:
        """Find people by exact name (case, accents and spaces do not count)."""
        return cast("m.FoundOut", self.act("POST", self.at("search"), body, keyed=False))

    def history(self, ref: Ref, /, **filters: Unpack[m.TraineesHistoryQuery]) -> Iterator[m.RevisionOut]:
        """Who changed what in it and when, the latest first. All pages, as they are asked for."""
        return cast("Iterator[m.RevisionOut]", self.rows_of(self.at(ref, "history"), cast("dict[str, Any]", filters)))

    def history_page(
        self, ref: Ref, /, cursor: str | None = None, **filters: Unpack[m.TraineesHistoryQuery]
    ) -> Page[m.RevisionOut]:
        """One page."""
        return self.page_of(self.at(ref, "history"), cast("dict[str, Any]", filters), cursor)

    def export_history(
        self,
        ref: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.TraineesHistoryQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(ref, "history"), form, target, progress, cast("dict[str, Any]", filters))

    def get(self, trainee: Ref, /, **query: Unpack[m.TraineesGetQuery]) -> m.TraineeOut:
        """One trainee by pseudonym."""
        return cast("m.TraineeOut", self.fetch(self.at(trainee), cast("dict[str, Any]", query)))

    def change(self, trainee: Ref, /, *, if_match: int | None = None, **body: Unpack[m.TraineeChange]) -> m.TraineeOut:
        """Change what the JSON Merge Patch names; a new name or contact is sealed anew."""
        return cast("m.TraineeOut", self.act("PATCH", self.at(trainee), body, on=trainee, version=if_match))

    def erase(
        self, trainee: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.TraineeOut:
        """Destroy what tells who this person is, and what was written about them in words."""
        return cast(
            "m.TraineeOut",
            self.act("POST", self.at(trainee, "erase"), on=trainee, version=if_match, key=idempotency_key),
        )

    def identify(self, trainee: Ref, /, **body: Unpack[m.IdentityIn]) -> m.IdentityOut:
        """Who a pseudonym is."""
        return cast("m.IdentityOut", self.act("POST", self.at(trainee, "identity"), body, keyed=False))

    def merge(
        self,
        trainee: Ref,
        /,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[m.MergeIn],
    ) -> m.TraineeOut:
        """Two pseudonyms are one person."""
        return cast(
            "m.TraineeOut",
            self.act("POST", self.at(trainee, "merge"), body, on=trainee, version=if_match, key=idempotency_key),
        )

    def unmerge(
        self, trainee: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.TraineeOut:
        """They were two people after all."""
        return cast(
            "m.TraineeOut",
            self.act("POST", self.at(trainee, "unmerge"), on=trainee, version=if_match, key=idempotency_key),
        )


class Webhooks(Acting):
    """`/webhooks`."""

    def list(self, **filters: Unpack[m.WebhooksListQuery]) -> Iterator[m.WebhookOut]:
        """The caller's own webhooks, and those of the caller's clients. All pages, as they are asked for."""
        return cast("Iterator[m.WebhookOut]", self.rows_of(self.path, cast("dict[str, Any]", filters)))

    def page(self, cursor: str | None = None, **filters: Unpack[m.WebhooksListQuery]) -> Page[m.WebhookOut]:
        """One page."""
        return self.page_of(self.path, cast("dict[str, Any]", filters), cursor)

    def get_many(self, refs: Iterable[Ref], /) -> dict[str, m.WebhookOut]:
        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""
        return self.many_of(self.path, refs)

    def export(
        self,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.WebhooksListQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.path, form, target, progress, cast("dict[str, Any]", filters))

    def create(self, **body: Unpack[m.WebhookIn]) -> m.WebhookMade:
        """Add an endpoint."""
        return cast("m.WebhookMade", self.act("POST", self.path, body, keyed=False))

    def remove(self, webhook: Ref, /, *, if_match: int | None = None) -> None:
        """Take an endpoint away, with its secrets and its log of deliveries."""
        self.act("DELETE", self.at(webhook), on=webhook, version=if_match)

    def get(self, webhook: Ref, /, **query: Unpack[m.WebhooksGetQuery]) -> m.WebhookOut:
        """One webhook, how its receiver fares, and when its secrets were made."""
        return cast("m.WebhookOut", self.fetch(self.at(webhook), cast("dict[str, Any]", query)))

    def change(self, webhook: Ref, /, *, if_match: int | None = None, **body: Unpack[m.WebhookChange]) -> m.WebhookOut:
        """Change what the JSON Merge Patch names."""
        return cast("m.WebhookOut", self.act("PATCH", self.at(webhook), body, on=webhook, version=if_match))

    def deliveries(
        self, webhook: Ref, /, **filters: Unpack[m.WebhooksDeliveriesQuery]
    ) -> Iterator[m.WebhookDeliveryOut]:
        """What was and will be delivered, the latest first; kept for `BMP_WEBHOOK_DAYS` days. All pages, as they are asked for."""
        return cast(
            "Iterator[m.WebhookDeliveryOut]",
            self.rows_of(self.at(webhook, "deliveries"), cast("dict[str, Any]", filters)),
        )

    def deliveries_page(
        self, webhook: Ref, /, cursor: str | None = None, **filters: Unpack[m.WebhooksDeliveriesQuery]
    ) -> Page[m.WebhookDeliveryOut]:
        """One page."""
        return self.page_of(self.at(webhook, "deliveries"), cast("dict[str, Any]", filters), cursor)

    def export_deliveries(
        self,
        webhook: Ref,
        form: Format,
        target: str | PathLike[str],
        *,
        progress: Progress | None = None,
        **filters: Unpack[m.WebhooksDeliveriesQuery],
    ) -> int:
        """Write all rows to a file: whole, or not at all; the number of bytes."""
        return self.save_rows(self.at(webhook, "deliveries"), form, target, progress, cast("dict[str, Any]", filters))

    def delivery(
        self, webhook: Ref, delivery: Ref, /, **query: Unpack[m.WebhooksDeliveryQuery]
    ) -> m.WebhookDeliveryOut:
        """One delivery and what came of its last attempt."""
        return cast(
            "m.WebhookDeliveryOut",
            self.fetch(self.at(webhook, "deliveries", delivery), cast("dict[str, Any]", query)),
        )

    def replay_delivery(
        self, webhook: Ref, delivery: Ref, /, *, idempotency_key: str | None = None
    ) -> m.WebhookDeliveryOut:
        """Deliver one event once more, with the same `webhook-id`, behind everything that waits."""
        return cast(
            "m.WebhookDeliveryOut",
            self.act("POST", self.at(webhook, "deliveries", delivery, "replay"), key=idempotency_key),
        )

    def disable(
        self, webhook: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.WebhookOut:
        """Send nothing any more until it is enabled again."""
        return cast(
            "m.WebhookOut",
            self.act("POST", self.at(webhook, "disable"), on=webhook, version=if_match, key=idempotency_key),
        )

    def enable(
        self, webhook: Ref, /, *, if_match: int | None = None, idempotency_key: str | None = None
    ) -> m.WebhookOut:
        """Go on sending, from where it stopped; what waits is sent at once."""
        return cast(
            "m.WebhookOut",
            self.act("POST", self.at(webhook, "enable"), on=webhook, version=if_match, key=idempotency_key),
        )

    def ping(self, webhook: Ref, /, *, idempotency_key: str | None = None) -> m.WebhookDeliveryOut:
        """Send `bmp.webhooks.ping`, an event about the webhook itself."""
        return cast("m.WebhookDeliveryOut", self.act("POST", self.at(webhook, "ping"), key=idempotency_key))

    def replay_span(
        self, webhook: Ref, /, *, idempotency_key: str | None = None, **body: Unpack[m.ReplayIn]
    ) -> m.JobOut:
        """Deliver all events of a span of time once more, as far as the owner may see them now."""
        return cast("m.JobOut", self.act("POST", self.at(webhook, "replay"), body, key=idempotency_key))

    def rotate_secret(
        self, webhook: Ref, /, *, if_match: int | None = None, **body: Unpack[m.RotationIn]
    ) -> m.WebhookMade:
        """A new secret, shown this once."""
        return cast(
            "m.WebhookMade",
            self.act("POST", self.at(webhook, "rotate-secret"), body, on=webhook, version=if_match, keyed=False),
        )


class Resources:
    """All of them."""

    def __init__(self, sender: Sender) -> None:
        """Each calls through the same sender."""
        self.acceptances = Acceptances(sender, "acceptances")
        self.accounts = Accounts(sender, "accounts")
        self.agencies = Agencies(sender, "agencies")
        self.attachments = Attachments(sender, "attachments")
        self.audit = Audit(sender, "audit")
        self.clients = Clients(sender, "clients")
        self.components = Components(sender, "components")
        self.courses = Courses(sender, "courses")
        self.delegations = Delegations(sender, "delegations")
        self.deliveries = Deliveries(sender, "deliveries")
        self.equipment = Equipment(sender, "equipment")
        self.equipment_models = EquipmentModels(sender, "equipment-models")
        self.equipment_types = EquipmentTypes(sender, "equipment-types")
        self.handovers = Handovers(sender, "handovers")
        self.identity_reads = IdentityReads(sender, "identity-reads")
        self.me = Me(sender, "me")
        self.meta = Meta(sender, "meta")
        self.organisations = Organisations(sender, "organisations")
        self.participations = Participations(sender, "participations")
        self.postings = Postings(sender, "postings")
        self.programmes = Programmes(sender, "programmes")
        self.qualifications = Qualifications(sender, "qualifications")
        self.readiness = Readiness(sender, "readiness")
        self.records = Records(sender, "records")
        self.requirements = Requirements(sender, "requirements")
        self.security_log = SecurityLog(sender, "security-log")
        self.sessions = Sessions(sender, "sessions")
        self.sites = Sites(sender, "sites")
        self.suppliers = Suppliers(sender, "suppliers")
        self.support_arrangements = SupportArrangements(sender, "support-arrangements")
        self.trainees = Trainees(sender, "trainees")
        self.webhooks = Webhooks(sender, "webhooks")
