"""A confirmed talk becomes a case: the documents as they were shown, the identity apart. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from bot.corrections import facts_now, reading_now
from bot.dialogue import OpenCase, SaveItems, World
from bot.intake import prefilled
from bot.memory import Talk, whole_text
from knowledge.reading.model import IdentityKind, Reading
from routing.cases import Case, Confirmation, answer_sheet
from routing.documents import FACTS, PACK, POLICY, PROPOSAL, pack_document, policy_document
from routing.households import marks_of
from routing.people import Actor
from routing.ports import Identity, UnitOfWork
from routing.use_case import open_with
from routing.work import Rules, Work

OVERRIDE_RULE = "clerk.override"

READING: TypeAdapter[Reading] = TypeAdapter(Reading)

_IDENTITY_ITEMS: Mapping[IdentityKind, str] = {
    IdentityKind.NAME: "name",
    IdentityKind.ADDRESS: "address",
    IdentityKind.PHONE: "phone",
    IdentityKind.EMAIL: "email",
    IdentityKind.BIRTH_DATE: "birth_date",
}


def open_from(
    unit: UnitOfWork, talk: Talk, effect: OpenCase, actor: Actor, world: World, rules: Rules, case_id: str
) -> Talk:
    """Store the case, its events and who the household is; the talk then carries the case number.

    One that was decided for 多機関協働 is brought up to the project team in the same breath.
    """
    reading = reading_now(talk.dialogue)
    proposal = effect.proposal
    pack = world.catalogue.pack.id
    number = unit.cases.next_number(pack.upper(), world.on.year)
    kind = proposal.meeting.kind if proposal.meeting and effect.route == proposal.route else None
    case = Case(
        id=case_id,
        number=number,
        pack=pack,
        pack_digest=proposal.pack_digest,
        policy_digest=proposal.policy_digest,
        on=world.on,
        opened_at=world.at,
        opened_by=actor.id,
        masked_text=reading.text,
        reading=READING.dump_json(reading).decode(),
        facts=FACTS.dump_json(facts_now(talk.dialogue, world)).decode(),
        proposal=PROPOSAL.dump_json(proposal).decode(),
        confirmation=Confirmation(
            effect.route,
            kind,
            tuple(t.agency for t in proposal.targets),
            actor.id,
            world.at,
            effect.overridden,
            effect.reason,
        ),
        form_version=world.catalogue.form.version,
        sheet=prefilled(talk.dialogue, world),
    )
    rule = OVERRIDE_RULE if effect.overridden else proposal.reasons[0].rule
    open_with(unit, rules, case, identity_of(talk, reading), actor, rule)
    _keep_versions(unit, world)
    return talk.with_dialogue(replace(talk.dialogue, case_id=case_id, case_number=number))


def _keep_versions(unit: UnitOfWork, world: World) -> None:
    """Keep the pack and the rules of the day beside the first case that was decided with them."""
    if not unit.versions.has(PACK, world.catalogue.digest):
        unit.versions.keep(PACK, world.catalogue.digest, pack_document(world.catalogue), world.at)
    if not unit.versions.has(POLICY, world.policy.digest):
        unit.versions.keep(POLICY, world.policy.digest, policy_document(world.policy), world.at)


def identity_of(talk: Talk, reading: Reading) -> Identity:
    """Who the household is, as far as the typed text tells: the first of each kind, and each birth date with its name.

    A date belongs to the name nearest before it, else to the nearest after it (`name@1`, `birth_date@1` …).
    """
    raw = whole_text(talk.texts)
    items: dict[str, str] = {}
    for mark in reading.identity:
        item = _IDENTITY_ITEMS.get(mark.kind)
        if item:
            items.setdefault(item, mark.span.of(raw))
    names = [m.span for m in reading.identity if m.kind is IdentityKind.NAME]
    dates = [m.span for m in reading.identity if m.kind is IdentityKind.BIRTH_DATE]
    for number, born in enumerate(dates if len(names) > 1 else (), start=1):
        before = [name for name in names if name.end <= born.start]
        name = before[-1] if before else names[0]
        items |= {f"name@{number}": name.of(raw), f"birth_date@{number}": born.of(raw)}
    if len(dates) > 1 or len(names) > 1:  # which name goes with which date is told by the pairs
        items.pop("birth_date", None)
    return Identity(items, raw)


def save_items(unit: UnitOfWork, talk: Talk, effect: SaveItems, actor: str, world: World, rules: Rules) -> None:
    """Put answers into the case's sheet; identity answers go to the encrypted table."""
    case = unit.cases.get(talk.dialogue.case_id)
    if case is None:
        return
    changed, events = answer_sheet(case, effect.answers, world.at, actor)
    if events:
        work = Work(unit, rules, changed, Actor(actor), world.at)
        work.record(*events)
        work.save()
    given = {key: value for key, value in effect.identity.items() if value.strip()}
    if given:
        known = unit.identities.get(case.id)
        items = {**known.items, **given}
        unit.identities.put(case.id, replace(known, items=items))
        unit.households.put(case.id, marks_of(items))
