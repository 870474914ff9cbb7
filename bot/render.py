"""View → Card, and whole pages: the only user of jinja2. Looks up every label and fills the templates; knows no rule and no surface.

Wording lives in templates/*.j2 and templates/labels.toml, and in the pack's own data (issue labels, reasons of rules,
questions). A word nobody has written is an error here, not an empty place on a screen.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.cards import Button, Card, Field, FieldOption, Line, Lists, Marked, parse_blocks
from bot.mishaps import log_mishap
from bot.views import Input, Mark, Option, Row, View
from knowledge.catalogue import Catalogue
from routing.policy import Policy
from routing.questions import CONFIRM_ISSUE

TEMPLATES = Path(__file__).parent / "templates"
_WEEKDAYS = "月火水木金土日"
_SPACED = ("case:", "referral:")  # rows of equal parts rather than a word with its explanation
_SEXED = re.compile(r"(本人)(女性|男性|女子|男子|女児|男児)")
_NUMBERED = re.compile(r"(.+?)([2-9]|1[0-9])")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_NUMBER = re.compile(r"#\d{4}|0\d{1,4}-\d{1,4}-\d{3,4}|(?<![\d-])1\d\d(?![\d-])")


def _call(match: re.Match[str]) -> str:
    number = match[1]
    return f'<a href="tel:{number.replace("#", "%23").replace("-", "")}">{number}</a>'


def _numbers_of(catalogue: Catalogue) -> str:
    """The emergency numbers that the duties name, as alternatives of a pattern, the longest first."""
    found = {number for duty in catalogue.duties.values() for number in _NUMBER.findall(duty.phone)}
    return "|".join(re.escape(number) for number in sorted(found, key=lambda n: (-len(n), n)))


class Renderer:
    """Renders the views of one town."""

    def __init__(self, catalogue: Catalogue, policy: Policy) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._labels: Mapping[str, Mapping[str, str]] = tomllib.loads((TEMPLATES / "labels.toml").read_text("utf-8"))
        self._environment = self._made(autoescape=False)  # plain words; each surface escapes for itself
        self._pages = self._made(autoescape=True)
        self._numbers = _numbers_of(catalogue)
        self._pages.filters |= {"words": self._words, "calls": self._calls}

    def _made(self, *, autoescape: bool) -> Environment:
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=autoescape,  # noqa: S701 - see the callers
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        made.filters |= {
            "label": self.label,
            "day": self.day,
            "reason": self.reason,
            "basis": self.basis,
            "change": self.change,
        }
        made.globals |= {"town": self._catalogue, "rules": self._policy, "any_label": self.any_label}
        return made

    def card(self, view: View) -> Card:
        """The card of a view."""
        body = self._environment.get_template(f"{view.name}.j2").render(view=view, **view.data)
        text, _, after = body.partition("\n+++\n")
        blocks = parse_blocks(text)
        titles = [block.text for block in blocks if block.kind == "heading"]
        return Card(
            view=view.name,
            title=titles[0] if titles else "",
            blocks=blocks,
            marked=self.marked(view.text, view.marks),
            lists=self._lists(view),
            fields=tuple(self._field(field, view) for field in view.inputs),
            submit=self._button(view.submit) if view.submit else None,
            buttons=tuple(self._button(option) for option in view.options),
            after=parse_blocks(after),
        )

    def card_or_notice(self, view: View) -> Card:
        """`card`, or a notice in its place for a view of old that can no longer be rendered."""
        try:
            return self.card(view)
        except Exception as error:
            if view.name == "trouble":
                raise
            log_mishap("card cannot be shown", error, view.name)
            return self.card(View("trouble", {"kind": "old_card"}))

    def text(self, template: str, **data: object) -> str:
        """A template rendered by itself (notices, command-line messages, the sheet's pieces)."""
        return self._environment.get_template(template).render(**data)

    def page(self, template: str, **data: object) -> str:
        """An HTML page or a piece of one: everything that is put in is escaped."""
        return self._pages.get_template(template).render(**data)

    @staticmethod
    def _words(text: str) -> Markup:
        """Escaped words; what stands between two pairs of asterisks is strong."""
        return Markup(_STRONG.sub(r"<strong>\1</strong>", str(escape(text))))  # noqa: S704 - escaped just before

    def _calls(self, text: str) -> Markup:
        """Escaped words in which the emergency numbers of the duties' data can be dialled."""
        plain = self._words(text)
        if not self._numbers:
            return plain
        pattern = rf"(?<![\d#-])({self._numbers})(?![\d条年月人円-])"
        return Markup(re.sub(pattern, _call, str(plain)))  # noqa: S704 - escaped just before

    def label(self, reference: str) -> str:
        """The words of a label reference. Raises KeyError for a reference nobody has words for."""
        kind, _, key = reference.partition(":")
        catalogue = self._catalogue
        match kind:
            case "text":
                return key
            case "issue":
                return catalogue.issues[key].label if key in catalogue.issues else self._gone(key)
            case "field":
                return key
            case "agency":
                return catalogue.agencies[key].name if key in catalogue.agencies else self._gone(key)
            case "kind":
                return catalogue.agency_kinds[key].label if key in catalogue.agency_kinds else self._gone(key)
            case "body":
                return catalogue.meetings[key].name if key in catalogue.meetings else self._gone(key)
            case "meeting_kind":
                return catalogue.meeting_kinds[key].label
            case "area":
                return catalogue.areas[key].name if key in catalogue.areas else self._gone(key)
            case "resource":
                return catalogue.resources[key].name if key in catalogue.resources else self._gone(key)
            case "member":
                return self._member(key)
            case "section":
                return next(s.label for s in catalogue.form.sections if s.id == key)
            case "form":
                item, _, who = key.partition("@")
                found = catalogue.form.item(item)
                return (found.label if found else item) + (f"（{who}）" if who else "")
            case "choice":
                return self._choice(key)
            case "post":
                return self._post(key)
            case "since":
                return self._labels["fill"]["since"].replace("{}", self.day(key))
            case "fill":
                name, _, inner = key.partition("|")
                return self._labels["fill"][name].replace("{}", self.label(inner))
            case "clock":
                by, left, late, timer, day = key.split()
                words = {"by": by, "left": int(left), "late": late == "1", "kind": timer, "day": int(day)}
                return self.text("_clock.j2", clock=words).strip()
            case "item" | "basis":
                return self._labels[kind].get(key, key)  # a town's follow_up.toml may name its own
            case _:
                return self._labels[kind][key]

    def _gone(self, key: str) -> str:
        """A record that the pack no longer has: old talks must still be readable."""
        return f"{key}（{self._labels['ui']['gone']}）"

    def _post(self, key: str) -> str:
        post = self._catalogue.coordinators.get(key)
        return f"{self.label(f'agency:{post.agency}')} {post.post}" if post else self._gone(key)

    def _member(self, key: str) -> str:
        """「本人女性」 as 本人・女性, 「息子2」 as the second of the sons: a reader takes it for two years old."""
        words = self._labels["member"]
        numbered = _NUMBERED.fullmatch(key)
        plain, nth = (numbered[1], words["nth"].format(n=numbered[2])) if numbered else (key, "")
        sexed = _SEXED.fullmatch(plain)
        notes = words["and"].join(filter(None, (sexed[2] if sexed else "", nth)))
        return words["with"].format(who=sexed[1] if sexed else plain, notes=notes) if notes else plain

    def has_label(self, kind: str, key: str) -> bool:
        """Whether there are words for a code."""
        return key in self._labels.get(kind, {})

    def any_label(self, kind: str, key: str) -> str:
        """The label of `kind:key`."""
        return self.label(f"{kind}:{key}")

    def _choice(self, key: str) -> str:
        question, _, value = key.partition("=")
        if question.startswith(CONFIRM_ISSUE):
            return self._labels["confirm_issue"][value]
        found = next(q for q in self._policy.questions if q.id == question)
        return next(c.label for c in found.choices if c.value == value)

    def reason(self, item: Mapping[str, Any]) -> str:
        """The sentence of a reason: the rule's own words, with the codes' labels in."""
        rule = self._policy.rule(item["rule"])
        return self._fill(rule.reason, item.get("about", {})) if rule else self._gone(item["rule"])

    def basis(self, item: Mapping[str, Any]) -> str:
        """The law a rule stands on; empty when it names none."""
        rule = self._policy.rule(item["rule"])
        return rule.basis if rule else ""

    def change(self, item: Mapping[str, Any]) -> str:
        """What would change a why-not."""
        rule = self._policy.rule(item["rule"])
        return self._fill(rule.change, item.get("about", {})) if rule else ""

    def _fill(self, sentence: str, about: Mapping[str, Sequence[str]]) -> str:
        kinds = {"issues": "issue", "fields": "field", "weight": "field", "working": "kind", "refused": "kind"}
        for name, codes in about.items():
            words = "・".join(self.label(f"{kinds[name]}:{code}") for code in codes)
            sentence = sentence.replace(f"{{{name}}}", words or self._labels["ui"]["nothing"])
        for name in kinds:
            sentence = sentence.replace(f"{{{name}}}", self._labels["ui"]["nothing"])
        return sentence

    @staticmethod
    def day(value: str | date) -> str:
        """12月3日（木）."""
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"

    def _button(self, option: Option) -> Button:
        hint = "・".join(self._labels["effect"][part] for part in option.effect)
        return Button(option.action, option.value, self.label(option.label), option.style, hint)

    def _line(self, row: Row) -> Line:
        words = [self.label(part) for part in row.parts]
        told = f"（{'、'.join(words[1:])}）" if len(words) > 1 else ""
        text = "　".join(words) if row.id.startswith(_SPACED) else words[0] + told
        return Line(
            row.id,
            text,
            self._labels["polarity"].get(row.polarity, ""),
            row.quote,
            tuple(map(self._button, row.options)),
            row.polarity,
        )

    def _lists(self, view: View) -> tuple[Lists, ...]:
        parts = (("findings", view.rows), ("maybes", view.maybes), ("asides", view.asides))
        titles = {**self._labels["list"], **self._labels.get(f"list_{view.name}", {})}
        return tuple(Lists(titles[name], tuple(map(self._line, rows))) for name, rows in parts if rows)

    def marked(self, text: str, marks: Sequence[Mark]) -> Marked:
        """A text cut at its marks, each with the words of its label."""
        parts: list[tuple[str, str, str]] = []
        at = 0
        for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
            if mark.start < at:
                continue
            parts += [
                (text[at : mark.start], "", ""),
                (text[mark.start : mark.end], self.label(mark.label), mark.polarity),
            ]
            at = mark.end
        parts.append((text[at:], "", ""))
        return Marked(tuple(part for part in parts if part[0]))

    def _field(self, field: Input, view: View) -> Field:
        options: tuple[FieldOption, ...]
        if field.kind == "issue":
            options = tuple(FieldOption(i.code, i.label, i.group) for i in self._catalogue.issues.values())
        elif field.kind == "holder":
            holders = view.data.get("holders")
            options = (
                tuple(FieldOption(str(h), self.label(f"member:{h}")) for h in holders)
                if isinstance(holders, list)
                else ()
            )
        else:
            options = tuple(map(self._choice_option, field.choices))
        item_id, _, who = field.label.removeprefix("form:").partition("@")
        item = self._catalogue.form.item(item_id) if field.label.startswith("form:") else None
        label = item.label if item else self.label(field.label)
        return Field(
            field.id,
            field.kind,
            label,
            options,
            field.value,
            field.report,
            field.secret,
            item.help if item else self._labels["help"].get(field.label.partition(":")[2], ""),
            who,
        )

    def _choice_option(self, choice: str) -> FieldOption:
        """An entry whose words are looked up (`route:…`, `agency:…`), or one that is its own words."""
        kind, _, key = choice.partition(":")
        if key and (kind == "agency" or kind in self._labels):
            return FieldOption(key, self.label(choice))
        return FieldOption(choice, choice)
