"""``python -m argus_trainer``."""

import sys

from argus_trainer.cli import main

sys.exit(main())
