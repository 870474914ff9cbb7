"""Whether each expression of a pack is read in its own example as it means to be: a phrase whose negation is its meaning
(「生きている意味がない」) must not be set aside by it.

Knows rows and the rules' reading. Refuses to know models: an example is half a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from knowledge.catalogue import Catalogue
from knowledge.reading.model import Polarity
from knowledge.reading.reader import Reader

_DAY = date(2026, 11, 1)  # no example tells a birthday


def misread(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """(target, pattern, example) of every expression and sign that its own example does not show as the row says."""
    reader = Reader(catalogue, rules_only=True)
    for entry in catalogue.expressions:
        if entry.example:
            said = reader.evidence(reader.prepare(entry.example, _DAY)).findings
            found = [f for f in said if f.code == entry.target]
            own = [f for f in found if f.entry == entry.pattern]  # none where a longer phrase stands on the same words
            wanted = Polarity(entry.polarity).holds
            if not any(f.polarity.holds is wanted for f in own or found):
                yield entry.target, entry.pattern, entry.example
    for sign in catalogue.signals:
        if sign.example:
            signals = reader.evidence(reader.prepare(sign.example, _DAY)).signals
            if not any(signal.code == sign.target for signal in signals):
                yield sign.target, sign.pattern, sign.example
