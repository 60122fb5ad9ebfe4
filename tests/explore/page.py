"""A page of the report, as a reader of it finds it: its tables, and the SELECTs that check them."""

from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "col", "input"}


@dataclass
class Page(HTMLParser):
    """What is on it.

    Attributes:
        rows: The values of each table that has a figure's name, by that name.
        checks: The SELECT of each figure.
        tags: How often each tag occurs.
        urls: What its attributes point to.
        text: All text.
        open_tags: The tags that are open; none at its end.
    """

    rows: dict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))
    checks: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    tags: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    urls: list[str] = field(default_factory=list)
    text: str = ""
    open_tags: list[str] = field(default_factory=list)
    _table: str = ""
    _check: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, html: str) -> "Page":
        page = cls()
        page.feed(html)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        given = {name: value or "" for name, value in attrs}
        self.urls += [value for name, value in given.items() if name in {"href", "src", "xlink:href"}]
        if tag not in VOID:
            self.open_tags.append(tag)
        if tag == "table":
            self._table = given.get("data-figure", "")
        if tag == "code":
            self._check = given.get("data-figure", "")
        if tag == "tr" and self._table and "tbody" in self.open_tags:
            self.rows[self._table].append([])
        if tag == "data" and self._table:
            self.rows[self._table][-1].append(given["value"])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open_tags.pop() == tag
        if tag in ("table", "code"):
            self._table = self._check = ""

    def handle_data(self, data: str) -> None:
        if self._check:
            self.checks[self._check] += data
        if not self.open_tags or self.open_tags[-1] != "style":
            self.text += data
