"""One-time links: the card that gives one out, and what its page shows before and after the code. Pure.

Knows that a link's secrets are shown once, and that its page shows what the share record names and nothing else. Refuses to
know wording and identity itself (the page asks the store for it, item by item).
"""

from __future__ import annotations

from datetime import datetime

from bot.caseviews_parts import Data, clock, decided, decision, household, issues_of, moment
from bot.views import Option, View
from routing.cases import CaseStatus
from routing.links import Link
from routing.work import CaseNow, Rules


def link_view(link: Link, token: str, code: str, rules: Rules) -> View:
    """The link and its code, shown once. `data["path"]` comes after the address of this server."""
    data: Data = {
        "path": f"/l/{token}" if token else "",
        "token": token,
        "code": code,
        "referral": link.referral,
        "expires": moment(link.expires_at),
        "most_wrong": link.most_wrong,
        "hours": rules.follow_up.data.link.hours,
    }
    return View("link_given", data)


def link_page_view(now: CaseNow, link: Link, rules: Rules, at: datetime) -> View:
    """What an agency without chat reads: before the code what tells nobody who the household is, after it what was shared.

    Options: the answers that are still possible, once the code was right.
    """
    referral = now.standing.referral(link.referral)
    share = next(s for s in now.standing.shares if s.number == referral.share)
    opened = link.opened_at is not None
    told = [i for i in share.items if not share.stopped or not _tells_who(i, rules)]
    items = [i for i in told if opened or not _tells_who(i, rules)]
    case, sender = now.case, rules.catalogue.agencies.get(referral.sender)
    data: Data = {
        "number": case.number if "number" in items else "",
        "agency": referral.agency,
        "sender": referral.sender,
        "phone": sender.phone if sender else "",
        "purpose": referral.purpose.value,
        "state": referral.state.value,
        "opened": opened,
        "tries": link.most_wrong - link.wrong,
        "clock": clock(referral.answer_by, at, rules),
        "expires": moment(link.expires_at),
        "basis": share.basis,
        "items": items,
        "later": [i for i in told if i not in items],
        "members": household(case) if "ages" in items else None,
        "issues": issues_of(case) if "issues" in items else None,
        "proposal": decision(case) if "proposal" in items else None,
        "situation": case.masked_text if "situation" in items else "",
        "sheet": "sheet" in items,
        "identity": [i for i in items if i in ("names", "contact")],
        "urgent": bool(decided(case)["urgent"]),
    }
    may = opened and referral.is_open and now.standing.status is CaseStatus.OPEN
    answers = (("accept", "primary"), ("decline", "plain")) if may else ()
    return View("link_page", data, options=tuple(Option(f"link:{a}", "", f"act:{a}", style) for a, style in answers))


def _tells_who(item: str, rules: Rules) -> bool:
    found = rules.follow_up.items.get(item)
    return found is None or found.identity
