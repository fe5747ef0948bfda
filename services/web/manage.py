#!/usr/bin/env python
"""Django's command line for the web service and the ledger."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "argus_web.settings")
    if not {"ARGUS_SECRET_KEY", "ARGUS_SECRET_KEY_FILE", "ARGUS_DEBUG"} & os.environ.keys():
        # By hand on a developer's machine; gunicorn goes another way and insists on a secret.
        os.environ["ARGUS_DEBUG"] = "1"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
