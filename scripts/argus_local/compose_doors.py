"""Who gets through which door of the composed product, tried with accounts of every role."""

import secrets
from collections.abc import Iterator
from typing import Final

from argus_local.docker import Project
from argus_local.people import Person

# What is seen behind each door, and part of what it then says.
BEHIND: Final = {
    "/mlflow/": "<title>MLflow</title>",
    "/mlflow/ajax-api/2.0/mlflow/registered-models/search?max_results=10": "argus-isolation-forest",
    "/flower/workers": "celery@",
    "/flower/broker": "maintenance",
    "/prometheus/api/v1/query?query=up": '"job":"worker"',
    "/alertmanager/": "<title>Alertmanager</title>",
    "/alertmanager/api/v2/status": '"cluster"',
}
ROLES: Final = {
    "officer": frozenset[str](),
    "auditor": frozenset[str](),
    "data_scientist": frozenset({"mlflow"}),
    "ops": frozenset({"flower", "prometheus", "alertmanager"}),
    "administrator": frozenset({"mlflow", "flower", "prometheus", "alertmanager"}),
}
# Somebody else's page that a browser has open beside ours.
ELSEWHERE: Final = {"Origin": "http://elsewhere.example"}


class Doors:
    """Accounts of every role in a running project."""

    def __init__(self, project: Project, url: str) -> None:
        self._project, self._url = project, url

    def faults(self) -> Iterator[str]:
        """What is open that must be shut, and the other way round."""
        yield from self._stranger()
        for role, doors in ROLES.items():
            password = secrets.token_urlsafe(16)
            self._project.manage(
                "officer_create", "--username", role, "--role", role, "--password-stdin", stdin=f"{password}\n"
            )
            person = Person(self._url).sign_in(role, password)
            for path, says in BEHIND.items():
                answer = person.get(path)
                if path.split("/")[1] in doors:
                    if answer.status_code != 200 or says not in answer.text:
                        yield f"{role} at {path}: {answer.status_code}, and not {says!r}"
                    if "set-cookie" in answer.headers:
                        yield f"{path} sets a cookie beside web's"
                elif answer.status_code != 403 or says in answer.text or "not with this account" not in answer.text:
                    yield f"{role} at {path}: {answer.status_code}, not the page that refuses"
            if "mlflow" in doors:
                yield from self._elsewhere(person)
            person.close()

    def _stranger(self) -> Iterator[str]:
        stranger = Person(self._url)
        for path in BEHIND:
            answer = stranger.get(path)
            if answer.status_code != 302 or not answer.headers["Location"].startswith("/login/?next=/"):
                yield f"a stranger at {path}: {answer.status_code}, not led to the sign-in page"
            # A program that comes without a session.
            if (status := stranger.get(path, Accept="*/*").status_code) != 401:
                yield f"a stranger's program at {path}: {status}, not 401"
        # What the proxy asks with is the proxy's; what would run commands is nobody's.
        for path in ("/_door", "/mlflow/ajax-api/3.0/mlflow/assistant/config"):
            if (status := stranger.get(path).status_code) != 404:
                yield f"{path} is answered with {status} from outside"
        stranger.close()

    @staticmethod
    def _elsewhere(person: Person) -> Iterator[str]:
        path = "/mlflow/ajax-api/2.0/mlflow/experiments/create"
        if (status := person.post(path, **ELSEWHERE).status_code) != 400:
            yield f"a page elsewhere may change MLflow through a browser: {status}"
        own = person.url("/").rstrip("/")
        if (answer := person.post(path, Origin=own)).status_code != 400 or "INVALID_PARAMETER_VALUE" not in answer.text:
            yield f"MLflow's own page may not change it: {answer.status_code}"
