"""The files here are run as commands (`make same`), not by pytest."""

collect_ignore_glob = ["*.py"]
