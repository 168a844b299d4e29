"""The examination of an installation: its faults, and advice on each.

A check is a function from an `Installation` to a `Finding`. `machine` checks this machine, `files`
the files that settings name, `broker` the server, `work` the processes and queues on it, and
`servers` all other servers. `examine` runs all checks. No check changes anything.
"""

from worker.doctor.examination import CHECKS, examine
from worker.doctor.finding import Finding, Installation, Verdict, worst

__all__ = ["CHECKS", "Finding", "Installation", "Verdict", "examine", "worst"]
