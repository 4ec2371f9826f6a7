"""Numbers that change whenever the same input would mean something else, so that what was decided is decided anew.

They stand apart so that a cycle with nothing to do need not load what they number.
"""

#: The same source entry would give another sighting (`sighting`, `urls`, `dates`, `content`).
READING = "1"
#: The same sightings would give another entry (`identity`, `merge`, `hand`, `terms`).
MERGING = "1"
