"""Writes the generated long-tail providers of the fictional town 見本市 (packs/mihon_large/agencies.csv).

Knows only made-up name parts; the same seed gives the same bytes. Refuses to know any real organisation.
Run as `python tests/bench/make_mihon_large.py`.
"""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

SEED = 20261001
TOTAL = 1600
TARGET = Path(__file__).parents[2] / "knowledge" / "packs" / "mihon_large" / "agencies.csv"
COLUMNS = "id name kana kind operator fields issues needs areas aliases hours reach age_min age_max role sources verified_on note"

# What stands around the brand in a name, and what such a provider takes; operators * = USUAL.
SERVICES = """\
weight|kind|label|kana|short|fields|issues|needs|age_min|age_max|operators
16|care_manager_office|居宅介護支援事業所|きょたくかいごしえんじぎょうしょ|居宅|高齢|care_need;caregiving_burden|ケアプラン|40||*
18|day_service|デイサービス|でいさーびす|デイ|高齢|care_need|通い;入浴|40||*
6|day_service|通所リハビリ|つうしょりはびり|デイケア|高齢|care_need|リハビリ|40||医療法人
14|home_help|ヘルパーステーション|へるぱーすてーしょん|ヘルパー|高齢;障がい|care_need|家事援助;身体介護|||*
9|group_home|グループホーム|ぐるーぷほーむ|GH|高齢|dementia;care_need|認知症の住まい|65||*
5|group_home|特別養護老人ホーム|とくべつようごろうじんほーむ|特養|高齢|care_need|入所;ショートステイ|65||社会福祉法人
6|group_home|サービス付き高齢者住宅|さーびすつきこうれいしゃじゅうたく|サ高住|高齢|care_need;no_relatives|入居|60||株式会社
10|visiting_nurse|訪問看護ステーション|ほうもんかんごすてーしょん|訪看|保健医療|illness;mental_health;care_need|訪問看護;服薬|||医療法人 株式会社
10|disability_consultation|相談支援事業所|そうだんしえんじぎょうしょ|相談|障がい|disability_certified;developmental|計画相談|||*
12|work_support_b|就労継続支援B型|しゅうろうけいぞくしえんびーがた|B型|障がい;就労|disability_certified;job_retention|作業所;工賃|18||*
4|work_support_b|就労移行支援|しゅうろういこうしえん|移行|障がい;就労|job_search;job_retention|就職の訓練|18||*
9|group_home|障がい者グループホーム|しょうがいしゃぐるーぷほーむ|障がいGH|障がい|disability_certified;bereavement|入居|18||*
14|after_school|放課後等デイサービス|ほうかごとうでいさーびす|放デイ|こども;障がい|developmental;childcare|放課後;療育|6|18|*
7|after_school|児童発達支援|じどうはったつしえん|児発|こども;障がい|developmental|就学前の療育|0|5|*
8|after_school|学童クラブ|がくどうくらぶ|学童|こども|childcare|放課後|6|12|*
12|nursery|保育園|ほいくえん|保育園|こども|childcare|保育;一時預かり|0|6|社会福祉法人 学校法人
6|nursery|認定こども園|にんていこどもえん|こども園|こども|childcare|保育;幼児教育|0|6|学校法人
12|hospital|内科医院|ないかいいん|内科|保健医療|illness|受診;往診|||医療法人
4|hospital|こころのクリニック|こころのくりにっく|心療内科|保健医療|mental_health|精神科;眠れない|||医療法人
3|hospital|こどもクリニック|こどもくりにっく|小児科|保健医療;こども|illness|小児科|0|17|医療法人
3|food_bank|こども食堂|こどもしょくどう|食堂|社協・地域;こども|poverty;isolation|夕食;孤食|||住民団体
2|peer_group|家族の会|かぞくのかい|家族会|社協・地域|caregiving_burden;mental_health|家族同士で話す|||家族会
2|housing_support|住まい相談|すまいそうだん|住まい|住まい|housing_unstable;no_relatives|保証人|||NPO法人
3||くらし応援の会|くらしおうえんのかい|応援|社協・地域|isolation;transport|手伝い;付き添い|||NPO法人
"""
USUAL = "社会福祉法人 株式会社 NPO法人 合同会社"
HEADS = """
ひだまり あおぞら こもれ陽/こもれび なの花/なのはな しろつめ そら豆/そらまめ 月見草/つきみそう みちくさ 花みずき/はなみずき かざぐるま ゆりかご 木の実/きのみ つむぎ
たんぽぽ さざなみ 若葉/わかば 野ばら/のばら ことり すみれ 青葉/あおば どんぐり ほたる 朝露/あさつゆ やまもも 夕映え/ゆうばえ 虹色/にじいろ
はぐるま 白樺/しらかば くるみ まどか 千草/ちぐさ 藤波/ふじなみ 輪音/わおん かなで 結び/むすび 竹とんぼ/たけとんぼ ゆず
"""
TAILS = "の家/のいえ の里/のさと の丘/のおか の森/のもり 苑/えん 園/えん テラス/てらす みほん 館/かん ハウス/はうす 工房/こうぼう /"
AREAS = "chuo/中央/ちゅうおう higashi/東/ひがし minamihama/南浜/みなみはま kitayama/北山/きたやま izumi/泉/いずみ nishinohara/西野原/にしのはら"


