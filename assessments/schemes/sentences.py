"""Problems of a scheme as sentences."""

from ..scoring import Problem


def problem_sentence(problem: Problem) -> str:
    return f"{problem.path}: {problem.code} ({problem.value})"
