"""Builds weights/words.npz once from the ja-ginza wheel: `python -m knowledge.training.words WHEEL OUT` (needs msgpack).

Reads the wheel without spaCy. Knows spaCy's table of strings and MurmurHash64A. Refuses to know the corpus.
"""

from __future__ import annotations

import io
import json
import re
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

from knowledge.reading.models.features import word_hash

SIZE, LONGEST_WORD = 128, 12
_M64 = (1 << 64) - 1
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-鿿々]")


def spacy_hash(data: bytes) -> int:
    """MurmurHash64A with seed 1, the hash of spaCy's string store."""
    m, r = 0xC6A4A7935BD1E995, 47
    h = 1 ^ (len(data) * m & _M64)
    whole = len(data) // 8 * 8
    for (k,) in struct.iter_unpack("<Q", data[:whole]):
        k = k * m & _M64  # noqa: PLW2901
        h = (h ^ ((k ^ (k >> r)) * m & _M64)) * m & _M64
    if len(data) > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & _M64
    h = (h ^ (h >> r)) * m & _M64
    return h ^ (h >> r)


def convert(wheel: Path, out: Path) -> None:
    """Reduce the wheel's 20,000 × 300 vectors by principal components and write the word table."""
    import msgpack

    with zipfile.ZipFile(wheel) as z:
        base = next(n for n in z.namelist() if n.endswith("vocab/key2row"))[: -len("key2row")]
        row_of: dict[int, int] = msgpack.unpackb(z.read(base + "key2row"), strict_map_key=False)
        strings: list[str] = json.loads(z.read(base + "strings.json"))
        full = np.load(io.BytesIO(z.read(base + "vectors"))).astype(np.float32)
    unit = full / np.maximum(np.linalg.norm(full, axis=1, keepdims=True), 1e-6)
    centred = (unit - unit.mean(0)).astype(np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    small = centred @ axes[:, ::-1][:, :SIZE]
    small = small / small.std() * 0.5
    scale = np.float32(np.quantile(np.abs(small), 0.9999) / 127)
    found: dict[int, int] = {}
    for word in sorted(strings):
        row = row_of.get(spacy_hash(word.encode()))
        if row is not None and len(word) <= LONGEST_WORD and _JAPANESE.search(word):
            found.setdefault(word_hash(word), row)
    keys = np.array(sorted(found), np.uint32)
    rows = np.array([found[int(k)] for k in keys], np.uint16)
    vectors = np.clip(np.rint(small / scale), -127, 127).astype(np.int8)
    np.savez_compressed(out, keys=keys, rows=rows, vectors=vectors, scale=np.asarray(scale))


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
