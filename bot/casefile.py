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
from routing.cases import Case, Confirmation, answer_sheet, open_case
from routing.documents import FACTS, PACK, POLICY, PROPOSAL, pack_document, policy_document
from routing.ports import Identity, UnitOfWork

READING: TypeAdapter[Reading] = TypeAdapter(Reading)

_IDENTITY_ITEMS: Mapping[IdentityKind, str] = {
    IdentityKind.NAME: "name",
    IdentityKind.ADDRESS: "address",
    IdentityKind.PHONE: "phone",
    IdentityKind.EMAIL: "email",
    IdentityKind.BIRTH_DATE: "birth_date",
}


def open_from(unit: UnitOfWork, talk: Talk, effect: OpenCase, actor: str, world: World, case_id: str) -> Talk:
    """Store the case, its events and who the household is; the talk then carries the case number."""
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
        opened_by=actor,
        masked_text=reading.text,
        reading=READING.dump_json(reading).decode(),
        facts=FACTS.dump_json(facts_now(talk.dialogue, world.catalogue, world.policy, world.on)).decode(),
        proposal=PROPOSAL.dump_json(proposal).decode(),
        confirmation=Confirmation(
            effect.route,
            kind,
            tuple(t.agency for t in proposal.targets),
            actor,
            world.at,
            effect.overridden,
            effect.reason,
        ),
        form_version=world.catalogue.form.version,
        sheet=prefilled(talk.dialogue, world),
    )
    case, events = open_case(case)
    unit.cases.add(case, events)
    unit.identities.put(case_id, _identity(talk, reading))
    _keep_versions(unit, world)
    return talk.with_dialogue(replace(talk.dialogue, case_id=case_id, case_number=number))


def _keep_versions(unit: UnitOfWork, world: World) -> None:
    """Keep the pack and the rules of the day beside the first case that was decided with them."""
    if not unit.versions.has(PACK, world.catalogue.digest):
        unit.versions.keep(PACK, world.catalogue.digest, pack_document(world.catalogue), world.at)
    if not unit.versions.has(POLICY, world.policy.digest):
        unit.versions.keep(POLICY, world.policy.digest, policy_document(world.policy), world.at)


def _identity(talk: Talk, reading: Reading) -> Identity:
    raw = whole_text(talk.texts)
    items: dict[str, str] = {}
    for mark in reading.identity:
        item = _IDENTITY_ITEMS.get(mark.kind)
        if item:
            items.setdefault(item, mark.span.of(raw))
    return Identity(items, raw)


def save_items(unit: UnitOfWork, talk: Talk, effect: SaveItems, actor: str, world: World) -> None:
    """Put answers into the case's sheet; identity answers go to the encrypted table."""
    case = unit.cases.get(talk.dialogue.case_id)
    if case is None:
        return
    changed, events = answer_sheet(case, effect.answers, world.at, actor)
    if events:
        unit.cases.save(changed, events)
    given = {key: value for key, value in effect.identity.items() if value.strip()}
    if given:
        known = unit.identities.get(case.id)
        unit.identities.put(case.id, replace(known, items={**known.items, **given}))
