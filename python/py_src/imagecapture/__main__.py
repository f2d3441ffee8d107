"""``python -m imagecapture`` is the command ``imagecapture``."""

import sys

from .cli import main

sys.exit(main())
