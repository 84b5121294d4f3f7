"""The contract against the running service: schemathesis, all checks, on real PostgreSQL (HOUSE 7).

In the gate: `EXAMPLES` good and as many bad requests per operation, from a fixed seed, as the programme manager (or who
else may) and as the narrowest role that may call it at all. `make check-deep` asks as every role that may, more often,
and adds the systematic cases that schemathesis derives from each schema. Who may not is the access matrix's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import GenerationMode
from schemathesis.generation.meta import CoverageScenario

from app.domain.access import ROLE_SCOPES, Role
from app.security.keys import Keys
from app.settings import Settings
from tests.house.fuzzing import Service, started
from tests.house.test_access_matrix import ACCOUNT_OF, scopes_of
from tests.house.walking import documented
from tests.world import ACCOUNTS, World

#: Requests of each kind, per operation and account, in the gate and in the deep run.
EXAMPLES, DEEP = 4, 25
#: From the widest to the narrowest.
WIDEST = ("icmpd.manager", "root", "icmpd.training", "auditor")
NARROWEST = ("observer", "tn.focal.sfax", "icmpd.monitoring", *reversed(WIDEST))

DOCUMENT = documented()


def may(account: str, operation: dict[str, Any]) -> bool:
    """True when the account's roles hold the operation's scope."""
    held = {scope.value for role in ACCOUNTS[account][1] for scope in ROLE_SCOPES[Role(role)]}
    return scopes_of(operation) <= held


def accounts_for(operation: dict[str, Any]) -> list[str]:
    """The widest and the narrowest who may."""
    each = (next((a for a in order if may(a, operation)), None) for order in (WIDEST, NARROWEST))
    return list(dict.fromkeys(account for account in each if account is not None))


GATE = [
    pytest.param(method, path, account, id=f"{operation['operationId']}-{account}")
    for (method, path), operation in DOCUMENT.operations.items()
    for account in accounts_for(operation)
]
EVERYBODY = [
    pytest.param(method, path, account, id=f"{operation['operationId']}-{account}")
    for (method, path), operation in DOCUMENT.operations.items()
    for account in ACCOUNT_OF.values()
    if may(account, operation)
]


@pytest.fixture(scope="module")
def service(settings: Settings, world: World, keys: Keys) -> Iterator[Service]:
    with started(settings, world, keys) as made:
        yield made


@pytest.mark.parametrize(("method", "path", "account"), GATE)
def test_answers_keep_the_contract(service: Service, method: str, path: str, account: str) -> None:
    operation = service.operation(method, path)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        service.examine(operation, account, mode, EXAMPLES)


#: Of the systematic cases, those that nothing else in the gate tries: methods that are not there, what is left out.
STRANGE = frozenset({CoverageScenario.UNSPECIFIED_HTTP_METHOD, CoverageScenario.MISSING_PARAMETER})


@pytest.mark.parametrize(("method", "path"), list(DOCUMENT.operations))
def test_methods_that_are_not_there_and_what_is_left_out(service: Service, method: str, path: str) -> None:
    account = next(a for a in WIDEST if may(a, DOCUMENT.operations[method, path]))
    service.systematic(service.operation(method, path), account, STRANGE)


@pytest.mark.deep
@pytest.mark.parametrize(("method", "path", "account"), EVERYBODY)
def test_everybody_is_answered_by_the_contract(service: Service, method: str, path: str, account: str) -> None:
    operation = service.operation(method, path)
    service.systematic(operation, account)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        service.examine(operation, account, mode, DEEP)
