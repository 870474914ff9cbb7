"""Who is in the text, with which age. The cases are data, in pairs on both sides of a boundary."""

from functools import lru_cache

import pytest

from knowledge.load import load
from knowledge.reading.holders import holder_of
from knowledge.reading.members import MemberReader
from knowledge.text import tidy
from tests.knowledge.reading.days import DAY

# text → members as key or key:age (a band as low-high, a number of people as *n, another household as !)
WHO = [
    ("母82、息子55は無職", "母:82 息子:55"),
    ("母(82)と息子(55)", "母:82 息子:55"),
    ("82歳の母と55歳の息子", "母:82 息子:55"),
    ("84の母がガスをつけっぱなし", "母:84"),
    ("四十九の娘さんと住む", "娘:49"),
    ("四十万の借金がある娘さん", "娘"),
    ("80代の母", "母:80-89"),
    ("80代女性、独居", "本人女性:80-89"),
    ("65歳になり手助けが切れると言われた首のけがの男性", "本人男性:65"),
    ("83歳で一人暮らしの女性、足がない", "本人女性:83"),
    ("83歳、一人。女性が訪ねてくる", "本人:83 本人女性"),
    ("72の男性", "本人男性:72"),
    ("男女共同参画", "本人"),
    ("62女 独居", "本人女性:62"),
    ("62女房と", "妻:62"),
    ("谷さん43、夜勤", "本人:43"),
    ("谷さん43回電話", "本人"),
    ("82、持病は血圧", "本人:82"),
    ("訪問82回", "本人"),
    ("小3の弟が来ない", "弟:8-9"),
    ("小3が来ない", "子:8-9"),
    ("小5、母はうつで", "子:10-11 母"),
    ("小5の弟、母はうつで", "弟:10-11 母"),
    ("0歳児の母", "子:0 母"),
    ("21歳の母", "母:21"),
    ("夫は2歳児を見ている", "夫 子:2"),
    ("16歳、義父が嫌で家を出た", "子:16 義父"),
    ("48歳、夫と二人", "本人:48 夫"),
    ("48歳の夫と二人", "夫:48"),
    ("かかりつけ医に行くこととする", "本人"),
    ("2歳を連れて来た母", "母 子:2"),
    ("2歳の頃からの癖がある母", "母"),
    ("3歳児健診の案内", "本人"),
    ("妻と、80代の母", "妻 母:80-89"),
    ("祖母78が母50を呼ぶ", "祖母:78 母:50"),
    ("きょうだい3人", "兄弟*3"),
    ("息子二人", "息子*2"),
    ("息子ひとり", "息子"),
    ("10歳の息子と12歳の息子", "息子:10 息子2:12"),
    ("10歳の息子。息子は元気", "息子:10"),
    ("隣の家から苦情", "隣人! 本人"),
    ("隣町から来た母", "母"),
    ("子どもなし、妻と二人", "妻"),
    ("子どもあり、妻と二人", "子 妻"),
    ("妻はいない。弟が来る", "弟"),
    ("妻がいる。弟が来る", "妻 弟"),
    ("兄弟も子もおらん。81、独居", "本人:81"),
    ("母子手帳をもらう", "本人"),
    ("母子で暮らす", "母子"),
    ("父親が来た", "父"),
    ("神父が来た", "本人"),
    ("こども家庭センターで話す", "本人"),
    ("こどもと家庭センターで話す", "子"),
    ("子ども食堂のチラシ", "本人"),
    ("子どもに食べさせる", "子"),
    ("母、子ども医療証の再発行", "子 母"),
    ("不登校の小6、本人は昼夜逆転", "本人:11-12"),
    ("小6の弟、本人は昼夜逆転", "弟:11-12 本人"),
    ("2歳の預け先、本人は働きたい", "子:2 本人"),
    ("小6と中2、本人は看護師", "子:11-12 子2:13-14 本人"),
    ("旦那が来た", "夫"),
    ("主人公の本", "本人"),
    ("主人が来た", "夫"),
    ("曽祖母と曾祖母", "曾祖母"),
    ("お姑さんの介護", "義母"),
    ("ひ孫が来た", "曾孫"),
    ("昭和18年生まれの男性", "本人男性:82-83"),
    ("本人は85歳", "本人:85"),
    ("粗大ごみの予約", "本人"),
    ("", "本人"),
]


