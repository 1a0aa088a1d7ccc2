"""python -m tests.golden [--write] [NAME...]: what differs from the pinned figures, or, with --write, pin those of now."""

from __future__ import annotations

import argparse
import sys

from .pinned import check, write
from .runs import method_names


def main() -> int:
    """0 where all is as pinned, 1 where a figure differs."""
    known = method_names()
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"methods; all by default: {', '.join(known)}")
    parser.add_argument("--write", action="store_true", help="pin the figures of now, with this machine and these versions")
    given = parser.parse_args()
    if strange := sorted(set(given.names) - set(known)):
        parser.error(f"unknown method {', '.join(strange)}")
    names = given.names or known
    lines = write(names) if given.write else check(names)
    print("\n".join(lines) or "as pinned")
    return int(bool(lines) and not given.write)


if __name__ == "__main__":
    sys.exit(main())
