"""Opens the room: the tests of `inside/` run in a network of their own, since the peer binds every interface it finds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.slack.room import PEER, ROOT

INSIDE = Path(__file__).parent / "inside"
IN_CI = os.environ.get("CI") == "true"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("module", sorted(path.stem for path in INSIDE.glob("test_*.py")))
def test_with_the_peer(module: str) -> None:
    if not PEER.exists() and not IN_CI:
        pytest.skip("Slack's peer is not installed (make peers)")
    assert PEER.exists(), "make peers"
    rights = [] if os.geteuid() == 0 else ["-r"]
    if shutil.which("unshare") is None and not IN_CI:
        pytest.skip("no network of its own can be made here (unshare is missing)")
    inner = f"ip link set lo up && exec {sys.executable} -m pytest -q -x --tb=short -p no:cacheprovider {INSIDE / module}.py"
    done = subprocess.run(
        ["unshare", *rights, "-n", "sh", "-c", inner],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "TSUNAGU_ROOM": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
