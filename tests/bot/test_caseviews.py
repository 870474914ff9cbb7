"""What is offered is what is legal: every command × every kind of person × every state, tried for real and compared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.caseviews import kept
from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.turns import Choice, Turn
from bot.views import View
from bot.world import Town
from routing.errors import RoutingError
from routing.people import Actor, Role
from routing.standing import replay
from routing.store import SqlStore, new_key, open_store, upgrade
from routing.use_case import sweep
from tests.bot.talks import town_of

AT = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
WINDOW = Choice(
    "overridden", "", {"route": "single_window", "reason": "まず窓口で受ける"}
)  # whatever the reading makes of it
TEXT = "80代の母と50代の息子の二人暮らし。息子は20年以上ひきこもり、母は認知症が進んで家賃を3か月滞納。"
PEOPLE = {
    "opener": Actor("p-opener", "fukushi-madoguchi"),
    "colleague": Actor("p-colleague", "fukushi-madoguchi", Role.COORDINATOR),
    "asked": Actor("p-asked", "hokatsu-kikan", Role.COORDINATOR),
    "second": Actor("p-second", "jiritsu-sodan", Role.COORDINATOR),
    "team": Actor("p-team", "project-team", Role.COORDINATOR),
    "boss": Actor("p-boss", "chiiki-fukushi", Role.SUPERVISOR),
    "stranger": Actor("p-stranger", "kokuho"),
    "nobody": Actor("p-nobody"),
}
Step = tuple[str, str, str, dict[str, str]]  # who, command, what stands behind the number, fields
REFER: Step = ("opener", "refer", "", {"agency": "hokatsu-kikan", "purpose": "take", "basis": "anonymous"})
REFER_2: Step = ("opener", "refer", "", {"agency": "jiritsu-sodan", "purpose": "take", "basis": "anonymous"})
JOIN: Step = ("opener", "refer", "", {"agency": "jiritsu-sodan", "purpose": "join", "basis": "anonymous"})
NO: Step = ("asked", "decline", "/1", {"reason": "organisation"})
NO_2: Step = ("second", "decline", "/2", {"reason": "area"})
UP: Step = ("opener", "escalate", "", {"text": "上げます"})
BACK: Step = ("team", "send_back", "/0", {"reasons": "ordinary", "promise": "2026-12-01"})
OWNER: Step = ("team", "assign", "/1", {"agency": "hokatsu-kikan", "rank": "coordinator", "text": "近いため"})
STATES: dict[str, tuple[Step, ...]] = {
    "new": (),
    "sent": (REFER,),
    "seen": (REFER, ("asked", "see", "/1", {})),
    "joined": (REFER, JOIN),
    "declined": (REFER, NO),
    "accepted": (REFER, ("asked", "accept", "/1", {})),
    "withdrawn": (REFER, ("opener", "withdraw", "/1", {})),
    "expired": (REFER, ("timer", "sweep", "", {})),
    "bounced": (REFER, NO, REFER_2, NO_2),
    "alerted": (UP,),
    "acknowledged": (UP, ("team", "ack", "/0", {})),
    "asked": (UP, ("team", "ask_info", "/0", {"text": "通院先は"})),
    "taken_up": (UP, ("team", "take_up", "/0", {})),
    "assigned": (UP, ("team", "ack", "/0", {}), OWNER),
    "assigned_declined": (UP, ("team", "ack", "/0", {}), OWNER, NO),
    "assigned_accepted": (UP, ("team", "ack", "/0", {}), OWNER, ("asked", "accept", "/1", {})),
    "sent_back": (UP, BACK),
    "followed_up": (UP, BACK, ("opener", "followed_up", "", {})),
    "called_off": (UP, ("opener", "call_off", "/0", {})),
    "closed": (("opener", "close", "", {"why": "eased"}),),
    "closed_after": (REFER, NO, UP, BACK, ("opener", "close", "", {"why": "eased"})),
    "withdrawn_consent": (("opener", "consent", "", {"state": "yes", "how": "oral"}), ("opener", "consent", "", {"state": "withdrawn"})),
}  # fmt: skip
# every command with fields that are good enough; `{n}` is a referral, `{turn}` the escalation's turn
TRIES: dict[str, tuple[str, dict[str, str]]] = {
    "refer": ("", {"agency": "hoken-center", "purpose": "join", "basis": "anonymous"}),
    "escalate": ("", {}),
    "note": ("", {"text": "訪問した"}),
    "consent": ("", {"state": "yes", "how": "oral"}),
    "close": ("", {"why": "eased"}),
    "reopen": ("", {"why": "came_back"}),
    "followed_up": ("", {}),
    "ack": ("/{turn}", {}),
    "take_up": ("/{turn}", {}),
    "send_back": ("/{turn}", {"reasons": "ordinary", "promise": "2027-02-01"}),
    "ask_info": ("/{turn}", {"text": "通院先は"}),
    "assign": ("/{turn}", {"agency": "hoken-center", "text": "近いため"}),
    "inform": ("/{turn}", {"text": "見本病院です"}),
    "call_off": ("/{turn}", {}),
    "see": ("/{n}", {}),
    "accept": ("/{n}", {}),
    "decline": ("/{n}", {"reason": "law"}),
    "record": ("/{n}", {"kind": "accepted", "way": "phone", "person": "見本"}),
    "withdraw": ("/{n}", {}),
    "link": ("/{n}", {}),
}


@dataclass
class Hall:
    """A store with one case per state, and the desk that serves it."""

    town: Town
    store: SqlStore
    desk: CaseDesk
    numbers: dict[str, str]
    ends: dict[str, datetime]

    def view(self, state: str, who: str) -> View | None:
        """The case as a person sees it; None when they may not."""
        with self.store.unit() as unit:
            try:
                return self.desk.do(unit, Choice("case:show", self.numbers[state]), PEOPLE[who].id, self.ends[state])[0]
            except RoutingError:
                return None

    def works(self, state: str, who: str, choice: Choice) -> bool:
        """Whether the command would change something; nothing is kept."""
        with self.store.unit() as unit:
            case = unit.cases.by_number(self.numbers[state])
            assert case is not None
            before = len(unit.cases.events(case.id))
            try:
                self.desk.do(unit, choice, PEOPLE[who].id, self.ends[state])
            except RoutingError:
                return False
            return len(unit.cases.events(case.id)) > before


def _take(hall: Hall, state: str, step: Step, at: datetime) -> None:
    who, command, part, fields = step
    with hall.store.unit() as unit:
        if who == "timer":
            case = unit.cases.by_number(hall.numbers[state])
            assert case is not None
            sweep(unit, hall.town.rules, case.id, at)
        else:
            hall.desk.do(unit, Choice(f"case:{command}", hall.numbers[state] + part, fields), PEOPLE[who].id, at)
        unit.commit()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    town = town_of("mihon")
    url = f"sqlite:///{tmp_path_factory.mktemp('hall') / 'hall.db'}"
    upgrade(url)
    store = open_store(url, new_key())
    count = itertools.count()
    desk = CaseDesk(town, lambda: f"token-{next(count)}", lambda: "123456", demo=True)
    talk = Conversation(store, town, desk, lambda: f"case-{next(count)}", lambda: "AB2CD3EF")
    hall = Hall(town, store, desk, {}, {})
    with store.unit() as unit:
        for actor in PEOPLE.values():
            unit.people.put(actor, AT)
        unit.commit()
    for state, steps in STATES.items():
        for number, what in enumerate((TEXT, Choice("accept"), Choice("enough"), Choice("override"), WINDOW)):
            said, chosen = (what, None) if isinstance(what, str) else (None, what)
            out = talk.receive(Turn(f"t-{state}", f"m{number}", "console", "p-opener", AT, said, chosen))
        hall.numbers[state] = out.talk.dialogue.case_number
        at = AT
        for step in steps:
            at += timedelta(days=30) if step[0] == "timer" else timedelta(minutes=5)
            _take(hall, state, step, at)
        hall.ends[state] = at + timedelta(minutes=5)
    yield hall
    store.close()


def offered(view: View | None) -> set[tuple[str, str]]:
    if view is None:
        return set()
    options = [*view.options, *(option for row in view.rows for option in row.options)]
    return {("case:refer" if o.action == "case:ask" else o.action, o.value) for o in options}


def every_try(hall: Hall, state: str) -> Iterator[Choice]:
    number = hall.numbers[state]
    with hall.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        standing = replay(unit.cases.events(case.id))
    turn = standing.escalation.turn if standing.escalation else 0
    for command, (part, fields) in TRIES.items():
        parts = [part.format(n=r.number) for r in standing.referrals] if "{n}" in part else [part.format(turn=turn)]
        for tail in parts:
            yield Choice(f"case:{command}", number + tail, fields)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("state", STATES)
def test_exactly_the_legal_commands_are_offered(hall: Hall, state: str, who: str) -> None:
    legal = {(c.action, c.value) for c in every_try(hall, state) if hall.works(state, who, c)}
    assert offered(hall.view(state, who)) == legal


def test_the_states_differ_in_what_they_offer(hall: Hall) -> None:
    """The table above would prove nothing if nobody could do anything."""
    kinds = {
        state: {a for a, _ in offered(hall.view(state, "team")) | offered(hall.view(state, "opener"))}
        for state in STATES
    }
    every = set().union(*kinds.values())
    assert {f"case:{c}" for c in TRIES} - every == {
        "case:see",
        "case:accept",
        "case:decline",
    }  # those of the asked desk
    assert {"case:see", "case:accept", "case:decline"} <= {a for a, _ in offered(hall.view("sent", "asked"))}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("state", STATES)
def test_every_view_of_every_state_has_its_words(hall: Hall, state: str, who: str) -> None:
    view = hall.view(state, who)
    if view is None:
        assert who in ("stranger", "nobody", "asked", "second", "team", "boss")
        return
    card = hall.town.renderer.card(view)
    assert card.title.startswith("案件 MIHON-2026-")
    whole = str(card)
    assert "（今の登録にありません）" not in whole
    if who in ("asked", "second") and state not in ("accepted", "assigned_accepted"):
        for secret in ("20年以上ひきこもり", "通院先は", "上げます", "近いため"):
            assert secret not in whole, "a desk that was only asked sees what was shared and no more"


def test_what_a_transcript_keeps_has_no_free_text(hall: Hall) -> None:
    view = hall.view("asked", "opener")
    assert view is not None
    assert "通院先は" in str(view)
    assert "通院先は" not in str(kept(view))
    assert hall.town.renderer.card(kept(view)).title
