"""What refused records lack, read back from the sentences that told it.

A problem is kept as its sentence. The sentence was made from the table's own format string, so what was filled in can
be read again; one of another release that does not fit tells nothing.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from tieout_contracts.problems import KINDS

ACCOUNT_MISSING, TAX_UNMAPPED = "rules.account_missing", "rules.tax_unmapped"


def waiting_for(code: str, fact: str, records: Iterable[Iterable[Mapping[str, Any]]]) -> dict[str, int]:
    """Each value of `fact` that problems `code` tell, with how many records tell it, most first."""
    counted: Counter[str] = Counter()
    for problems in records:
        counted.update({value for each in problems if each["code"] == code and (value := _fact(each, fact))})
    return dict(counted.most_common())


def _fact(problem: Mapping[str, Any], fact: str) -> str | None:
    found = _pattern(problem["code"]).fullmatch(problem["sentence"])
    if found is None:
        return None
    text = found[fact]
    return str(ast.literal_eval(text)) if text[:1] in "'\"" and text[-1:] == text[:1] else text


@cache
def _pattern(code: str) -> re.Pattern[str]:
    sentence = KINDS[code].sentence
    parts, last = [], 0
    for place in re.finditer(r"\{(\w+)(?:![rs])?\}", sentence):
        parts += [re.escape(sentence[last : place.start()]), f"(?P<{place[1]}>.*?)"]
        last = place.end()
    return re.compile("".join(parts) + re.escape(sentence[last:]), re.DOTALL)