@lru_cache(maxsize=1)
def reader() -> MemberReader:
    return MemberReader(load("national").relations.values())


def shown(member) -> str:
    age = ""
    if member.age_from is not None:
        age = f":{member.age_from}" if member.age is not None else f":{member.age_from}-{member.age_to}"
    return member.key + age + (f"*{member.count}" if member.count > 1 else "") + ("!" if member.outside else "")


@pytest.mark.parametrize(("text", "who"), WHO, ids=[text for text, _ in WHO])
def test_who_is_in_the_text(text, who):
    members, _ = reader().read(tidy(text).text, DAY)
    assert sorted(map(shown, members)) == sorted(who.split())


@pytest.mark.parametrize(("text", "minor", "aged"), [
    ("17歳の娘", True, False),
    ("18歳の娘", False, False),
    ("64歳の父", False, False),
    ("65歳の父", False, True),
    ("60代の父", False, None),
    ("十代の娘", None, False),
    ("娘", None, None),
])  # fmt: skip
def test_minor_and_aged(text, minor, aged):
    member = reader().read(text, DAY)[0][0]
    assert (member.minor, member.aged) == (minor, aged)


def test_a_person_named_twice_is_one_member_with_two_mentions():
    members, mentions = reader().read("母は82歳。母が転んだ", DAY)
    assert [m.key for m in members] == ["母"]
    assert [m.key for m in mentions] == ["母", "母"]


def test_mentions_stand_in_text_order():
    _, mentions = reader().read("息子55と母82、80代の父", DAY)
    assert [m.key for m in mentions] == ["息子", "母", "父"]
    assert [m.start for m in mentions] == sorted(m.start for m in mentions)


# text with 【the mention】, code → whose it is
WHOSE = [
    ("【認知症】の母と息子", "dementia", "母"),
    ("母と【うつ】の息子", "mental_health", "息子"),
    ("母は【足が悪く】、父は元気", "illness", "母"),
    ("母は元気、父は【足が悪い】", "illness", "父"),
    ("【母は腰を痛め】、長男は県外", "illness", "母"),
    ("母42は【布団から出ない】、祖父79は徘徊", "mental_health", "母"),
    ("夫に【殴られた】と妻", "dv", "妻"),
    ("妻に【殴られた】と夫", "dv", "妻"),
    ("父が【叩く】と小3の弟", "child_abuse", "弟"),
    ("息子に【年金を取られる】母84", "elder_abuse", "母"),
    ("高2の娘が【祖母の介護をする】", "young_carer", "娘"),
    ("52歳の娘が【母の介護で倒れた】", "caregiving_burden", "娘"),
    ("夫婦で【家賃を滞納】", "housing_unstable", "世帯"),
    ("母と息子、【水道が止まった】", "utilities_arrears", "世帯"),
    ("息子は【借金】がある", "debt", "息子"),
    ("【手帳2級】の更新", "disability_certified", "本人"),
    ("62女 【透析】 夫は元気", "illness", "本人女性"),
    ("夫は元気。【妊娠5か月】の妻", "pregnancy", "妻"),
]


@pytest.mark.parametrize(("text", "code", "whose"), WHOSE, ids=[text for text, _, _ in WHOSE])
def test_whose_it_is(text, code, whose):
    start = text.index("【")
    end = text.index("】") - 1
    plain = text.replace("【", "").replace("】", "")
    members, mentions = reader().read(plain, DAY)
    assert holder_of(plain, start, end, code, members, mentions) == whose
