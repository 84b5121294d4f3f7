"""Who may do what: roles are fixed sets of scopes (DOMAIN 2). The one table is here; rows are `db/tenancy.py`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from uuid import UUID

from app.domain.errors import Forbidden


class Scope(StrEnum):
    """What an operation asks of its caller. `resource:verb`; the resource is the word used in every layer."""

    REGISTER_READ = "register:read"
    REGISTER_WRITE = "register:write"
    CATALOGUE_WRITE = "catalogue:write"
    SUPPLIERS_WRITE = "suppliers:write"
    ORGANISATIONS_WRITE = "organisations:write"
    DELEGATIONS_WRITE = "delegations:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    EQUIPMENT_READ = "equipment:read"
    EQUIPMENT_WRITE = "equipment:write"
    EQUIPMENT_BACKDATE = "equipment:backdate"
    EQUIPMENT_CONFIRM = "equipment:confirm"
    DELIVERIES_WRITE = "deliveries:write"
    ACCEPTANCES_WRITE = "acceptances:write"
    ACCEPTANCES_APPROVE = "acceptances:approve"
    HANDOVERS_WRITE = "handovers:write"
    HANDOVERS_APPROVE = "handovers:approve"
    REQUIREMENTS_WRITE = "requirements:write"
    REQUIREMENTS_WAIVE = "requirements:waive"
    FILES_READ = "files:read"
    FILES_WRITE = "files:write"
    TRAINING_READ = "training:read"
    TRAINING_WRITE = "training:write"
    TRAINEES_READ = "trainees:read"
    TRAINEES_NOMINATE = "trainees:nominate"
    TRAINEES_WRITE = "trainees:write"
    TRAINEES_IDENTIFY = "trainees:identify"
    TRAINEES_ERASE = "trainees:erase"
    QUALIFICATIONS_RECOGNISE = "qualifications:recognise"
    READINESS_READ = "readiness:read"
    AUDIT_READ = "audit:read"
    SECURITY_READ = "security:read"


class Role(StrEnum):
    """The roles of DOMAIN 2. Organisations give them to accounts; nobody gives more than they have."""

    ADMINISTRATOR = "administrator"
    PROGRAMME_MANAGER = "programme_manager"
    PROCUREMENT_OFFICER = "procurement_officer"
    LOGISTICS_OFFICER = "logistics_officer"
    TRAINING_OFFICER = "training_officer"
    MONITORING_OFFICER = "monitoring_officer"
    SAFEGUARDS_OFFICER = "safeguards_officer"
    FOCAL_POINT = "focal_point"
    AUDITOR = "auditor"
    OBSERVER = "observer"
    INTEGRATION = "integration"


_READ_ALL = frozenset({Scope.REGISTER_READ, Scope.EQUIPMENT_READ, Scope.FILES_READ, Scope.READINESS_READ})
_READ_TRAINING = frozenset({Scope.TRAINING_READ, Scope.TRAINEES_READ})

#: The one table of roles and scopes. `integration` has none of its own: a client names a subset of its creator's.
ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            Scope.REGISTER_READ,
            Scope.REGISTER_WRITE,
            Scope.CATALOGUE_WRITE,
            Scope.SUPPLIERS_WRITE,
            Scope.ORGANISATIONS_WRITE,
            Scope.DELEGATIONS_WRITE,
            Scope.ACCOUNTS_READ,
            Scope.ACCOUNTS_WRITE,
            Scope.CLIENTS_READ,
            Scope.CLIENTS_WRITE,
            Scope.SECURITY_READ,
        }
    ),
    Role.PROGRAMME_MANAGER: _READ_ALL
    | _READ_TRAINING
    | {
        Scope.REGISTER_WRITE,
        Scope.CATALOGUE_WRITE,
        Scope.SUPPLIERS_WRITE,
        Scope.ACCOUNTS_READ,
        Scope.ACCOUNTS_WRITE,
        Scope.CLIENTS_READ,
        Scope.CLIENTS_WRITE,
        Scope.EQUIPMENT_WRITE,
        Scope.EQUIPMENT_BACKDATE,
        Scope.EQUIPMENT_CONFIRM,
        Scope.DELIVERIES_WRITE,
        Scope.ACCEPTANCES_WRITE,
        Scope.ACCEPTANCES_APPROVE,
        Scope.HANDOVERS_WRITE,
        Scope.HANDOVERS_APPROVE,
        Scope.REQUIREMENTS_WRITE,
        Scope.REQUIREMENTS_WAIVE,
        Scope.FILES_WRITE,
        Scope.TRAINING_WRITE,
        Scope.TRAINEES_NOMINATE,
        Scope.TRAINEES_WRITE,
        Scope.QUALIFICATIONS_RECOGNISE,
        Scope.AUDIT_READ,
    },
    Role.PROCUREMENT_OFFICER: _READ_ALL
    | {
        Scope.CATALOGUE_WRITE,
        Scope.SUPPLIERS_WRITE,
        Scope.EQUIPMENT_WRITE,
        Scope.DELIVERIES_WRITE,
        Scope.ACCEPTANCES_WRITE,
        Scope.REQUIREMENTS_WRITE,
        Scope.FILES_WRITE,
    },
    Role.LOGISTICS_OFFICER: _READ_ALL
    | {
        Scope.REGISTER_WRITE,
        Scope.EQUIPMENT_WRITE,
        Scope.EQUIPMENT_CONFIRM,
        Scope.DELIVERIES_WRITE,
        Scope.ACCEPTANCES_WRITE,
        Scope.ACCEPTANCES_APPROVE,
        Scope.HANDOVERS_WRITE,
        Scope.HANDOVERS_APPROVE,
        Scope.REQUIREMENTS_WRITE,
        Scope.FILES_WRITE,
    },
    Role.TRAINING_OFFICER: _READ_ALL
    | _READ_TRAINING
    | {
        Scope.CATALOGUE_WRITE,
        Scope.TRAINING_WRITE,
        Scope.TRAINEES_NOMINATE,
        Scope.TRAINEES_WRITE,
        Scope.TRAINEES_IDENTIFY,
        Scope.TRAINEES_ERASE,
        Scope.QUALIFICATIONS_RECOGNISE,
        Scope.FILES_WRITE,
    },
    Role.MONITORING_OFFICER: _READ_ALL | _READ_TRAINING,
    Role.SAFEGUARDS_OFFICER: _READ_ALL
    | _READ_TRAINING
    | {Scope.REQUIREMENTS_WRITE, Scope.REQUIREMENTS_WAIVE, Scope.FILES_WRITE, Scope.AUDIT_READ},
    Role.FOCAL_POINT: _READ_ALL
    | _READ_TRAINING
    | {Scope.EQUIPMENT_CONFIRM, Scope.TRAINEES_NOMINATE, Scope.TRAINEES_IDENTIFY, Scope.FILES_WRITE},
    Role.AUDITOR: _READ_ALL
    | _READ_TRAINING
    | {Scope.AUDIT_READ, Scope.SECURITY_READ, Scope.ACCOUNTS_READ, Scope.CLIENTS_READ},
    Role.OBSERVER: _READ_ALL,
    Role.INTEGRATION: frozenset(),
}

OrganisationKind = Literal["implementer", "beneficiary", "donor", "supplier", "audit_body"]
Power = Literal["manage", "observe"]

#: Below this count an observer is told nothing about people (DOMAIN 2).
SUPPRESSED_BELOW = 5


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated account or client, with its rights as the database gave them (never as a token claims).

    `see` and `manage` are components; `joined` are components in which the caller's own agency takes part;
    `roots` are agencies whose whole subtree the caller may see, `manage_roots` those it may change; `own` is the
    agency of a beneficiary's account, whose subtree it sees of whatever component it belongs to.
    """

    id: UUID
    #: The natural person: separation of duties is between persons, and a client counts as its owner (DOMAIN 2).
    person_id: UUID
    organisation_id: UUID
    kind: Literal["account", "client"]
    organisation_kinds: frozenset[str]
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    see: tuple[UUID, ...] = ()
    manage: tuple[UUID, ...] = ()
    joined: tuple[UUID, ...] = ()
    roots: tuple[UUID, ...] = ()
    manage_roots: tuple[UUID, ...] = ()
    own: UUID | None = None
    #: All tops of the beneficiary's tree, where its organisation has several; `own` is the first of them.
    own_tops: tuple[UUID, ...] = ()
    display_name: str = ""
    language: str = "en"
    #: All components of the deployment are in `see`: lists need no predicate of their own then.
    sees_all: bool = False
    #: Components for which the caller reads the security log: what an auditor reads of organisations goes no further
    #: (ADR 26). `audits_all`: they are all that the deployment has.
    audits: tuple[UUID, ...] = ()
    audits_all: bool = False
    #: Components that are seen as an observer and as nothing else.
    observed: tuple[UUID, ...] = ()
    #: The `BEGIN` and `set_config` message of this caller, made once (see `db/session.py`).
    preamble: str = field(default="", compare=False, repr=False)
    #: The same caller with the fewer components for which one scope is held, where roles differ by component.
    views: Mapping[str, Caller] = field(default_factory=dict, compare=False, repr=False)
    #: The components that may be changed by one scope, where roles differ by component; kept by every view.
    reach: Mapping[str, frozenset[UUID]] = field(default_factory=dict, compare=False, repr=False)

    def may(self, scope: str) -> bool:
        """True when one of the caller's roles holds the scope."""
        return scope in self.scopes

    def may_in(self, scope: str, component_id: UUID) -> bool:
        """True when a scope is held for this component: an operation may need a second scope for what it is told."""
        if scope not in self.scopes:
            return False
        return scope not in self.reach or self.own is not None or component_id in self.reach[scope]

    def within(self, scope: str) -> Caller:
        """The caller as far as one scope reaches: a role held for one component gives nothing in another."""
        return self.views.get(scope, self)

    def require(self, scope: str) -> None:
        """Refuse with the missing scope named."""
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope {scope}.", scope=scope)

    @property
    def administers(self) -> bool:
        """The deployment's administrator: the only one who changes organisations and delegations."""
        return Scope.ORGANISATIONS_WRITE in self.scopes

    @property
    def only_observes(self) -> bool:
        """True for whoever is an observer and nothing else."""
        return self.roles <= {Role.OBSERVER.value}

    def may_know_who(self, component_id: UUID | None) -> bool:
        """Who acted is not for observers: accounts are serving staff (DOMAIN 2)."""
        return not self.only_observes and component_id not in self.observed

    @property
    def sees_people(self) -> bool:
        """Observers never see trainees, records, qualifications or pseudonyms (DOMAIN 2)."""
        return Scope.TRAINEES_READ in self.scopes