def pair(text: str) -> tuple[str, str]:
    """`漢字/よみ` → both; a part written in kana only is its own reading."""
    written, _, reading = text.partition("/")
    return written, reading or written


def provider(rng: random.Random, service: dict[str, str]) -> dict[str, str]:
    """One made-up provider without its id."""
    (head, head_kana), (tail, tail_kana) = pair(rng.choice(HEADS.split())), pair(rng.choice(TAILS.split(" ")))
    areas = dict(area.split("/", 1) for area in AREAS.split())
    area = rng.choice(list(areas))
    branch, branch_kana = pair(areas[area]) if rng.random() < 0.45 else ("", "")
    brand, kind, label = head + tail, service["kind"], service["label"]
    after = kind in ("nursery", "hospital", "peer_group") or label.endswith("の会")
    name = f"{brand}{label}" if after else f"{label}{brand}"
    kana = f"{head_kana}{tail_kana}{service['kana']}" if after else f"{service['kana']}{head_kana}{tail_kana}"
    wide = rng.sample(sorted(areas), 2) if kind in ("home_help", "visiting_nurse", "care_manager_office") else []
    bare = [brand + branch] if tail else []  # 「ゆず」 or 「まどか」 alone would be found in ordinary sentences
    return {key: service[key] for key in ("kind", "fields", "issues", "needs", "age_min", "age_max")} | {
        "name": name + branch,
        "kana": kana + branch_kana,
        "operator": rng.choice(service["operators"].replace("*", USUAL).split()),
        "areas": ";".join(f"area-{key}" for key in dict.fromkeys([area, *wide])),
        "aliases": ";".join([f"{service['short']}{brand}{branch}", *bare]),
        "hours": rng.choice(("平日 9:00–17:00", "平日 8:30–17:30", "月–土 9:00–18:00", "")),
        "reach": rng.choice(("phone", "phone", "paper", "mail")),
        "role": "provider",
        "sources": "mihon",
        "verified_on": "2026-10-01",
        "note": "架空（生成）",
    }


def rows(total: int = TOTAL) -> list[dict[str, str]]:
    """`total` providers with names that differ, numbered in the order they were drawn."""
    rng, found = random.Random(SEED), dict[str, dict[str, str]]()
    kinds = list(csv.DictReader(io.StringIO(SERVICES), delimiter="|"))
    weights = [int(service["weight"]) for service in kinds]
    while len(found) < total:
        row = provider(rng, rng.choices(kinds, weights)[0])
        found.setdefault(row["name"], row)
    return [{"id": f"large-{number:04d}", **row} for number, row in enumerate(found.values(), start=1)]


def main() -> None:
    """Write the file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS.split(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())
    TARGET.write_text(text.getvalue(), encoding="utf-8")
    print(f"{TARGET.name}: {TOTAL} rows")


if __name__ == "__main__":
    main()
