"""The description of the HTTP API, attacked by Schemathesis: no answer is a 5xx, and none has a status or a body that it does not know."""

import time
from collections.abc import Callable

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.conftest import PASSWORD, Site

pytestmark = pytest.mark.long

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LEAST_OPERATIONS = 25  # fewer: the description is not the product's
ENDS_THE_SIGN_IN = r"/api/auth/(logout|password|revoke)"


@pytest.fixture(scope="session")
def attacked(sites: Callable[..., Site]) -> Site:
    """A server without limits on how much is asked of it."""
    return sites(FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE="10000")


@pytest.fixture(scope="session")
def token(attacked: Site) -> str:
    answer = httpx.post(f"{attacked.url}/api/auth/token", json={"username": "admin", "password": PASSWORD})
    return str(answer.json()["access_token"])


@pytest.fixture(scope="session")
def things(attacked: Site) -> dict[str, object]:
    """Parameters of paths that lead to something."""
    with attacked.client("admin") as client:
        files = {"file": ("leave.txt", b"Everybody has twenty-eight days of paid leave in a year.")}
        brought = client.post("/api/documents", files=files).raise_for_status().json()
        job_id = brought["job"]["job_id"]
        while client.get(f"/api/jobs/{job_id}").json()["state"] not in ("finished", "failed"):
            time.sleep(0.1)
        answer = client.post("/api/chat", json={"question": "How many days of paid leave has everybody?"}).json()
        library_id = client.get("/api/libraries").json()[0]["library_id"]
    assert answer["citations"], answer
    return {
        "document_id": brought["document"]["id"],
        "job_id": job_id,
        "library_id": library_id,
        "answer_run_id": answer["answer_run_id"],
        "thread_id": answer["thread_id"],
        "number": 1,
    }


def attack(operation: schemathesis.APIOperation, token: str, things: dict[str, object], examples: int) -> None:  # type: ignore[type-arg]
    """Sends requests that the description allows; ``things`` take the place of what was made up. Raises what is wrong with an answer."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:  # type: ignore[type-arg]
        case.path_parameters.update({name: things[name] for name in case.path_parameters if name in things})
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS, timeout=60)

    send()


@pytest.mark.timeout(1800)  # thousands of requests
def test_every_answer_is_described_and_none_is_our_fault(attacked: Site, token: str, things: dict[str, object]) -> None:
    schema = schemathesis.openapi.from_url(f"{attacked.url}/api/openapi.json").exclude(path_regex=ENDS_THE_SIGN_IN)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    found: dict[str, str] = {}
    for operation in sorted(operations, key=lambda one: one.method == "delete"):
        leads_somewhere = "{" in operation.path
        for given_things, examples in ((things, 4), ({}, 6)) if leads_somewhere else (({}, 8),):
            try:
                attack(operation, token, given_things, examples)
            except (FailureGroup, Failure) as error:
                found[operation.label] = "; ".join(map(str, getattr(error, "exceptions", [error])))
    assert len(operations) > LEAST_OPERATIONS
    assert not found, "\n\n".join(f"{label}: {error}" for label, error in found.items())
