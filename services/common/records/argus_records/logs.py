"""Structured logs: one line per event, with the ids it speaks of, never with personal data."""

import logging
import sys

import structlog

QUIET = {
    "django.request": logging.ERROR,
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
}


def configure(*, level: str, fmt: str) -> None:
    """Send structlog and the standard library's loggers through one formatter to standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if fmt == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # A line for every refused request or every hint says nothing that the metrics don't.
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), least))
