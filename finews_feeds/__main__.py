"""`python -m finews_feeds`: the command line."""

import sys

from finews_feeds.cli import main

sys.exit(main())
