"""A pytest plugin of `./portal test`: names the steps that failed before, above pytest's own last line."""

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    failed = os.environ.get("FAILED_STEPS", "")
    if failed:
        terminalreporter.section("failed before these tests", red=True)
        for name in failed.split(","):
            terminalreporter.write_line(f"{name}: look above, or run ./portal lint")
