"""How records of the log are written: readable lines, or one JSON object per line. Nothing personal gets into either.

Our own records (`tsunagu…`) hold codes, counts and ids by agreement, and may name what they are about in a few agreed fields.
What others' libraries say may quote a request or a row, so of theirs only the logger, the place and the error's type are
written; so it is with the words of every error. Refuses to know what is worth telling.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType
from typing import TextIO

from bot.settings import JSON

OURS = "tsunagu"
# What a record of ours may carry beside its words: ids and codes, never names or texts.
FIELDS = ("case", "kind", "round", "replica", "surface", "code", "seconds", "count")
_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What of a record may be written, in the order in which it is written."""
    ours = record.name.partition(".")[0] == OURS
    found: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage() if ours else f"said something at {_place(record.pathname, record.lineno)}",
    }
    if ours:
        found |= {name: _plain(record.__dict__[name]) for name in FIELDS if name in record.__dict__}
    if record.exc_info:
        found["error"] = error_words(record.exc_info)
    return found


def error_words(error: _Error) -> str:
    """An error's type and where it came from; its own words may hold what no log may hold."""
    kind, _, trace = error
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = _place(trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else "?"
    return f"{kind.__name__ if kind else '?'} at {where}"


class JsonLines(logging.Formatter):
    """One object per line, for machines that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields_of(record), ensure_ascii=False)


class Readable(logging.Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        fields = fields_of(record)
        head = [str(fields.pop(name)) for name in ("time", "level", "logger", "message")]
        line = " ".join([*head, *(f"{name}={value}" for name, value in fields.items())])
        return line.replace("\n", "\\n").replace(
            "\r", "\\r"
        )  # one record is one line, also when somebody says otherwise


def configure(form: str, stream: TextIO | None = None) -> logging.Handler:
    """Write every record from warnings on to `stream` (standard error unless given); as JSON, ours from information on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == JSON else Readable())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO if form == JSON else logging.WARNING)
    return handler


def _place(path: str, line: int) -> str:
    return f"{PurePath(path).name}:{line}"


def _plain(value: object) -> object:
    return value if isinstance(value, (int, float)) else str(value)
