"""What each story of tests/conversations must come to, whoever records it anew: these words, in this order."""

from __future__ import annotations

import pytest

from tests.bot.talks import TALKS

STORIES: dict[str, tuple[str, ...]] = {
    "handover_bounced": (
        "つなぎのお願いを送りました",
        "【返事をお待ちしています】",
        "お断りを記録し、送り主に伝えました",
        "→ agency:fukushi-madoguchi",
        "次の候補は「くらし自立相談センター",
        "まだ返事を待っています",  # a second request to take the case over
        "お断りの理由の説明を入れてください",
        "引き受けのお願いが2回戻っています",
        "もう「お断り」になっているため、「受理」は行いませんでした",
        "→ agency:project-team",
        "引き受けのお願いが続けて戻ったため、自動で知らせました",
        "確認したことを伝えました",
        "もう決まっています",  # the same button once more
        "いっしょに様子を確かめる日を入れてください",
        "紹介元へ戻しました",
        "→ agency:fukushi-madoguchi",
        "戻した理由: ふだんの連携で対応できる、わかっていることが足りない",
        "いっしょの確認を記録しました",
        "案件が見つかりません",
    ),
    "handover_silent": (
        "多機関協働へ上げました",
        "「プロジェクトチームの返事待ち」の状態では「多機関協働へ上げる」はできません",
        "→ agency:project-team",
        "知らせはありません",
        "→ post:co-project-team-deputy",
        "返事がまだありません（2回目のお知らせ）",
        "知らせはありません",  # the same timer twice
        "→ post:co-project-team-supervisor",
        "確認したことを伝えました",
        "（4回目のお知らせ）",  # acknowledged, and then silent
        "多機関協働: 確認待ち",
        "多機関協働で受理しました",
        "→ agency:fukushi-madoguchi",
    ),
    "handover_phone": (
        "同意の取り方（書面か口頭か）を入れてください",
        "あり（口頭）",
        "伝えること（根拠: 本人の同意）",
        "知らせはありません",  # nothing leaves to an agency without chat
        "返事をした人の名前を入れてください",
        "返事を記録しました",
        "主担当: くらし自立相談センター",
        "もう「受理」になっているため、「お断り」は行いませんでした",
        "同意が撤回されています",
        "終結しました",
        "これまで: 福祉総合相談窓口",
    ),
    "okinawa_r5_1": ("→ agency:juso-team", "高齢者虐待の通報", "障がい者虐待の通報", "同意: なし", "多機関協働で受理しました"),
    "okinawa_r5_2": ("→ agency:juso-team", "児童虐待", "同意: なし", "多機関協働で受理しました"),
    "okinawa_r5_3": ("→ agency:juso-team", "主担当: すまい建築課", "同意: なし", "多機関協働で受理しました"),
    "okinawa_r5_4": ("→ agency:juso-team", "自殺", "同意: なし", "多機関協働で受理しました"),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_a_story_comes_to_what_it_must(name: str) -> None:
    said = [line for line in (TALKS / f"{name}.txt").read_text("utf-8").splitlines() if line.startswith("| ")]
    rest = "\n".join(said)
    for words in STORIES[name]:
        assert words in rest, f"{name}: 「{words}」がない、または順が違います"
        rest = rest.partition(words)[2]
