"""The `copytaster` command.

This file imports no large module, so that Ctrl-C ends the command quietly from the very start.
"""

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command; expected failures end with a line on stderr, never with a traceback."""
    gc.disable()  # objects of imports stay alive; collecting them takes a tenth of the start
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
