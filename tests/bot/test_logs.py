"""What is written to the log, in both forms: codes and ids of ours, of others only where they spoke; nothing personal."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from bot.logs import JsonLines, Readable, configure, fields_of
from bot.settings import SettingsError, settings_from

SECRET = "三保トメさん 090-1234-5678"


def record(
    name: str = "tsunagu.rounds", words: str = "sweep failed: %s", *given: object, **extra: object
) -> logging.LogRecord:
    made = logging.LogRecord(
        name, logging.ERROR, "/somewhere/rounds.py", 12, words, given or ("StoreUnreachable",), None
    )
    made.__dict__.update(extra)
    return made


def raised() -> logging.LogRecord:
    made = record()
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        made.exc_info = (ValueError, error, error.__traceback__)
    return made


def test_a_record_of_ours_is_one_object_with_its_agreed_fields() -> None:
    said = json.loads(JsonLines().format(record(case="c-1", code="stale_write", name_of="三保トメ", seconds=1.5)))
    assert said.pop("time").endswith("+00:00")
    assert said == {
        "level": "error", "logger": "tsunagu.rounds", "message": "sweep failed: StoreUnreachable",
        "case": "c-1", "code": "stale_write", "seconds": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize("form", [JsonLines(), Readable()])
def test_the_words_of_errors_and_of_other_libraries_are_not_written(form: logging.Formatter) -> None:
    for each in (raised(), record("uvicorn.error", "body was %s", SECRET), record("slack_sdk", SECRET)):
        said = form.format(each)
        assert "トメ" not in said
        assert "090" not in said
    assert "ValueError at test_logs.py:" in form.format(raised())
    assert "rounds.py:12" in form.format(record("uvicorn.error", SECRET))


def test_a_record_is_one_line_whatever_is_in_it() -> None:
    assert "\n" not in Readable().format(record(words="two\nlines%s"))
    assert "\n" not in JsonLines().format(record(words="two\nlines%s"))


@pytest.fixture
def log() -> Iterator[Callable[[str], io.StringIO]]:
    """The process' log, put back afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("tsunagu")
    before = (list(root.handlers), root.level, ours.level)

    def configured(form: str) -> io.StringIO:
        stream = io.StringIO()
        configure(form, stream)
        return stream

    yield configured
    root.handlers[:], _, _ = before
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.mark.parametrize(("form", "lines"), [("json", 3), ("text", 2)])
def test_both_forms_write_warnings_and_json_our_information_too(
    log: Callable[[str], io.StringIO], form: str, lines: int
) -> None:
    stream = log(form)
    logging.getLogger("tsunagu.watch").info("case left for the next tick", extra={"case": "c-1"})
    logging.getLogger("tsunagu.watch").warning("slow")
    logging.getLogger("uvicorn.error").warning("%s", SECRET)
    logging.getLogger("httpx").info("%s", SECRET)
    assert len(stream.getvalue().splitlines()) == lines
    assert "トメ" not in stream.getvalue()


def test_the_form_of_the_log_is_a_setting() -> None:
    assert settings_from({}).log == "text"
    assert settings_from({"TSUNAGU_LOG": "JSON"}).log == "json"
    with pytest.raises(SettingsError, match=r"TSUNAGU_LOG=xml.*json"):
        settings_from({"TSUNAGU_LOG": "xml"})


def test_fields_that_nobody_agreed_to_are_left_out() -> None:
    assert "conversation" not in fields_of(record(conversation="web:1"))
