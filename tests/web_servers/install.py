"""Gets nginx and Caddy for the tests where there are none: `python -m tests.web_servers.install`.

Debian's own by apt, where we are root and apt is there. Where they cannot be had it says so and ends well: the tests of
their configs are then skipped, each saying why.
"""

from __future__ import annotations

import os
import shutil
import subprocess

#: Program -> Debian's packages.
PACKAGES = {"nginx": ["nginx-light", "libnginx-mod-http-brotli-static"], "caddy": ["caddy"]}
_APT = ["apt-get", "install", "--yes", "--no-install-recommends"]


def missing() -> list[str]:
    """The programs that are not here."""
    return [name for name in PACKAGES if not shutil.which(name)]


def install() -> list[str]:
    """The programs that are missing still."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not missing() or not is_root or not shutil.which("apt-get"):
        return missing()
    # one by one: what a release does not have keeps nobody from the rest
    for command in (["apt-get", "update"], *([*_APT, *PACKAGES[name]] for name in missing())):
        print("no", ", no ".join(missing()), "here:", " ".join(command), flush=True)
        # a package may start its service, which is none of ours
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        try:
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=900, env=environ)
        except subprocess.TimeoutExpired:
            break
    return missing()


if __name__ == "__main__" and (lacking := install()):
    print(f"\n*** There is no {', no '.join(lacking)}, and none could be installed: ***")
    print("*** the tests of that server's config in tests/web_servers will be SKIPPED. ***\n")
