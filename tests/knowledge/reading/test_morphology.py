"""Many threads may read at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from knowledge.reading.morphology import analyse

TEXT = "80代の母と50代の息子の二人暮らし、息子はひきこもり"


def test_threads_read_side_by_side_and_agree() -> None:
    alone = analyse(TEXT)
    with ThreadPoolExecutor(4) as pool:
        assert all(result == alone for result in pool.map(analyse, [TEXT] * 200))


def test_short_units_lie_inside_long_ones() -> None:
    both = analyse(TEXT)
    ends = {token.end for token in both.short}
    assert all(token.end in ends for token in both.long)
    assert "".join(token.surface for token in both.short) == TEXT == "".join(token.surface for token in both.long)
