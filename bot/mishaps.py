"""What a log may say of a failure: where in the program, never its message, which may hold personal details."""

from __future__ import annotations

import logging
import traceback

_LOG = logging.getLogger("tsunagu.mishaps")


def log_mishap(what: str, error: BaseException, about: str = "") -> None:
    """Log that `what` failed: the error's type and place, and an id it was about."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    _LOG.error("%s: %s at %s (%s)", what, type(error).__name__, where, about)
