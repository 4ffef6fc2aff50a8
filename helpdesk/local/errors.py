"""The one error that a person at the terminal reads."""


class LocalServiceError(Exception):
    """The desk cannot come up here. The text is one sentence: what is so, and the next step."""
