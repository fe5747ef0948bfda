"""Checks of the tree itself that no other tool makes. Run by scripts/check.

Every finding is a line on standard output; the exit status says whether there was one.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE_LIMIT = 400
# What the images install, all of it from the one resolution.
PINNED = (
    "requirements-build.txt",
    *(f"services/{service}/requirements.txt" for service in ("web", "worker", "trainer")),
    *(f"infra/{server}/requirements.txt" for server in ("mlflow", "flower")),
)

# An address to download from has no place in what is committed: packages come by name.
ADDRESSES = re.compile(r'"resolved": *"http|--(extra-)?index-u' r"rl|--find-lin" r"ks|https?://(cdn|registry|files)\.")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def committed() -> list[Path]:
    """Files that git knows, or would with the next commit."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def pins(path: Path) -> set[str]:
    """``name==version ; marker`` of a requirements file."""
    return {line.split("\\")[0].strip() for line in path.read_text().splitlines() if re.match(r"[A-Za-z0-9]", line)}


def findings() -> Iterator[str]:
    """What is wrong, one sentence each."""
    for path in committed():
        name = path.relative_to(ROOT)
        if path.suffix == ".py" and "migrations" not in path.parts:
            lines = len(path.read_text().splitlines())
            if lines > MODULE_LIMIT:
                yield f"{name}: {lines} lines; split it by concern (limit {MODULE_LIMIT})"
        if path.suffix not in {
            ".py",
            ".toml",
            ".txt",
            ".in",
            ".json",
            ".js",
            ".css",
            ".html",
            ".md",
            ".yaml",
            ".yml",
            ".sh",
            "",
        }:
            continue
        if "vendor" in name.parts or name == Path(__file__).relative_to(ROOT):
            continue
        text = path.read_text(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if ADDRESSES.search(line):
                yield f"{name}:{number}: names a download address"
            if UNFINISHED.search(line):
                yield f"{name}:{number}: unfinished"
    tested = pins(ROOT / "requirements-dev.txt")
    versions = {pin.split(";")[0].strip() for pin in tested}
    for own in (ROOT / name for name in PINNED):
        for pin in sorted(pins(own)):
            if pin.split(";")[0].strip() not in versions:
                yield f"{own.relative_to(ROOT)}: {pin} is not what the tests run with; run scripts/lock"


def main() -> int:
    """Print findings; 1 if there are any."""
    found = list(findings())
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
