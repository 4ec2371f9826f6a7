"""The config file: read once, checked whole, frozen.

`load` gives `Settings` or raises one ConfigError that holds every fault of the file, each with file, key, cause and
mend. `values` knows how a single value is spelled ("30m", "1 MiB"); `schema` knows which keys there are.
"""

from finews_feeds.config.load import DEFAULT_FILE, config_file, load
from finews_feeds.config.schema import KEYS

__all__ = ["DEFAULT_FILE", "KEYS", "config_file", "load"]
