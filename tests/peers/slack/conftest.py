"""What is inside the room is collected there only."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("TSUNAGU_ROOM") else ["inside"]
