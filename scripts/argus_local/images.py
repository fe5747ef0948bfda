"""Builds all images, checks what each carries, prints how large it is."""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from argus_local.docker import DockerError, docker, inspect
from argus_local.image_policy import IMAGES, Image, findings
from argus_local.processes import StartError
from argus_local.programs import ROOT
from argus_local.say import say

VERSION: Final = os.environ.get("ARGUS_VERSION", "0.1.0")
BASE: Final = os.environ.get("PYTHON_IMAGE", "python:3.13-slim-trixie")
DOCS: Final = ROOT / "docs" / "containers.md"
PROBE: Final = Path(__file__).with_name("image_probe.py")
MARKS: Final = ("<!-- sizes -->\n", "<!-- end of sizes -->")
# Nothing that a deployment gives is needed for looking, and all that it takes away is taken away.
CONFINED: Final = (
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none",
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(prog="scripts/images", description=__doc__)
    made.add_argument("--no-build", action="store_true", help="look at the images that are there")
    made.add_argument("--docs", action="store_true", help=f"write the sizes to {DOCS.relative_to(ROOT)}")
    return made


def main() -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args()
    try:
        if not options.no_build:
            build()
        faults = [f"{image.name}: {fault}" for image in IMAGES for fault in check(image)]
        table = sizes()
    except StartError as error:
        say(str(error))
        return 1
    print(table)
    for fault in faults:
        say(f"FAILED: {fault}")
    if faults:
        return 1
    say(f"{len(IMAGES)} images keep to what they may carry")
    if options.docs:
        write(table)
    return 0


def build() -> None:
    """Build from this checkout; what each image was built from stands in its labels."""
    say("Building")
    revision = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    env = {"ARGUS_VERSION": VERSION, "ARGUS_REVISION": os.environ.get("ARGUS_REVISION", revision)}
    docker("compose", "--env-file", os.devnull, "--progress", "plain", "build", env=env)


def tag(image: Image) -> str:
    """The image's full name."""
    return f"argus/{image.name}:{VERSION}"


def check(image: Image) -> list[str]:
    """What is wrong with an image."""
    say(f"Looking into {tag(image)}")
    config = inspect("image", tag(image))[0]["Config"]
    probe = look(image) | look(image, "--user", "0:0")
    return list(findings(image, config, probe, version=VERSION))


def look(image: Image, *options: str) -> dict[str, Any]:
    """What the probe finds in a container that may do nothing but run."""
    words = ["run", "--rm", "-i", "--entrypoint", "python", *CONFINED, *options, tag(image), "-"]
    found: dict[str, Any] = json.loads(docker(*words, stdin=PROBE.read_text()).splitlines()[-1])
    return found


def sizes() -> str:
    """A table: each image's size, and how much of that it adds to the base that all share."""
    base = megabytes(BASE)
    lines = [
        f"| image | size | of that beside the base ({BASE}, {base:.0f} MB) |",
        "|---|---:|---:|",
    ]
    for image in IMAGES:
        size = megabytes(tag(image))
        lines.append(f"| `argus/{image.name}` | {size:.0f} MB | {size - base:.0f} MB |")
    return "\n".join(lines)


def megabytes(name: str) -> float:
    """An image's size as the engine gives it, uncompressed."""
    try:
        size: int = inspect("image", name)[0]["Size"]
    except DockerError:
        # A base that only building has seen.
        docker("pull", "--quiet", name)
        size = inspect("image", name)[0]["Size"]
    return size / 1e6


def write(table: str) -> None:
    """Put the table into the docs."""
    first, last = MARKS
    old = DOCS.read_text()
    new = re.sub(f"{first}.*?{last}", lambda _: f"{first}\n{table}\n\n{last}", old, flags=re.DOTALL)
    if first not in old:
        raise DockerError(f"{DOCS} has no place for the sizes: a line {first.strip()}")
    DOCS.write_text(new)
    say(f"Sizes written to {DOCS.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