def scopes_of(roles: frozenset[str]) -> frozenset[str]:
    """All scopes that a set of roles gives."""
    return frozenset(scope.value for role in roles for scope in ROLE_SCOPES[Role(role)])


def beyond(wanted: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """What somebody would hand out without having it; empty means the grant is allowed (DOMAIN 2)."""
    return wanted - held


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds or is to be given: for one component, or for all of an organisation's delegations."""

    role: str
    component_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Giver:
    """What somebody who changes the rights of others has to give: roles held, scopes of the token, components."""

    scopes: frozenset[str]
    held: tuple[Held, ...]
    #: The components that a client was limited to; None: no limit of its own.
    within: frozenset[UUID] | None = None

    def has(self, scope: str, component_id: UUID | None) -> bool:
        """True when the scope is held for that component; without one, for whatever components there are."""
        if scope not in self.scopes:
            return False
        if self.within is not None and component_id not in self.within:
            return False
        return any(
            scope in ROLE_SCOPES[Role(each.role)] and each.component_id in {None, component_id} for each in self.held
        )

    def lacks(self, wanted: Iterable[Held]) -> frozenset[str]:
        """What giving (or taking) these roles would hand out beyond one's own; empty means it is allowed (DOMAIN 2).

        The deployment's administrator stands above the organisations and appoints their first people: nothing is
        beyond that role but what is done to oneself.
        """
        if Scope.ORGANISATIONS_WRITE in self.scopes:
            return frozenset()
        return frozenset(
            scope.value
            for each in wanted
            for scope in ROLE_SCOPES[Role(each.role)]
            if not self.has(scope, each.component_id)
        )
