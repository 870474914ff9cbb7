"""One look-up for several tables finds what a dictionary would find."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge.reading.models.vocabulary import Vocabulary

HIGHEST = 2**32 - 1
HASHES = st.one_of(st.integers(0, HIGHEST - 1), st.integers(0, 40), st.integers(HIGHEST - 40, HIGHEST - 1))


@given(tables=st.lists(st.sets(HASHES), min_size=1, max_size=3), others=st.lists(HASHES | st.just(HIGHEST)))
def test_every_n_gram_has_its_row_in_every_table_that_knows_it(tables: list[set[int]], others: list[int]) -> None:
    keys = [np.array(sorted(table), np.uint32) for table in tables]
    vocabulary = Vocabulary.of(keys)
    wanted = [*others, *(h for table in tables for h in sorted(table))]
    numbers = vocabulary.numbers(np.array(wanted, np.uint64) << np.uint64(32))
    for table in keys:
        place = {int(key): row for row, key in enumerate(table)}
        assert vocabulary.rows(table)[numbers].tolist() == [place.get(h, -1) for h in wanted]
