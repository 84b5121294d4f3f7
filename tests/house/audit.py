"""Known holes in what we install: `python -m tests.house.audit` (part of `make check`).

pip-audit runs with `--strict`, because without it it passes when it could audit nothing (TRAPS). Where the service of
advisories itself cannot be asked (no internet, a mirror without it), that is said in so many words and is no failure:
nothing was found out. `AUDIT=required` makes it one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

#: A release that the service of advisories surely knows.
PROBE = "pip==24.0"
UNKNOWN = ("could not be audited", "ConnectionError", "ServiceError")
REQUIREMENTS = "requirements.txt"

#: Advisories that are known and accepted, and why.
ACCEPTED = {
    "CVE-2024-23342": "ecdsa comes with python-jose and never signs here (SECURITY.md)",
    "GHSA-wj6h-64fc-37mp": "the same, by its other name",
}


def reachable() -> bool:
    """True when the service of advisories answers about a release that everybody knows."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as probe:
        probe.write(PROBE + "\n")
        probe.flush()
        program = Path(sys.executable).with_name("pip-audit")
        options = ["--strict", "--no-deps", "--disable-pip", f"--requirement={probe.name}"]
        run = subprocess.run([str(program), *options], check=False, capture_output=True, text=True)  # noqa: S603 - our own tool
    return not any(word in run.stderr for word in UNKNOWN)


def main() -> int:
    """pip-audit's exit code; without the service 0, or 1 when an audit is required."""
    if not reachable():
        required = os.environ.get("AUDIT") == "required"
        sys.stderr.write(
            f"NOT AUDITED: the service of advisories does not answer; nothing is known about holes in {REQUIREMENTS}\n"
        )
        return int(required)
    program = Path(sys.executable).with_name("pip-audit")
    ignored = [f"--ignore-vuln={name}" for name in ACCEPTED]
    options = ["--strict", "--require-hashes", "--disable-pip", *ignored, f"--requirement={REQUIREMENTS}"]
    return subprocess.run([str(program), *options], check=False).returncode  # noqa: S603 - our own tool


if __name__ == "__main__":
    sys.exit(main())
