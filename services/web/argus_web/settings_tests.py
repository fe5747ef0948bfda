"""Settings of the test suite: addresses on loopback, chosen before the servers start.

Django reads its settings before any fixture runs. So free ports are picked here, and the first test that needs a server
starts it there (conftest.py at the root of the repository).
"""

import atexit
import os
import shutil
import socket
import tempfile


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


for _name in [name for name in os.environ if name.startswith("ARGUS_") and name != "ARGUS_VENV"]:
    del os.environ[_name]
os.environ.pop("MLFLOW_TRACKING_URI", None)
# Nothing is collected for tests, but WhiteNoise warns of a folder that is not there.
_static = tempfile.mkdtemp(prefix="argus-static-")
atexit.register(shutil.rmtree, _static, ignore_errors=True)
os.environ.update(
    {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{_free_port()}/argus",
        "REDIS_URL": f"redis://127.0.0.1:{_free_port()}/0",
        "ARGUS_SECRET_KEY": "tests-only-" + "0" * 50,
        "ARGUS_ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "ARGUS_STATIC_ROOT": _static,
    }
)

from argus_web.settings import *  # noqa: E402, F403

# A pool's threads would outlive the test database.
DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
