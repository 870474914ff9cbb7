"""What makes a case urgent: a beaten person without money needs help today, but not because of the money."""

from datetime import date

import pytest

from knowledge.load import load
from knowledge.reading.model import Finding, FoundBy, Polarity, Reading, Span, Urgency
from routing.gather import facts_of

ON = date(2026, 11, 21)


def _told(codes: str, reasons: str) -> str:
    findings = tuple(
        Finding(code, Span(0, 1), "世帯", Polarity.PRESENT, FoundBy.PHRASE, "言い回し", 1.0) for code in codes.split()
    )
    urgency = Urgency(bool(reasons), tuple((reason, None) for reason in reasons.split()))
    reading = Reading(text="あ", findings=findings, urgency=urgency)
    return facts_of(reading, load("national"), ON, 0.5).value("urgent_for")


@pytest.mark.parametrize(
    ("codes", "reasons", "told"),
    [
        ("poverty elder_abuse", "abuse", "danger"),
        ("poverty suicide_risk", "suicide violence", "danger"),
        ("poverty", "food", "livelihood"),
        ("child_abuse utilities_arrears", "abuse lifeline", "livelihood"),
        ("dv homeless", "abuse", "livelihood"),  # who fled and sleeps in a car has no shelter, said or not
        ("poverty", "model", "unknown"),
        ("poverty", "life", "unknown"),  # starving is a danger to life too
        ("poverty", "", "unknown"),
    ],
)
def test_the_words_tell_what_is_urgent(codes: str, reasons: str, told: str) -> None:
    assert _told(codes, reasons) == told
