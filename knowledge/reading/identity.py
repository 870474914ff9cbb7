"""Words that tell who somebody is: names, phones, addresses, birth dates, マイナンバー, e-mail, accounts, plates.

Works on tidied text (widths and dashes are already one). Knows notations only; refuses to know who anybody is.
Ages, money, room counts and law articles are not identity. Masking keeps the length, so that spans stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from knowledge.reading.model import IdentityKind, IdentityMark, Span
from knowledge.reading.morphology import Token

MASK = "●"
_PHONE = re.compile(
    r"(?<![0-9-])(?:\+81[- ]?|0)(?!120|570|800[- ])[0-9]{1,4}[-( ]{0,2}[0-9]{1,4}[-) ]{0,2}[0-9]{3,4}(?![0-9])"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_BIRTH = re.compile(
    r"(?:(?:19|20)[0-9]{2}|(?:明治|大正|昭和|平成|令和|[MTSHR])\s?(?:[0-9]{1,2}|元))\s?[年./-]\s?[0-9]{1,2}\s?[月./-]\s?[0-9]{1,2}\s?日?\s?(?:生まれ|生)?"
)
_BIRTH_HINT = re.compile(r"生年月日|誕生日|生まれ|生$|生(?=[、。) ])")
_MY_NUMBER = re.compile(r"(?<![0-9])[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])")
_ACCOUNT = re.compile(r"(?:口座(?:番号)?|普通(?:預金)?|当座)\s?(?:は|:|No\.?|番号)?\s?([0-9]{7})(?![0-9])")
_PLATE = re.compile(r"[一-龥ぁ-んァ-ン]{1,4}\s?[0-9]{2,3}\s?[ぁ-ん]\s?[0-9・]{1,2}-?[0-9]{2}(?![0-9])")
_UNITS = "都道府県市区郡町村字"  # a name before a unit holds none, so that there is one way to cut an address
_ADDRESS = re.compile(
    r"〒?\s?[0-9]{3}-[0-9]{4}(?![0-9-])"
    rf"|(?:(?:(?![{_UNITS}])[一-龥ぁ-んァ-ヶー]){{0,10}}[{_UNITS}]){{0,6}}"
    r"[一-龥ァ-ヶー]{1,8}(?:[0-9]{1,3}丁目|[一二三四五六七八九十]{1,3}丁目)?"
    r"(?:[0-9]{1,4}番地?(?:の?[0-9]{1,3})?(?:号|-[0-9]{1,4})?|[0-9]{1,4}-[0-9]{1,4}(?:-[0-9]{1,4})?)(?:\s?[ァ-ヶー一-龥A-Za-z]{2,12}?(?:荘|マンション|アパート|ハイツ|コーポ|団地|ビル))?(?:\s?[0-9]{3,4}号室?)?(?![0-9円人回万%]|番(?!地))"
)
_ADDRESS_STRONG = re.compile(r"丁目|番地|番[0-9]|号室|〒|[都道府県市区郡町村字].*[0-9]-[0-9]|^[0-9]{3}-[0-9]{4}$")
_NAMED = re.compile(r"(?:氏名|名前|ふりがな)\s?(?:は|:)\s?")
_NAME = r"[一-龥々]{1,3}[ ]?[一-龥々ぁ-んァ-ヶー]{1,4}"
_UNTOLD = "不明|未|要|なし|匿名|非|同|仮|無|聞|空"
_LABELLED = re.compile(
    rf"(?:氏名|ふりがな|名前)\s?:\s?(?!{_UNTOLD})"
    rf"({_NAME}|[ぁ-んァ-ヶー]{{2,6}}[ ]?[ぁ-んァ-ヶー]{{0,6}})(?=$|[\s、。,.(/「・])"
)
_NOT_NAMES = frozenset(
    {"民生", "健師", "許", "シルバー", "福祉", "地域"}
)  # 民生さん, 保健師さん cut by the analyser, 許さん
_HONORIFIC = frozenset({"さん", "様", "さま", "氏", "くん", "君", "ちゃん"})


def _check_digit_is_right(digits: str) -> bool:
    """マイナンバーの検査用数字 (番号法施行令・総務省令の算式): 11 digits weigh 2…7 from the right, modulo 11."""
    total = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits[:11]), start=1))
    rest = total % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def find_identity(text: str, tokens: Sequence[Token]) -> tuple[IdentityMark, ...]:
    """Every personal detail, spans in the tidied text, without overlaps, from left to right."""
    found: list[IdentityMark] = []

    def add(kind: IdentityKind, start: int, end: int) -> None:
        span = Span(start, end)
        if start < end and not any(mark.span.overlaps(span) for mark in found):
            found.append(IdentityMark(kind, span))

    for match in _MY_NUMBER.finditer(text):
        digits = re.sub(r"[^0-9]", "", match.group())
        if _check_digit_is_right(digits) or "マイナンバー" in text[max(0, match.start() - 12) : match.start()]:
            add(IdentityKind.MY_NUMBER, *match.span())
    for match in _EMAIL.finditer(text):
        add(IdentityKind.EMAIL, *match.span())
    for match in _BIRTH.finditer(text):
        if _BIRTH_HINT.search(text[max(0, match.start() - 8) : match.end() + 4]) or match.group()[0] in "昭大明MTS":
            add(IdentityKind.BIRTH_DATE, *match.span())
    for match in _PHONE.finditer(text):
        if 9 <= len(re.sub(r"[^0-9]", "", match.group())) <= 13:
            add(IdentityKind.PHONE, *match.span())
    for match in _ACCOUNT.finditer(text):
        add(IdentityKind.ACCOUNT, *match.span(1))
    for match in _PLATE.finditer(text):
        add(IdentityKind.PLATE, *match.span())
    for match in _ADDRESS.finditer(text) if "-" in text or "番" in text else ():
        if _ADDRESS_STRONG.search(match.group()):
            add(IdentityKind.ADDRESS, *match.span())
    for match in _LABELLED.finditer(text):
        add(IdentityKind.NAME, *match.span(1))
    for match in _NAMED.finditer(text):
        named = [token for token in tokens if match.end() <= token.start < match.end() + 4 and token.is_person_name]
        if named and named[0].start == match.end():
            add(IdentityKind.NAME, named[0].start, named[-1].end)
    for start, end in (*_names(tokens), *_born(tokens, [m.span for m in found if m.kind is IdentityKind.BIRTH_DATE])):
        add(IdentityKind.NAME, start, end)
    return tuple(sorted(found, key=lambda mark: mark.span.start))


def _names(tokens: Sequence[Token]) -> Iterable[tuple[int, int]]:
    """Family names with an honorific or a given name beside them, as the morphology tells."""
    for index, token in enumerate(tokens):
        if not token.is_person_name or token.surface in _NOT_NAMES or token.surface.isascii():
            continue
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if after is None:
            continue
        if after.surface in _HONORIFIC or (after.surface in ("です", "と申し") and token.is_family_name):
            yield token.start, token.end
        elif token.is_family_name and after.is_given_name and after.start - token.end <= 1:
            yield token.start, after.end


def _born(tokens: Sequence[Token], dates: Iterable[Span]) -> Iterable[tuple[int, int]]:
    """A given name right before a birth date, with the word before it, which then is the family name (福祉太郎 S18.3.3)."""
    for index, token in enumerate(tokens):
        if token.is_given_name and any(0 <= date.start - token.end <= 2 for date in dates):
            before = tokens[index - 1] if index else token
            joined = before.end == token.start and 1 <= token.start - before.start <= 3
            yield (before.start if joined else token.start), token.end


def mask(text: str, marks: Iterable[IdentityMark]) -> str:
    """The text with every mark replaced by dots of the same length; spaces inside stay."""
    chars = list(text)
    for mark in marks:
        for place in range(mark.span.start, min(mark.span.end, len(chars))):
            chars[place] = MASK if not chars[place].isspace() else chars[place]
    return "".join(chars)
