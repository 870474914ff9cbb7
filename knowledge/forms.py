"""Records of the intake sheet (質問票): sections and items with the 太枠 mark. A template, not the State's form word for word."""

from __future__ import annotations

from pydantic import Field as Column

from knowledge.records import Id, Record, Sourced, SourceStatus


class FormItem(Record):
    """One item of the intake sheet. `report` is the 太枠 mark: a figure the State asks for."""

    id: Id
    label: str
    type: str = Column(pattern="^(text|choice|multi|number|date|age)$")
    choices: tuple[str, ...] = ()
    report: bool = False
    identity: bool = False
    prefill: str = ""
    help: str = ""
    status: SourceStatus = SourceStatus.UNSOURCED


class FormSection(Record):
    """A page of the intake sheet, asked once per household or once per member."""

    id: Id
    label: str
    scope: str = Column(pattern="^(household|member)$")
    items: tuple[FormItem, ...]


class IntakeForm(Sourced):
    """質問票. A template that a town may extend; it is not claimed to be the State's form word for word."""

    id: Id
    version: str
    label: str
    sections: tuple[FormSection, ...]
    issue_items: dict[str, str] = Column(default_factory=dict)

    def item(self, item_id: str) -> FormItem | None:
        """The item with that id."""
        return next((item for section in self.sections for item in section.items if item.id == item_id), None)
