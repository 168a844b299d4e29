"""The `copytaster` command.

This file imports nothing heavy, so that Ctrl-C ends the command quietly from its first moment on.
"""

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command; every failure that a user can cause ends in one line, never a traceback."""
    gc.disable()  # what imports make stays; looking through it takes a tenth of the start
    try:
        from worker.cli.root import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "tasks", "worker"):
            raise
        # `pip install copytaster` brings the Python package's dependencies alone.
        sys.exit(
            f"copytaster: {package} is not installed; the command needs the service's packages: "
            "pip install 'copytaster[service]'"
        )
