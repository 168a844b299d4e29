"""`python -m worker.cli`: the command, for processes that we start ourselves."""

from worker.cli import main

main()
