"""Encryption of what only the case store may hold, keyed hashes of what must be found again, and the key file of the demo.

Knows Fernet keys, their rotation, and how a key file is made. Refuses to know where a key comes from otherwise (the
caller reads the environment) and never shows a key or an opened text in an error.
"""

from __future__ import annotations

import hmac
import os
import tempfile
from base64 import urlsafe_b64decode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from routing.errors import KeyMissing

MALFORMED = (
    "暗号の鍵がないか、形が正しくありません。設定 TSUNAGU_KEY に、導入のときに控えた鍵を入れてください"
    "（鍵を取り替えるときは、新しい鍵を先頭にしてコンマで区切ります）。"
)
WRONG = (
    "この鍵では、保存してある氏名などを開けません。書き込んだときの鍵を設定 TSUNAGU_KEY に戻すか、"
    "コンマで区切って後ろに加えてください。"
)
_MARKING = b"tsunagu: marks of households"  # the key of the hashes is derived, so that it is not the key of the tokens
UNREADABLE = "暗号の鍵のファイルを読み書きできません。置き場所の空きと、読み書きの権限を確かめてください。"


class Sealer:
    """Seals with the first key and opens with any of them. `keys` is one Fernet key, or several separated by commas.

    Raises `KeyMissing` when `keys` holds none, or one that is not a Fernet key.
    """

    def __init__(self, keys: str) -> None:
        parts = [part.strip() for part in keys.split(",") if part.strip()]
        try:
            self._fernet = MultiFernet([Fernet(part) for part in parts])
            self._marking = [hmac.digest(urlsafe_b64decode(part), _MARKING, "sha256") for part in parts]
        except ValueError:
            raise KeyMissing(MALFORMED) from None

    def seal(self, text: str) -> str:
        """A token (ASCII) only the keys can open. `text` must be encodable in UTF-8."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, token: str) -> str:
        """The sealed text. Raises `KeyMissing` when no key fits."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            raise KeyMissing(WRONG) from None

    def opens(self, token: str) -> bool:
        """Whether a key fits a token."""
        try:
            self._fernet.decrypt(token)
        except InvalidToken:
            return False
        return True

    def reseal(self, token: str) -> str:
        """The same text sealed with the first key. Raises `KeyMissing` when no key fits."""
        try:
            return self._fernet.rotate(token).decode("ascii")
        except InvalidToken:
            raise KeyMissing(WRONG) from None

    def fingerprints(self) -> tuple[str, ...]:
        """A short name of every key, from which the key cannot be found: to tell which one is needed."""
        return tuple(each[:16] for each in self.digests("fingerprint"))

    def digest(self, text: str) -> str:
        """The keyed hash of a text (64 hexadecimal digits) under the first key."""
        return self.digests(text)[0]

    def digests(self, text: str) -> tuple[str, ...]:
        """The keyed hashes of a text under every key, the first key's first."""
        return tuple(hmac.digest(key, text.encode(), "sha256").hex() for key in self._marking)


def new_key() -> str:
    """A fresh Fernet key."""
    return Fernet.generate_key().decode("ascii")


def load_or_create_key(path: Path) -> tuple[str, bool]:
    """The key in the file, and whether it was made just now (readable by its owner only; folders are made too).

    Two processes starting at once get the same key. Raises `KeyMissing` when the file is malformed or out of reach.
    """
    try:
        created = not path.exists() and _write_once(path, new_key())
        key = path.read_text("ascii").strip()
    except UnicodeDecodeError:
        raise KeyMissing(MALFORMED) from None
    except OSError:
        raise KeyMissing(UNREADABLE) from None
    Sealer(key)
    return key, created


def keep_key(path: Path, key: str) -> bool:
    """Put a key into the key file, readable by its owner only; False when there is one already, which stays."""
    return _write_once(path, key)


def _write_once(path: Path, key: str) -> bool:
    """Put a whole file in place, or leave the one somebody else put there first (False)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(name)
    return True
