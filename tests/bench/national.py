"""A made-up national directory: 1,741 municipalities, 34 types, 500,000 rows, about 60 % different names; and queries.

The same seed gives the same rows and queries. Knows no real organisation; refuses to know how anything is searched.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.directory import Entry, Kind

ROWS, TOWNS, SEED = 500_000, 1_741, 20261001
KINDS_OF_QUERY = ("typo1", "typo2", "abbreviation", "kana", "partial")

# label, reading, short form, weight; * = a public body of the town
TYPES = """\
地域包括支援センター ちいきほうかつしえんせんたー 包括 5*
社会福祉協議会 しゃかいふくしきょうぎかい 社協 1*
こども家庭センター こどもかていせんたー 子家セン 1*
保健センター ほけんせんたー 保健セン 1*
基幹相談支援センター きかんそうだんしえんせんたー 基幹 1*
自立相談支援センター じりつそうだんしえんせんたー 自立相談 1*
消費生活センター しょうひせいかつせんたー 消セン 1*
福祉事務所 ふくしじむしょ 福事 1*
教育支援センター きょういくしえんせんたー 適応教室 1*
子育て支援センター こそだてしえんせんたー 子育てセン 3*
成年後見センター せいねんこうけんせんたー 後見セン 1*
障害者就業・生活支援センター しょうがいしゃしゅうぎょうせいかつしえんせんたー ナカポツ 1*
地域活動支援センター ちいきかつどうしえんせんたー 地活 3*
居宅介護支援事業所 きょたくかいごしえんじぎょうしょ 居宅 40
デイサービスセンター でいさーびすせんたー デイ 42
ヘルパーステーション へるぱーすてーしょん ヘルパー 34
訪問看護ステーション ほうもんかんごすてーしょん 訪看 16
グループホーム ぐるーぷほーむ GH 26
特別養護老人ホーム とくべつようごろうじんほーむ 特養 10
介護老人保健施設 かいごろうじんほけんしせつ 老健 5
有料老人ホーム ゆうりょうろうじんほーむ 有料 15
サービス付き高齢者向け住宅 さーびすつきこうれいしゃむけじゅうたく サ高住 8
小規模多機能ホーム しょうきぼたきのうほーむ 小多機 6
相談支援事業所 そうだんしえんじぎょうしょ 計画相談 12
就労継続支援B型事業所 しゅうろうけいぞくしえんびーがたじぎょうしょ B型 16
就労移行支援事業所 しゅうろういこうしえんじぎょうしょ 移行 4
生活介護事業所 せいかつかいごじぎょうしょ 生介 12
放課後等デイサービス ほうかごとうでいさーびす 放デイ 20
児童発達支援センター じどうはったつしえんせんたー 児発 11
保育園 ほいくえん 園 30
認定こども園 にんていこどもえん こども園 10
学童クラブ がくどうくらぶ 学童 22
クリニック くりにっく クリ 40
フードバンク ふーどばんく フーバン 1"""
_HEADS = """
桜/さくら 松/まつ 梅/うめ 竹/たけ 藤/ふじ 萩/はぎ 杉/すぎ 柏/かしわ 楠/くす 桐/きり 若葉/わかば 青葉/あおば 緑/みどり 泉/いずみ 清水/しみず 白鳥/しらとり 千鳥/ちどり 鶴/つる 亀/かめ 鷹/たか
朝日/あさひ 夕日/ゆうひ 月見/つきみ 星/ほし 虹/にじ 雲/くも 風/かぜ 海/うみ 山/やま 川/かわ 花/はな 実/みのり 希望/きぼう 光/ひかり 和/なごみ 愛/あい 幸/さち 福/ふく 寿/ことぶき 恵/めぐみ
ひだまり こもれび たんぽぽ すみれ なのはな つくし あおぞら そよかぜ さざなみ ほほえみ にこにこ ゆうゆう のびのび いきいき ふれあい やすらぎ ぬくもり まごころ あゆみ つばさ きずな かがやき みらい
サンライズ ハーモニー パール ローズ リバー ブルー ピース スマイル ハート ライフ ケア アップル オリーブ クローバー コスモス ガーデン シルバー セブン エール アシスト
"""
_TAILS = """
/ の里/のさと の家/のいえ の丘/のおか の森/のもり 苑/えん 荘/そう 園/えん 館/かん 台/だい が丘/がおか の杜/のもり の郷/のさと ホーム/ほーむ ハウス/はうす テラス/てらす プラス/ぷらす 会/かい 村/むら 工房/こうぼう
倶楽部/くらぶ サポート/さぽーと ネット/ねっと の木/のき の泉/のいずみ の風/のかぜ 西/にし 東/ひがし 南/みなみ 北/きた 中央/ちゅうおう 本町/ほんまち 第二/だいに 第一/だいいち 駅前/えきまえ 新町/しんまち
"""
_TOWN = """
大/おお 小/こ 高/たか 中/なか 上/かみ 下/しも 北/きた 南/みなみ 東/ひがし 西/にし 新/しん 本/もと 長/なが 広/ひろ 深/ふか 浅/あさ 白/しら 黒/くろ 青/あお 赤/あか 石/いし 岩/いわ 砂/すな 松/まつ 竹/たけ 梅/うめ 桜/さくら 藤/ふじ
田/た 川/かわ 山/やま 島/しま 崎/さき 野/の 原/はら 沢/さわ 谷/たに 津/つ 浜/はま 浦/うら 橋/はし 井/い 岡/おか 林/ばやし 森/もり 口/ぐち 里/さと 郷/ごう 泉/いずみ 塚/つか 越/こし 根/ね 木/き 江/え 戸/と 瀬/せ
"""


@dataclass(frozen=True, slots=True)
class Query:
    """A typed query, the municipality typed beside it (or nothing), and what it should find."""

    kind: str
    text: str
    area: str
    name: str
    home: str


@dataclass(slots=True)
class Country:
    """The rows of the country and the kinds they belong to."""

    rows: list[Entry]
    kinds: list[Kind] = field(default_factory=list)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(word.split("/")[0], word.split("/")[-1]) for word in text.split()]


def _towns(count: int) -> list[tuple[str, str]]:
    parts, rng = _pairs(_TOWN), random.Random(SEED)
    names: dict[str, str] = {}
    while len(names) < count:
        (a, ak), (b, bk) = rng.sample(parts, 2)
        suffix = rng.choice(("市/し", "町/まち", "村/むら", "市/し")).split("/")
        names.setdefault(a + b + suffix[0], ak + bk + suffix[1])
    return list(names.items())


def country(rows: int = ROWS, towns: int = TOWNS, kinds: int = 34) -> Country:
    """All rows, numbered in the order they were drawn."""
    rng = random.Random(SEED + rows)
    types = [line.split() for line in TYPES.splitlines()][:kinds]
    weights = [int(kind[3].rstrip("*")) for kind in types]
    places, heads, tails = _towns(towns), _pairs(_HEADS), _pairs(_TAILS)
    brands = [(a + b, ak + bk) for a, ak in heads for b, bk in tails] + [
        (a + c + b, ak + ck + bk) for a, ak in heads for c, ck in heads[:40] if a != c for b, bk in tails[:8]
    ]
    common = [1.0 / (6 + number) ** 0.62 for number in range(len(brands))]
    drawn = iter(zip(rng.choices(types, weights, k=rows), rng.choices(brands, common, k=rows), strict=True))
    made = [_row(rng, number, *next(drawn), rng.choice(places)) for number in range(rows)]
    return Country(made, [Kind("agency", f"k{n:02d}", (t[0], t[2])) for n, t in enumerate(types)])


def _row(rng: random.Random, number: int, kind: list[str], brand: tuple[str, str], place: tuple[str, str]) -> Entry:
    (label, reading, short), (town, town_kana), (name, kana) = kind[:3], place, brand
    code = f"k{_NUMBER[label]:02d}"
    aliases: tuple[str, ...]
    if kind[3].endswith("*"):
        part, part_kana = (name, kana) if rng.random() < 0.5 else ("", "")
        whole, whole_kana = f"{town}{part}{label}", f"{town_kana}{part_kana}{reading}"
        aliases = (f"{town[:-1]}{part}{short}",)
    elif rng.random() < 0.6:
        whole, whole_kana, aliases = f"{label}{name}", f"{reading}{kana}", (f"{short}{name}",)
    else:
        whole, whole_kana, aliases = f"{name}{label}", f"{kana}{reading}", (f"{name}{short}",)
    more = (f"{town[:-1]}の{name}",) if rng.random() < 0.25 and name not in whole[:1] else ()
    kept = aliases if rng.random() < 0.85 else ()
    return Entry(f"n{number:06d}", whole, whole_kana, kind=code, aliases=(*kept, *more), areas=(town,))


_NUMBER = {line.split()[0]: number for number, line in enumerate(TYPES.splitlines())}


def queries(rows: list[Entry], count: int, seed: int) -> Iterator[Query]:
    """Each kind of query in turn, every other one with its municipality."""
    rng = random.Random(seed)
    for number in range(count):
        row = rng.choice(rows)
        kind = KINDS_OF_QUERY[number % len(KINDS_OF_QUERY)]
        area = row.areas[0] if (number // len(KINDS_OF_QUERY)) % 2 else ""
        yield Query(kind, _typed(rng, row, kind), area, row.name, row.areas[0])


def _typed(rng: random.Random, row: Entry, kind: str) -> str:
    if kind == "kana":
        return row.kana
    if kind == "abbreviation":
        return row.aliases[0] if row.aliases else _skipped(row.name)
    if kind == "partial":
        return _part(rng, row)
    text = row.name
    for _ in range(int(kind[-1])):
        text = _slip(rng, text)
    return text


def _part(rng: random.Random, row: Entry) -> str:
    """People type what tells it apart and a piece of what it is: 「ひだまりの里デイ」, 「ステーション楠」."""
    label = next(label for label in _NUMBER if label in row.name)
    before, _, after = row.name.partition(label)
    size = rng.randrange(min(2, len(label)), max(3, len(label) * 2 // 3))
    return before + label[:size] if before else label[-size:] + after


def _skipped(name: str) -> str:
    """People leave out the middle: the first four and the last four characters."""
    return name if len(name) <= 8 else name[:4] + name[-4:]


def _slip(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    wrong = rng.choice("一人大中小山川田本日月火水木金土あいうえおかきくけこさしすせそンスルトラ")
    choice = rng.randrange(4)
    if choice == 0:
        return text[:at] + wrong + text[at + 1 :]
    if choice == 1:
        return text[:at] + text[at + 1 :]
    if choice == 2:
        return text[:at] + wrong + text[at:]
    return text[: max(0, at - 1)] + text[at : at + 1] + text[max(0, at - 1) : at] + text[at + 1 :]
