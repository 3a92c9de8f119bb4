"""Texts of ConnectWise: empty and missing are the same."""


def first_text(*texts: object) -> str | None:
    """The first that says anything, without the space around it; what is no text counts as missing."""
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), None)
