"""Every code that a case can hold has words, and a message for a channel names nobody and offers nothing dead."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.caseviews import alert_view, link_view
from bot.caseviews_forms import (
    CLOSE_REASONS,
    CONSENT_PURPOSES,
    CONSENT_STATES,
    REOPEN_REASONS,
    SEND_BACK_REASONS,
    STUCK_REASONS,
)
from bot.caseviews_lists import WHICH
from bot.console import card_lines
from bot.turns import Choice
from routing.alerts import ESCALATION, REFERRAL
from routing.cases import CaseStatus, EventKind
from routing.escalation import Cause, EscalationState
from routing.links import Link
from routing.people import Role
from routing.referrals import DeclineReason, Purpose, ReferralState, Way
from routing.standing import replay
from routing.work import CaseNow
from tests.bot.talks import Stage, town_of

AT = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
TEXT = "80代の母と50代の息子の二人暮らし。息子は20年以上ひきこもり、山田花子さんの電話は090-1234-5678。"
CODES: dict[str, Iterable[str]] = {
    "referral_state": ReferralState,
    "purpose": Purpose,
    "purpose_short": Purpose,
    "way": Way,
    "answer_way": Way,
    "decline": DeclineReason,
    "decline_short": DeclineReason,
    "escalation_state": EscalationState,
    "cause": Cause,
    "send_back": SEND_BACK_REASONS,
    "consent_state": CONSENT_STATES,
    "consent_how": ("written", "oral"),
    "consent_purpose": CONSENT_PURPOSES,
    "stuck": STUCK_REASONS,
    "close_why": CLOSE_REASONS,
    "reopen_why": REOPEN_REASONS,
    "case_status": CaseStatus,
    "event": EventKind,
    "which": WHICH,
    "role": Role,
}


@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_words(kind: str) -> None:
    render = town_of("mihon").renderer
    for code in CODES[kind]:
        assert render.label(f"{kind}:{code}").strip(), f"{kind}:{code}"


@pytest.mark.parametrize("pack", ["mihon", "okinawa", "wadomari", "miyoshi", "toda"])
def test_every_item_and_basis_of_a_town_has_words(pack: str) -> None:
    town = town_of(pack)
    for kind, codes in (("item", town.rules.follow_up.items), ("basis", town.rules.follow_up.bases)):
        for code in codes:
            assert town.renderer.label(f"{kind}:{code}") != code


def _story(folder: Path) -> Stage:
    """A case that was refused twice, brought up, asked about, answered and sent back."""
    stage = Stage("mihon", AT, folder)
    people = {"clerk-1": "fukushi-madoguchi", "h": "hokatsu-kikan", "j": "jiritsu-sodan", "t": "project-team"}

    def do(who: str, action: str, value: str = "", **values: str) -> None:
        stage.direct(["as", who, people[who], "coordinator"])
        stage.take(None, Choice(action, value, values))

    n = "MIHON-2026-0001"
    stage.direct(["as", "clerk-1", "fukushi-madoguchi"])
    stage.take(TEXT, None)
    do("clerk-1", "accept")
    do("clerk-1", "enough")
    do("clerk-1", "override")
    do("clerk-1", "overridden", route="single_window", reason="話がついた")
    for number, (who, agency) in enumerate((("h", "hokatsu-kikan"), ("j", "jiritsu-sodan")), start=1):
        do("clerk-1", "case:refer", n, agency=agency, purpose="take", ways="chat", basis="anonymous")
        do(who, "case:decline", f"{n}/{number}", reason="other", text="山田花子さんを知っている者がいる")
    do("t", "case:ask_info", f"{n}/0", text="山田花子さんの通院先は")
    do("clerk-1", "case:inform", f"{n}/1", text="見本病院")
    do("t", "case:send_back", f"{n}/2", reasons="ordinary", promise="2026-12-01", text="山田花子さんによろしく")
    return stage


def test_a_message_names_nobody_and_offers_only_what_still_has_a_meaning(tmp_path: Path) -> None:
    stage, town = _story(tmp_path), town_of("mihon")
    assert stage.store is not None
    kinds = set()
    with stage.store.unit() as unit:
        case = unit.cases.by_number("MIHON-2026-0001")
        assert case is not None
        now = CaseNow(case, replay(unit.cases.events(case.id)))
        sent = unit.outbox.of_case(case.id)
    for occurrence in sent:
        message = occurrence.message
        payload = json.loads(message.payload)
        kinds.add((message.kind, payload["event"]))
        for view in (
            alert_view(payload, message.kind, town.rules, None),
            alert_view(payload, message.kind, town.rules, now),
        ):
            words = "\n".join(card_lines(town.renderer.card(view)))
            for secret in ("山田", "花子", "090", "通院先", "見本病院", "20年以上"):
                assert secret not in words + message.payload
            assert "MIHON-2026-0001" in words
        late = alert_view(payload, message.kind, town.rules, now)
        assert [o.action for o in late.options] == ["case:show"], "all of it is settled by now"
    assert kinds == {
        (REFERRAL, "referred"), (REFERRAL, "declined"), (ESCALATION, "escalated"), (ESCALATION, "asked"),
        (ESCALATION, "informed"), (ESCALATION, "sent_back"),
    }  # fmt: skip
    stage.close()


def test_a_link_without_its_secrets_is_still_a_card() -> None:
    town = town_of("mihon")
    link = Link("t", "c", "case", 1, AT, "p", AT, 5)
    with_it, without = link_view(link, "token", "123456", town.rules), link_view(link, "", "", town.rules)
    assert "123456" in str(town.renderer.card(with_it))
    assert "もう一度作ってください" in str(town.renderer.card(without))
