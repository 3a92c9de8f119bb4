"""Texts as the company's character set can hold them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tieout_providers.qbo import to_latin1
from tieout_qbo_writer.qbo.keys import CHARSET


@dataclass(frozen=True, slots=True)
class Wording:
    """In the United States ISO-8859-1, elsewhere whatever is written."""

    latin: bool

    @classmethod
    def of(cls, keys: Mapping[str, str]) -> "Wording":
        """The company's own."""
        return cls(keys.get(CHARSET) == "latin-1")

    def say(self, text: str, most: int) -> str:
        """`text` in that set, cut at so many characters."""
        said = to_latin1(text).text if self.latin else text
        return said if len(said) <= most else f"{said[: most - 4]} ..."

    def name(self, text: str, most: int) -> str:
        """As a name: on one line, without the colon that separates a parent from its child."""
        said = to_latin1(text).text if self.latin else text
        return " ".join(said.replace(":", " - ").split())[:most].rstrip()


def same_words(text: str, shown: str) -> bool:
    """Whether a shown text is what was sent, whatever the company's set; white space does not count."""
    folded = " ".join(shown.split())
    return folded in (" ".join(text.split()), " ".join(to_latin1(text).text.split()))
