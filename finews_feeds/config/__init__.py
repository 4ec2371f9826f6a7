"""The config file: read once, checked whole, frozen.

`load` gives `Settings` or raises one ConfigError that holds every fault of the file, each with file, key, cause and
mend; faults that only a room can see come from the judge that is handed in. `values` knows how a single value is
spelled ("30m", "1 MiB"); `schema` knows which keys there are; `edit` changes the file for the operator.
"""

from finews_feeds.config.load import DEFAULT_FILE, Judge, config_file, fill_in, load
from finews_feeds.config.schema import KEYS

__all__ = ["DEFAULT_FILE", "KEYS", "Judge", "config_file", "fill_in", "load"]
