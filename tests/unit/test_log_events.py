"""The table of log events in docs/operations.md is what the code logs."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from worker.broker.check import BrokerReport, find_problems
from worker.pages.page_task import PageReport
from worker.polling.fetching import PollReport
from worker.publishing.parse_task import ParseReport

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"

LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error"}
LEVELS |= {"exception": "error"}
NO_FIELDS = {"exc_info"}

REPORTS = {"feeds_polled": PollReport, "items_parsed": ParseReport, "pages_read": PageReport}
"""The events whose fields are those of a report."""


@dataclass
class Logged:
    levels: set = field(default_factory=set)
    fields: set = field(default_factory=set)


def words_in(node):
    """The constants that an expression may be."""
    if isinstance(node, ast.IfExp):
        return words_in(node.body) + words_in(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def logging_calls(tree):
    """The calls of a module's structlog logger, which is named `log` everywhere."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in LEVELS and ast.unparse(node.func.value) == "log":
            yield node


def read_events():
    events, unnamed = {}, []
    for path in sorted([*ROOT.glob("worker/**/*.py"), *ROOT.glob("tasks/**/*.py")]):
        source = path.read_text(encoding="utf-8")
        if "structlog.get_logger" not in source:
            continue
        for call in logging_calls(ast.parse(source)):
            names = words_in(call.args[0]) if call.args else []
            if not names:
                unnamed.append(f"{path.name}:{call.lineno}")
            for name in names:
                event = events.setdefault(name, Logged())
                event.levels.add(LEVELS[call.func.attr])
                event.fields |= {word.arg for word in call.keywords if word.arg} - NO_FIELDS
    for name, report in REPORTS.items():
        events[name].fields |= set(report.__struct_fields__)
    return events, unnamed


def problems():
    """The problems that the check of the broker may log, by event."""
    bad = {
        "mode": ("cluster", "sentinel"),
        "policy": ("allkeys-lru",),
        "evicted_keys": (1,),
        "appendonly": (False,),
        "disk_error": ("full",),
        "denied": (("stats",),),
        "version": ("6.2.1",),
    }
    sound = BrokerReport(server="redis", version="8.0.0")
    reports = [
        msgspec.structs.replace(sound, **{name: value})
        for name, values in bad.items()
        for value in values
    ]
    return {problem.event: problem for report in reports for problem in find_problems(report)}


EVENTS, UNNAMED = read_events()
for name, problem in problems().items():
    level = "error" if problem.is_fatal else "warning"
    EVENTS[name] = Logged(levels={level}, fields={"broker", "reason"})


def documented():
    """The rows of the table: levels and fields by event, and the meanings."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## Log events\n")[2].partition("\n## ")
    rows = [line.strip("| ").split(" | ") for line in section[0].splitlines() if "| `" in line[:3]]
    return {
        row[0].strip("`"): (
            {level.strip() for level in row[1].split(",")},
            set(re.findall(r"`(\w+)`", row[2])),
            row[3],
        )
        for row in rows
    }


def test_every_event_that_is_logged_has_a_row_and_no_other_has():
    assert sorted(documented()) == sorted(EVENTS)


def test_the_rows_have_the_levels_and_the_fields_of_the_calls():
    told = {name: (levels, fields) for name, (levels, fields, _) in documented().items()}
    assert told == {name: (event.levels, event.fields) for name, event in EVENTS.items()}


def test_every_row_says_what_the_event_means():
    assert [name for name, row in documented().items() if not row[2].endswith(".")] == []


def test_events_are_constants_in_snake_case():
    assert UNNAMED == []
    assert [name for name in EVENTS if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", name)] == []


def test_every_problem_of_the_broker_is_among_them():
    source = (ROOT / "worker/broker/check.py").read_text(encoding="utf-8")
    assert set(re.findall(r'Problem\(event="(\w+)"', source)) == set(problems())
