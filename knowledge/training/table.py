"""The figures of a training: issues, danger, fields, decision, consent, urgency, by voice and together.

Knows how the blend's numbers become answers when the policy is the plain one (the likelier route, abuse never left to
one window). Refuses to know the test messages; tests/cases/score.py is the judge of the whole product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.reading.blend import Weighed
from knowledge.reading.model import Span
from knowledge.reading.models.codes import COORDINATION, DANGER, DECISIONS, FIELDS
from knowledge.reading.verdict import Thresholds, Verdict, consent, urgency, verdict
from knowledge.training.fuse import Case

_ABUSE = frozenset(("child_abuse", "elder_abuse", "disability_abuse"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be said of one message."""

    issues: frozenset[str]
    maybe: frozenset[str]
    fields: frozenset[str]
    decision: str
    consent: str
    urgent: bool


def answer(case: Case, w: Weighed, limits: Thresholds, field: float) -> Answer:
    """By the blend and the plain policy."""
    e = case.evidence
    found: Verdict = verdict(e, w, limits)
    issues = frozenset(f.code for f in found.firm)
    likely = DECISIONS[COORDINATION.index(max(COORDINATION, key=lambda name: w.coordination[name]))]
    decision = DECISIONS[1] if likely == DECISIONS[0] and issues & _ABUSE else likely
    agreed = consent(e, w, limits, lambda _: Span(0, 0)).state.value
    return Answer(
        issues,
        frozenset(m.code for m in found.maybe),
        frozenset(name for name in FIELDS if w.fields[name] >= field),
        decision,
        agreed if decision != DECISIONS[0] else "unknown",
        urgency(e, w, found.firm, limits).urgent,
    )


def figures(pairs: Sequence[tuple[Case, Answer]]) -> dict[str, float]:
    """The scorer's figures that do not need the packs' meetings."""
    n: Counter[str] = Counter()
    for case, a in pairs:
        g = case.gold
        want, okay = set(g["issues"]), set(g.get("ok_issues", ()))
        n["tp"] += len(want & a.issues)
        n["fp"] += len(a.issues - want - okay)
        n["want"] += len(want)
        n["offered"] += len(want & (a.issues | a.maybe))
        n["shown"] += len(a.maybe)
        n["traps"] += len(g.get("not_issues", ()))
        n["trapped"] += len(set(g.get("not_issues", ())) & a.issues)
        n["danger"] += len(want & set(DANGER))
        n["danger_hit"] += len(want & set(DANGER) & (a.issues | a.maybe))
        n["danger_false"] += len((a.issues & set(DANGER)) - want - okay)
        n["ftp"] += len(set(g["fields"]) & a.fields)
        n["fwant"] += len(g["fields"])
        n["fsaid"] += len(a.fields - set(g.get("ok_fields", ())) | (a.fields & set(g["fields"])))
        n[f"{g['decision']} {a.decision}"] += 1
        n[g["decision"]] += 1
        n["right"] += g["decision"] == a.decision
        if g["consent"] != "unknown":
            n["consents"] += 1
            n["consent_right"] += g["consent"] == a.consent
        elif g["decision"] != DECISIONS[0]:
            n["invented"] += a.consent != "unknown"
        n["urgent"] += g["urgent"]
        n["urgent_hit"] += g["urgent"] and a.urgent
        n["urgent_said"] += a.urgent
    return _ratios(n, len(pairs))


def _ratios(n: Counter[str], messages: int) -> dict[str, float]:
    def share(part: str, whole: str) -> float:
        return n[part] / n[whole] if n[whole] else 0.0

    n["said"] = n["tp"] + n["fp"]
    single, _, multi = DECISIONS
    recalls = [share(f"{d} {d}", d) for d in DECISIONS]
    return {
        "messages": messages,
        "issue_precision": share("tp", "said"),
        "issue_recall": share("tp", "want"),
        "issue_f1": 2 * n["tp"] / max(1, n["want"] + n["said"]),
        "recall_with_maybe": share("offered", "want"),
        "maybe_per_message": n["shown"] / max(1, messages),
        "trap_rate": share("trapped", "traps"),
        "danger_with_maybe": share("danger_hit", "danger"),
        "danger_false_per_100": 100 * n["danger_false"] / max(1, messages),
        "field_f1": 2 * n["ftp"] / max(1, n["fwant"] + n["fsaid"]),
        "decision": n["right"] / max(1, messages),
        "decision_macro": sum(recalls) / 3,
        "over_escalated": share(f"{single} {multi}", single),
        "missed_escalation": share(f"{multi} {single}", multi),
        "consent": share("consent_right", "consents"),
        "consent_invented": n["invented"],
        "urgent_recall": share("urgent_hit", "urgent"),
        "urgent_precision": share("urgent_hit", "urgent_said"),
    }


def printed(groups: dict[str, dict[str, float]]) -> str:
    """One column per group."""
    names = list(next(iter(groups.values())))
    head = f"{'':24}" + "".join(f"{group:>8}" for group in groups)
    rows = [f"{name:24}" + "".join(f"{g[name]:>8.3f}" for g in groups.values()) for name in names]
    return "\n".join([head, *rows])
