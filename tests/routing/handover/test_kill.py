"""kill -9 between every two steps of the first story: it still ends the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import routing
from tests.routing.handover.dying import STEPS

ROOT = Path(routing.__file__).parent.parent


def test_killed_anywhere_the_first_story_still_ends_the_same(place: Any, key: str) -> None:
    environment = {**os.environ, "PLACE": place.url, "KEY": key, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-m", "tests.routing.handover.dying"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    whole, *killed = json.loads(done.stdout)
    assert whole["ended"] == [0, 0]
    assert [kind for kind, *_ in whole["ending"]["events"]] == [
        "confirmed", "shared", "referred", "declined", "shared", "referred", "declined", "escalated", "acknowledged",
        "sent_back", "followed_up",
    ]  # fmt: skip
    assert len(killed) == 2 * len(STEPS)
    for each in killed:
        assert each["ended"] == [-9, 0], each["die"]
        assert each["ending"] == whole["ending"], each["die"]
