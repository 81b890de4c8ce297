"""Whatever a test here provokes: each problem that a reader finds can be said in Chinese too."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from eligibility.document import DocumentError, Problem
from eligibility.problem_words import in_chinese


@pytest.fixture(autouse=True)
def every_problem_has_chinese_words(monkeypatch: pytest.MonkeyPatch) -> None:
    original = DocumentError.__init__

    def checked(self: DocumentError, source: str, problems: Sequence[Problem]) -> None:
        missing = [problem.message for problem in problems if in_chinese(problem.message) is None]
        assert not missing
        original(self, source, problems)

    monkeypatch.setattr(DocumentError, "__init__", checked)
