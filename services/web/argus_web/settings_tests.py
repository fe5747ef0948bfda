"""Settings of the test suite: addresses on loopback, chosen before the servers start.

Django reads its settings before any fixture runs. So free ports are picked here, and the first test that needs a server
starts it there (conftest.py at the root of the repository).
"""

import atexit
import os
import shutil
import socket
import tempfile
from pathlib import Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


for _name in [name for name in os.environ if name.startswith("ARGUS_") and name != "ARGUS_VENV"]:
    del os.environ[_name]
os.environ.pop("MLFLOW_TRACKING_URI", None)
os.environ.update(
    {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{_free_port()}/argus",
        "REDIS_URL": f"redis://127.0.0.1:{_free_port()}/0",
        "ARGUS_SECRET_KEY": "tests-only-" + "0" * 50,
        "ARGUS_ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    }
)

from argus_web.settings import *  # noqa: E402, F403

# Nothing has been collected in a checkout, and WhiteNoise warns of a folder that is not there. Set here, since the live
# server of the browser tests outlives any one test's settings.
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="argus-static-"))
atexit.register(shutil.rmtree, STATIC_ROOT, ignore_errors=True)
# A pool's threads would outlive the test database.
DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
