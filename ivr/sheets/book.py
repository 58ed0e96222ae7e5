"""XLSX: tables that a spreadsheet opens from right to left. The one room of that library."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from xlsxwriter import Workbook

WIDEST, NARROWEST = 46, 9
FORMATS = {"percent": "0.0%", "hours": "0.0", "count": "#,##0", "mean": "0.0", "text": "@"}
Cell = str | float | int | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: `kinds` says how each column's numbers are shown."""

    name: str
    heading: str
    columns: Sequence[str]
    kinds: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Write a workbook. Numbers stay numbers; a text is never taken for a formula."""
    written = BytesIO()
    with Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        for sheet in sheets:
            _write(book, sheet)
    return written.getvalue()


def _write(book: Workbook, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name[:31])
    page.right_to_left()
    page.write_string(0, 0, sheet.heading, book.add_format({"bold": True, "font_size": 14}))
    head = book.add_format({"bold": True, "bg_color": "#e7ecea", "text_wrap": True, "bottom": 1, "valign": "top"})
    for column, title in enumerate(sheet.columns):
        page.write_string(2, column, title, head)
    shown = [book.add_format({"num_format": FORMATS[kind], "text_wrap": kind == "text"}) for kind in sheet.kinds]
    for n, row in enumerate(sheet.rows, start=3):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(n, column, cell, shown[column])
            elif cell is not None:
                page.write_number(n, column, cell, shown[column])
    for column, title in enumerate(sheet.columns):
        texts = [title[:20], *(str(row[column]) for row in sheet.rows if isinstance(row[column], str))]
        page.set_column(column, column, min(WIDEST, max(NARROWEST, *(len(text) + 2 for text in texts))))
    page.freeze_panes(3, 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
