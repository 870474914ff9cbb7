"""One town ready to work: catalogue, policy, reader and renderer, built once and shared by all talks."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.dialogue import World
from bot.render import Renderer
from knowledge.catalogue import Catalogue
from knowledge.load import PACKS, load
from knowledge.reading.reader import Reader
from routing.follow_up import load_follow_up
from routing.policy import Policy, load_policy
from routing.reminders import Reminders, load_reminders
from routing.work import Rules
from routing.worktime import hours_of


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that depends on the pack only."""

    catalogue: Catalogue
    policy: Policy
    reader: Reader
    renderer: Renderer
    rules: Rules
    reminders: Reminders

    def world(self, at: datetime) -> World:
        """What one step may look at."""
        return World(self.catalogue, self.policy, at, self.reader.again)


def open_town(pack: str, root: Path = PACKS) -> Town:
    """Load and check a pack. Raises `PackError` or `PolicyError` with every problem.

    The garbage collector rests meanwhile: what is built here lives as long as the process, and looking through it again and
    again takes a third of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        catalogue = load(pack, root)
        policy = load_policy(catalogue)
        follow_up = load_follow_up(catalogue, [share.rule.id for share in policy.shares])
        rules = Rules(catalogue, policy, follow_up, hours_of(catalogue.pack))
        return Town(catalogue, policy, Reader(catalogue), Renderer(catalogue, policy), rules, load_reminders(catalogue))
    finally:
        if collecting:
            gc.enable()
