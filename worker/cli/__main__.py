"""`python -m worker.cli`: the command, as the service starts its own processes."""

from worker.cli import main

main()
