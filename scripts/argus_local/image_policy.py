"""What each of our images must be and must not carry, and whether one keeps to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

UID: Final = 10001
LABELS: Final = ("title", "description", "version", "revision")
_LEARNING: Final = frozenset(
    {"scikit-learn", "scipy", "skops", "pandas", "pyarrow", "matplotlib", "mlflow", "mlflow-skinny"}
)
_KERNELS: Final = frozenset({"numpy", "numba", "llvmlite"})
_OURS: Final = frozenset({"argus-engine", "argus-records", "argus-web", "argus-worker", "argus-trainer"})
_LIBRARIES: Final = frozenset({"argus-engine", "argus-records"})
_SERVERS: Final = frozenset({"gunicorn", "django-ninja", "whitenoise", "flower"})
# What tests, checks and builds use has no place in any.
_TOOLS: Final = frozenset({"pip", "setuptools", "wheel", "pytest", "hypothesis", "playwright", "mypy", "ruff", "uv"})


@dataclass(frozen=True, slots=True)
class Image:
    """An image by the name of its service: packages that it must have, and that it must not."""

    name: str
    must: frozenset[str]
    mustnt: frozenset[str]

    @classmethod
    def of(cls, name: str, *must: str, mustnt: frozenset[str]) -> "Image":
        """As it is written below."""
        return cls(name, frozenset(must), mustnt - set(must))


IMAGES: Final = (
    Image.of("web", "argus-web", *_LIBRARIES, "gunicorn", mustnt=_OURS | _LEARNING | _KERNELS | {"flower"}),
    Image.of("worker", "argus-worker", *_LIBRARIES, "celery", *_KERNELS, mustnt=_OURS | _LEARNING | _SERVERS),
    # MLflow's client brings gunicorn along.
    Image.of(
        "trainer", "argus-trainer", *_LIBRARIES, "mlflow", "scikit-learn", "gunicorn",
        mustnt=_OURS | _SERVERS | {"celery"},
    ),
    Image.of("mlflow", "mlflow", "psycopg", mustnt=_OURS | {"django", "celery", "flower"}),
    Image.of("flower", "flower", "celery", "redis", mustnt=_OURS | _LEARNING | _KERNELS | {"django", "psycopg"}),
    Image.of("redis-exporter", mustnt=_OURS | _LEARNING | _KERNELS),
)  # fmt: skip


def findings(image: Image, config: Mapping[str, Any], probe: Mapping[str, Any], *, version: str) -> Iterator[str]:
    """What is wrong with an image: ``config`` as the engine has it, ``probe`` as image_probe found it inside."""
    if config.get("User") != f"{UID}:{UID}" or (probe["uid"], probe["gid"]) != (UID, UID):
        yield f"runs as {config.get('User') or 'root'}, not as {UID}:{UID}"
    if not config.get("Healthcheck"):
        yield "has no HEALTHCHECK"
    labels = config.get("Labels") or {}
    for label in LABELS:
        if f"org.opencontainers.image.{label}" not in labels:
            yield f"lacks the label org.opencontainers.image.{label}"
    if labels.get("org.opencontainers.image.version") != version:
        yield f"says it is version {labels.get('org.opencontainers.image.version')}, not {version}"
    packages = set(probe["packages"])
    for package in sorted(image.must - packages):
        yield f"lacks {package}"
    for package in sorted((image.mustnt | _TOOLS) & packages):
        yield f"carries {package}"
    for what in ("compilers", "leftovers", "tests", "writable"):
        for found in probe[what][:5]:
            yield f"{what}: {found}"
    if image.must and probe["python"] != "/opt/venv/bin/python":
        yield f"runs {probe['python']}, not the virtualenv's Python"
    if probe["root_writable"]:
        yield "its root can be written to"
    if probe["kernels_compiled"]:
        yield f"compiled {probe['kernels_compiled']} kernels at start instead of bringing them"
