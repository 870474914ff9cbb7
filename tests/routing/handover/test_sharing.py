"""What may be shared with whom on which basis: a table written by hand from the law and the policy's sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from routing.decision import decide
from routing.errors import Missing, NoBasis
from routing.facts import plain_facts
from routing.follow_up import FollowUp
from routing.proposal import Proposal
from routing.sharing import Offer, offers, share, shared
from routing.standing import Consent
from routing.use_case import ConsentGiven, consent
from routing.use_referral import Order, preview, refer
from tests.routing.handover.town import CLERK, DAY, MORNING, Town, mihon, rows

TABLE = list(rows("sharing.csv"))
ANONYMOUS = ("number", "ages", "issues", "proposal")
ALL = (*ANONYMOUS, "situation", "sheet", "names", "contact")


def proposed(row: Mapping[str, str]) -> Proposal:
    state = {"withdrawn": "no"}.get(row["consent"], row["consent"])
    more = dict(pair.split("=") for pair in row["more"].split())
    rules = mihon()
    return decide(
        plain_facts({"issues": row["issues"].split(), "consent": state, **more}), rules.policy, rules.catalogue, DAY
    )


@pytest.mark.parametrize("row", TABLE, ids=[row["why"] for row in TABLE])
def test_the_bases_that_hold(row: Mapping[str, str]) -> None:
    proposal = proposed(row)
    assert row["route"] in ("", proposal.route)
    found = offers(proposal, row["consent"], row["recipient"], mihon().follow_up, mihon().catalogue, DAY)
    assert [offer.basis for offer in found] == row["bases"].split()
    for offer in found:
        assert offer.items == (ANONYMOUS if offer.basis == "anonymous" else ALL)


def test_a_basis_that_is_not_in_force_that_day_is_not_offered() -> None:
    row = next(row for row in TABLE if "community_care" in row["bases"])
    data = mihon().follow_up.data
    later = tuple(
        b.model_copy(update={"effective_from": date(2027, 4, 1)}) if b.id == "community_care" else b for b in data.basis
    )
    follow_up = FollowUp(data.model_copy(update={"basis": later}))

    def bases(on: date) -> list[str]:
        found = offers(proposed(row), row["consent"], row["recipient"], follow_up, mihon().catalogue, on)
        return [offer.basis for offer in found]

    assert "community_care" not in bases(date(2027, 3, 31))
    assert "community_care" in bases(date(2027, 4, 1))


OFFERED = (
    Offer("consent", ALL, needs_reason=False),
    Offer("reasonable", ALL, needs_reason=True),
    Offer("anonymous", ANONYMOUS, needs_reason=False),
)


def test_a_share_is_on_record_with_basis_purpose_recipient_items_who_and_when() -> None:
    event = share(3, OFFERED, "consent", ["names", "sheet", "names"], "hokatsu-kikan", "take", MORNING, "web:clerk")
    record = shared(event)
    told = (record.number, record.basis, record.purpose, record.recipient, record.items, record.at, record.by)
    assert told == (3, "consent", "take", "hokatsu-kikan", ("names", "sheet"), MORNING, "web:clerk")


@pytest.mark.parametrize(
    ("basis", "items", "error"),
    [
        ("duty", ["ages"], NoBasis),
        ("anonymous", ["ages", "names"], NoBasis),
        ("consent", ["bank_account"], NoBasis),
        ("", ["ages"], NoBasis),
        ("reasonable", ["names"], Missing),
    ],
)
def test_what_no_basis_carries_is_refused_and_the_error_says_what_to_do(
    basis: str, items: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error) as told:
        share(1, OFFERED, basis, items, "hokatsu-kikan", "take", MORNING, "web:clerk")
    assert "ください" in str(told.value)


def test_a_consent_that_was_limited_to_one_agency_says_nothing_about_another() -> None:
    limited = Consent("yes", "written", "", "hokatsu-kikan")
    assert (limited.towards("hokatsu-kikan"), limited.towards("jiritsu-sodan")) == ("yes", "unknown")
    assert replace(limited, recipient="").towards("jiritsu-sodan") == "yes"
    assert replace(limited, state="no").towards("jiritsu-sodan") == "no"


def test_what_is_shared_follows_the_consent_as_it_is_now(town: Town) -> None:
    number = town.open(consent="unknown")

    def bases(agency: str) -> list[str]:
        return [offer.basis for offer in town.do(CLERK, number, preview, agency).offers]

    assert bases("hokatsu-kikan") == ["reasonable", "anonymous"]
    with pytest.raises(NoBasis):
        town.do(CLERK, number, refer, Order("hokatsu-kikan", basis="consent"))
    town.do(CLERK, number, consent, ConsentGiven("yes", "oral", "", "hokatsu-kikan"))
    assert bases("hokatsu-kikan")[0] == "consent"
    assert bases("jiritsu-sodan") == ["reasonable", "anonymous"]
    town.do(CLERK, number, refer, Order("hokatsu-kikan", basis="consent"))
    town.do(CLERK, number, consent, ConsentGiven("withdrawn"))
    (record,) = town.standing(number).shares
    assert record.stopped, "what was told by consent is marked, not forgotten"
    assert bases("hokatsu-kikan") == ["anonymous"]


@pytest.mark.parametrize("given", [ConsentGiven("perhaps"), ConsentGiven("yes"), ConsentGiven("yes", "by_nod")])
def test_consent_without_saying_how_is_not_recorded(town: Town, given: ConsentGiven) -> None:
    number = town.open(consent="unknown")
    with pytest.raises(Missing):
        town.do(CLERK, number, consent, given)
    assert town.standing(number).consent.state == "unknown"


def test_an_order_that_names_no_items_tells_nothing_of_who_they_are(town: Town) -> None:
    number = town.open(consent="yes")
    town.do(CLERK, number, refer, Order("hokatsu-kikan", basis="consent"))
    (told,) = town.standing(number).shares
    assert tuple(told.items) == ANONYMOUS, "consent would allow more; nobody asked for it"
