"""The day on which the readers' test sentences are said."""

from datetime import date

DAY = date(2026, 11, 1)
