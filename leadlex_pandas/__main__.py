"""`python -m leadlex_pandas`: the command line."""

import sys

from .cli import main

sys.exit(main())
