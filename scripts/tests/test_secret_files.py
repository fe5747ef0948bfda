"""Every program starts with its secrets in files alone, as orchestrators mount them."""

from pathlib import Path

import pytest
from argus_local.stack import Stack

pytestmark = pytest.mark.stack

SECRETS = ("DATABASE_URL", "REDIS_URL", "ARGUS_SECRET_KEY")
PROGRAMS = ("web", "worker", "trainer", "flower")


class FromFiles(Stack):
    """Tells its programs where the secrets are, never what they are."""

    @property
    def env(self) -> dict[str, str]:
        env = super().env
        for name in SECRETS:
            file = self.data / "secrets" / name
            file.parent.mkdir(exist_ok=True)
            # Editors and `kubectl create secret --from-file` leave a newline at the end.
            file.write_text(env.pop(name) + "\n")
            env[f"{name}_FILE"] = str(file)
        return env

    def manage(self, *words: str, **extra_env: str) -> str:
        if "DATABASE_URL" in extra_env:
            owner = self.data / "owner"
            owner.write_text(extra_env.pop("DATABASE_URL"))
            extra_env["DATABASE_URL_FILE"] = str(owner)
        return super().manage(*words, **extra_env)


def test_every_program_reads_its_secrets_from_files(tmp_path: Path) -> None:
    with FromFiles(tmp_path / "data") as stack:
        stack.start(*PROGRAMS)
        assert stack.dead() == []
        for name in PROGRAMS:
            for pid in stack.pids(name):
                settings = Path(f"/proc/{pid}/environ").read_text(errors="replace").split("\0")
                named = {setting.partition("=")[0] for setting in settings}
                assert not named & set(SECRETS), name
