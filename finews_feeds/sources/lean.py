"""httpx without its command line program, which it loads wherever click, pygments and rich are installed.

They are installed here, for other things, and would be loaded with it: a third of the time of its import and 5 MiB,
in each `build` that asks a source. A module that is None in `sys.modules` is one that cannot be found (Python Language
Reference §5.3.1), and httpx does without it, as it does where its extra `cli` was not asked for.
"""

from __future__ import annotations

import sys

_PROGRAM = "httpx._main"

if "httpx" in sys.modules:
    import httpx
else:
    sys.modules[_PROGRAM] = None  # type: ignore[assignment]
    try:
        import httpx
    finally:
        del sys.modules[_PROGRAM]

__all__ = ["httpx"]
