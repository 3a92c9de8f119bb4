"""How anything here refuses: a code of the table of problems, its sentence and its hint, with a status of HTTP."""

import math
from typing import Any, Self

from tieout_contracts.problems import Problem, problem


class ApiError(Exception):
    """An error a caller can act on; its code has a sentence and a hint."""

    def __init__(self, status: int, code: str, sentence: str, hint: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = {"type": f"about:blank#{code}", "code": code, "title": sentence, "detail": hint, **more}

    def retry_after(self, seconds: float) -> Self:
        """Say when to ask again, in whole seconds."""
        self.headers["Retry-After"] = str(math.ceil(seconds))
        return self


def refused(status: int, code: str, /, **facts: Any) -> ApiError:
    """An error of the table of problems, with its page."""
    return refused_for(status, problem(code, **facts))


def refused_for(status: int, told: Problem) -> ApiError:
    """The same of a problem that was found already."""
    return ApiError(status, told.code, told.sentence, told.hint, page=told.page)


def not_found(what: str) -> ApiError:
    return refused(404, "api.not_found", what=what)
