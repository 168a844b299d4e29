"""The examination of an installation: what is wrong with it, and what to do.

A check is a function from an `Installation` to a `Finding`. `machine` looks at this machine,
`files` at the files that settings name, `broker` at the server, `work` at what waits on it, and
`servers` at all other servers. `examine` runs all checks. None of them changes anything.
"""

from worker.doctor.examination import CHECKS, examine
from worker.doctor.finding import Finding, Installation, Verdict, worst

__all__ = ["CHECKS", "Finding", "Installation", "Verdict", "examine", "worst"]
