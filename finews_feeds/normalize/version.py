"""Numbers that change whenever the same input would mean something else, so that what was decided is decided anew.

They stand apart so that a cycle with nothing to do need not load what they number.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

#: The same source entry would give another sighting (`sighting`, `dates`, `content`).
READING = "3"
#: The same URL would have another canonical URL by the same rules (`urls` and what it calls).
CANONICAL = "1"
#: The same sightings would give another entry (`identity`, `merge`, `hand`, `terms`).
MERGING = "1"


def shipped_rules() -> str:
    """Stands for the rules for canonical URLs that come with the program, without reading them as rules."""
    digest = sha256()
    for path in sorted(Path(__file__).with_name("rules").glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
