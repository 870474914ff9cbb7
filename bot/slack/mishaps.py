"""Where in the program something failed, for the log: never a message, which may hold personal details."""

from __future__ import annotations

import logging
import traceback

_LOG = logging.getLogger("tsunagu.slack")


def log_mishap(what: str, error: BaseException, about: str = "") -> None:
    """Log the kind and the place of an error; `about` is an id."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    _LOG.error("%s: %s at %s (%s)", what, type(error).__name__, where, about)
