"""Everything training wrote, loaded together: models, blend, thresholds.

Knows the files of models/weights/. Refuses to know how any of them is used (reader.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.reading.blend import Blend
from knowledge.reading.model import Span
from knowledge.reading.models.models import WEIGHTS, Models, meta, tables
from knowledge.reading.morphology import Token
from knowledge.reading.verdict import Thresholds


@dataclass(frozen=True, slots=True)
class Trained:
    """The models, how they are weighed against the rules, and from where on something is said."""

    models: Models
    blend: Blend
    limits: Thresholds

    @classmethod
    def load(cls, directory: Path = WEIGHTS) -> Trained:
        """Read the files that training wrote."""
        numbers = meta(directory)["thresholds"]
        assert isinstance(numbers, dict)
        return cls(Models.load(directory), Blend.load(tables(directory / "blend.npz")), Thresholds.of(numbers))

    def clause_for(self, text: str, tokens: Sequence[Token], head: str) -> Span:
        """The clause that speaks most for a head."""
        return Span(*self.models.clause_for(text, tokens, head))


@lru_cache(maxsize=1)
def standard() -> Trained:
    """What the product ships, read once."""
    return Trained.load()
