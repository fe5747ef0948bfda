#!/usr/bin/env python
"""Django's command line for the web service and the ledger, in a checkout."""

import os

from argus_web.__main__ import main

if __name__ == "__main__":
    if not {"ARGUS_SECRET_KEY", "ARGUS_SECRET_KEY_FILE", "ARGUS_DEBUG"} & os.environ.keys():
        # By hand on a developer's machine; gunicorn and python -m argus_web insist on a secret.
        os.environ["ARGUS_DEBUG"] = "1"
    main()
