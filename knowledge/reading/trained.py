"""Everything training wrote, loaded together: models, blend, thresholds.

Knows the files of models/weights/. Refuses to know how any of them is used (reader.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.reading.blend import Blend
from knowledge.reading.models.models import WEIGHTS, Models, meta, tables
from knowledge.reading.morphology import Token
from knowledge.reading.verdict import Thresholds
from knowledge.reading.whose import Whose


@dataclass(frozen=True, slots=True)
class Trained:
    """The models, how they are weighed against the rules, from where on something is said, and whose it is."""

    models: Models
    blend: Blend
    limits: Thresholds
    whose: Whose

    @classmethod
    def load(cls, directory: Path = WEIGHTS) -> Trained:
        """Read the files that training wrote."""
        numbers = meta(directory)["thresholds"]
        assert isinstance(numbers, dict)
        blend, whose = Blend.load(tables(directory / "blend.npz")), Whose.of(tables(directory / "whose.npz"))
        return cls(Models.load(directory), blend, Thresholds.of(numbers), whose)

    def words_for(self, text: str, tokens: Sequence[Token], head: str) -> tuple[int, int] | None:
        """The clause or sentence that speaks most for a head."""
        return self.models.words_for(text, tokens, head)


@lru_cache(maxsize=1)
def standard() -> Trained:
    """What the product ships, read once."""
    return Trained.load()
