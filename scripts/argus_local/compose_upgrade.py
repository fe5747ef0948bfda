"""A next version of the product to upgrade to: this checkout, with one more migration."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from argus_local.checks import committed
from argus_local.docker import DockerError, Project, docker
from argus_local.programs import ROOT

MIGRATIONS: Final = Path("services/common/records/argus_records/migrations")
NAME: Final = "upgrade_probe"
# Those that carry our code are built anew; the others get another name.
BUILT: Final = ("web", "worker", "trainer")
RENAMED: Final = ("mlflow", "flower", "redis-exporter")
MIGRATION: Final = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "{before}")]
    operations = [migrations.RunSQL("CREATE TABLE {name} (id bigint PRIMARY KEY)", "DROP TABLE {name}")]
"""


def next_version(project: Project, folder: Path) -> str:
    """Build the images of a next version in ``folder``; returns its name."""
    old = project.settings["ARGUS_VERSION"]
    new = f"{old}-next"
    source = folder / "next"
    for path in committed():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    before = max(path.stem for path in (ROOT / MIGRATIONS).glob("[0-9]*.py"))
    number = int(re.match(r"\d+", before)[0]) + 1  # type: ignore[index]
    migration = source / MIGRATIONS / f"{number:04}_{NAME}.py"
    migration.write_text(MIGRATION.format(before=before, name=NAME))
    docker(
        "compose", "--project-directory", source, "--env-file", os.devnull, "--progress", "quiet", "build", *BUILT,
        env=project.settings | {"ARGUS_VERSION": new},
    )  # fmt: skip
    for name in RENAMED:
        docker("tag", f"argus/{name}:{old}", f"argus/{name}:{new}")
    return new


def upgrade(project: Project) -> None:
    """What an operator types. Raises DockerError when it fails."""
    words = [str(ROOT / "scripts" / "upgrade"), "--project-name", project.name, "--env-file", os.devnull]
    done = subprocess.run(words, env=os.environ | project.settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DockerError(f"scripts/upgrade ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")


def remove_images(*versions: str) -> None:
    """Forget the images of these versions, as far as there are any."""
    for version in versions:
        listed = docker(
            "image", "ls", "--filter", f"reference=argus/*:{version}", "--format", "{{.Repository}}:{{.Tag}}"
        )
        if names := listed.split():
            docker("image", "rm", *names)
