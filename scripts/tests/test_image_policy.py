"""What an image may carry: one that keeps to it, and each way not to."""

from typing import Any

import pytest
import yaml
from argus_local.image_policy import IMAGES, findings
from argus_local.programs import ROOT

WEB = next(image for image in IMAGES if image.name == "web")
VERSION = "1.2.3"
STRANGERS = ("scikit-learn", "pandas", "mlflow", "numba", "pytest", "pip")


def config(**changes: Any) -> dict[str, Any]:
    labels = {f"org.opencontainers.image.{name}": "x" for name in ("title", "description", "revision")}
    return {
        "User": "10001:10001",
        "Healthcheck": {"Test": ["CMD", "true"]},
        "Labels": labels | {"org.opencontainers.image.version": VERSION},
    } | changes


def probe(**changes: Any) -> dict[str, Any]:
    return {
        "uid": 10001, "gid": 10001, "python": "/opt/venv/bin/python", "packages": sorted(WEB.must), "compilers": [],
        "leftovers": [], "tests": [], "writable": [], "root_writable": False, "kernels_compiled": None,
    } | changes  # fmt: skip


def test_one_that_keeps_to_it() -> None:
    assert list(findings(WEB, config(), probe(), version=VERSION)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"User": ""}, "runs as root"),
        ({"User": "app"}, "runs as app"),
        ({"Healthcheck": None}, "HEALTHCHECK"),
        ({"Labels": None}, "image.title"),
        ({"Labels": {"org.opencontainers.image.version": "0"}}, "version 0, not 1.2.3"),
    ],
)
def test_what_its_configuration_must_say(changes: dict[str, Any], says: str) -> None:
    assert any(says in fault for fault in findings(WEB, config(**changes), probe(), version=VERSION))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"uid": 0}, "not as 10001"),
        ({"python": "/usr/bin/python"}, "runs /usr/bin/python"),
        ({"packages": []}, "lacks argus-web"),
        *[({"packages": [*WEB.must, name]}, f"carries {name}") for name in STRANGERS],
        ({"compilers": ["gcc"]}, "compilers: gcc"),
        ({"leftovers": ["/root/.cache"]}, "leftovers: /root/.cache"),
        ({"tests": ["/opt/venv/tests"]}, "tests: /opt/venv/tests"),
        ({"writable": ["/opt/venv/x.py"]}, "writable: /opt/venv/x.py"),
        ({"root_writable": True}, "root can be written"),
        ({"kernels_compiled": 3}, "compiled 3 kernels"),
    ],
)  # fmt: skip
def test_what_it_must_not_carry(changes: dict[str, Any], says: str) -> None:
    assert any(says in fault for fault in findings(WEB, config(), probe(**changes), version=VERSION))


def test_every_service_with_an_image_of_ours_has_a_policy() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    names = {
        service["image"].split("/")[1].split(":")[0] for service in services if service["image"].startswith("argus/")
    }
    assert names == {image.name for image in IMAGES}
