"""Tables for other programs: CSV and XLSX, written row by row, with nothing in them that a program would carry out."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

import xlsxwriter

Cell = str | int | float | None
WIDTH = 18
CARRIED_OUT = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a cell begins that a spreadsheet takes for a formula


def harmless(cell: Cell) -> Cell:
    """Let a text that looks like a formula be a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(CARRIED_OUT) else cell


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write UTF-8 with a mark at the beginning, by which spreadsheets know it."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    text.detach()


def write_xlsx(file: IO[bytes], title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write one sheet that is read from right to left; memory does not grow with its rows."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(title)
        sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, WIDTH)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, str(harmless(cell)))
                elif cell is not None:
                    sheet.write_number(number, column, cell)
