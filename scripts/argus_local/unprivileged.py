"""PostgreSQL refuses to run as root. For root it runs as another user, who must reach its data and its programs."""

import hashlib
import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

from argus_local.processes import StartError

USER: Final = "nobody"
CHECKOUT: Final = Path(__file__).resolve().parents[2]
# Everybody can reach it, and unlike /tmp it outlives a restart of the machine.
REACHABLE: Final = Path("/var/tmp")


def account() -> pwd.struct_passwd | None:
    """The user to run as; None: as we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        raise StartError(f"PostgreSQL cannot run as root, and there is no user {USER}: start as another user") from None


def closed(path: Path) -> list[Path]:
    """Folders above ``path`` that others may not pass through."""
    return [folder for folder in path.parents if not folder.stat().st_mode & stat.S_IXOTH]


def ours(folder: Path) -> bool:
    """Whether the folder is one that a start made, or lies in the checkout. Nobody else's is ever opened."""
    mine = folder.stat().st_uid == os.geteuid()
    return mine and any(home in folder.parents for home in (CHECKOUT, Path(tempfile.gettempdir()).resolve()))


def data_folder(wanted: Path) -> Path:
    """``wanted``, opened for passing through, or one that the user can reach instead of it."""
    shut = closed(wanted)
    if all(ours(folder) for folder in shut):
        for folder in shut:
            # Passing through is not reading: the names inside stay hidden.
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
        return wanted
    other = _home() / f"data-{hashlib.sha256(str(wanted).encode()).hexdigest()[:12]}"
    _tell(f"PostgreSQL cannot run as root, and {USER} cannot pass through {shut[-1]}: its data is kept in {other}.")
    return other


def hand_over(folder: Path, user: pwd.struct_passwd) -> None:
    """Make the folder and all in it the user's own."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    folder.chmod(0o700)


def programs(package: Path) -> Path:
    """The package of PostgreSQL's programs, or a copy of it that the user can reach."""
    readable = stat.S_IROTH | stat.S_IXOTH
    postgres = package / "pginstall" / "bin" / "postgres"
    if not closed(postgres) and postgres.stat().st_mode & readable == readable:
        return package
    stamp = hashlib.sha256(f"{package} {package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = _home() / f"programs-{stamp}"
    if not copy.exists():
        _tell(f"PostgreSQL's programs are copied to {copy}, where {USER} can reach them.")
        # Under another name first: a copy that was broken off is never taken for a whole one.
        half = Path(tempfile.mkdtemp(prefix="half-", dir=copy.parent))
        # The programs look for their libraries in the folder beside the package.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, half / folder.name, symlinks=True)
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        half.rename(copy)
    return copy / package.name


def _home() -> Path:
    home = REACHABLE / f"argus-{os.geteuid()}"
    home.mkdir(mode=0o711, exist_ok=True)
    found = home.lstat()
    # Anybody may make folders there: one that somebody else prepared is not to be trusted with programs.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StartError(f"{home} belongs to somebody else; remove it, or move Argus where {USER} can reach it")
    home.chmod(0o711)
    return home


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
