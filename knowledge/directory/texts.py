"""Many short texts in two flat arrays, each different text once. Knows UTF-16 and offsets; refuses to know meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Texts:
    """`which[i]` is the number of text i among the different ones; `flat[starts[n]:starts[n + 1]]` its UTF-16 units."""

    flat: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.uint32]
    which: npt.NDArray[np.uint32]

    def __getitem__(self, index: int) -> str:
        number = int(self.which[index])
        start, end = self.starts[number : number + 2].tolist()
        return self.flat[start:end].tobytes().decode("utf-16-le", "surrogatepass")

    def __len__(self) -> int:
        return len(self.which)

    def many(self, indexes: list[int]) -> list[str]:
        """Several texts at once, read in one go. None of them holds the null character."""
        if not indexes:
            return []
        numbers = self.which[indexes]
        flat = self.flat.data.cast("B")
        starts, ends = (2 * self.starts[numbers]).tolist(), (2 * self.starts[numbers + np.uint32(1)]).tolist()
        pieces = [flat[start:end] for start, end in zip(starts, ends, strict=True)]
        return b"\0\0".join(pieces).decode("utf-16-le", "surrogatepass").split("\0")

    @staticmethod
    def of(texts: Iterable[str]) -> Texts:
        """Pack texts; equal texts share their place."""
        numbers: dict[str, int] = {}
        which = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.uint32)
        return Texts(*_packed(list(numbers)), which)

    @staticmethod
    def of_different(texts: list[str]) -> Texts:
        """Pack texts that are known to differ."""
        return Texts(*_packed(texts), np.arange(len(texts), dtype=np.uint32))


def _packed(texts: list[str]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint32]]:
    """All texts in a row, and where each starts."""
    joined = "".join(texts).encode("utf-16-le", "surrogatepass")
    sizes = np.fromiter(map(len, texts), np.uint32, len(texts))
    if 2 * int(sizes.sum()) != len(joined):  # rare characters take two units
        sizes = np.array([len(text.encode("utf-16-le", "surrogatepass")) // 2 for text in texts], np.uint32)
    starts = np.zeros(len(texts) + 1, np.uint32)
    np.cumsum(sizes, out=starts[1:])
    return np.frombuffer(joined + b"\0\0", np.uint16), starts  # an empty buffer cannot be viewed
