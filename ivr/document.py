"""PDF: one Persian page, shaped and from right to left, out of a pip install alone. The one room of that library."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

FACE = "Vazirmatn"
INK, MUTED, LINE, WASH, ACCENT = (23, 33, 43), (79, 93, 105), (210, 218, 215), (228, 241, 239), (10, 92, 87)
MARGIN, GAP = 12, 3
WIDTH = 210 - 2 * MARGIN
POINT = 0.3528  # millimetres
FOOT = 297 - 10


@dataclass(frozen=True)
class Tile:
    name: str
    worth: str
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """A table; the first column is the widest by `first` to one."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    first: float = 1.6


@dataclass(frozen=True)
class Bars:
    """A bar for each label, the first at the right."""

    heading: str
    labels: Sequence[str]
    values: Sequence[float]
    height: float = 26


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    tiles: Sequence[Tile]
    parts: Sequence[Grid | Bars]
    notes: Sequence[str]


def pdf(report: Report, fonts: Path) -> bytes:
    """Set the report on one A4 page."""
    paper = Paper(fonts)
    paper.title(report.title, report.subtitle)
    paper.tiles(report.tiles)
    for part in report.parts:
        paper.grid(part) if isinstance(part, Grid) else paper.bars(part)
    paper.notes(report.notes)
    return paper.finish(report.title)


class Paper:
    """An A4 page that is filled from the top; x is counted from the right edge."""

    def __init__(self, fonts: Path) -> None:
        self.page = FPDF(format="A4")
        self.page.set_auto_page_break(auto=False)
        for style, weight in (("", "Regular"), ("B", "Bold")):
            self.page.add_font(FACE, style, str(fonts / f"Vazirmatn-{weight}.ttf"))
        self.page.set_text_shaping(use_shaping_engine=True, direction="rtl", script="arab", language="fas")
        self.page.set_lang("fa")
        self.page.add_page()
        self.y: float = MARGIN

    def title(self, title: str, subtitle: str) -> None:
        self._text(title, 0, self.y, WIDTH, 17, bold=True, colour=ACCENT)
        self._text(subtitle, 0, self.y + 9, WIDTH, 9, colour=MUTED)
        self.y += 17

    def tiles(self, tiles: Sequence[Tile], across: int = 5) -> None:
        width, height = (WIDTH - GAP * (across - 1)) / across, 17.0
        for n, tile in enumerate(tiles):
            row, column = divmod(n, across)
            x, y = column * (width + GAP), self.y + row * (height + GAP)
            self._box(x, y, width, height, WASH)
            self._text(tile.name, x + 2, y + 1, width - 4, 7.5, colour=MUTED)
            self._text(tile.worth, x + 2, y + 5, width - 4, 13, bold=True)
            self._text(tile.note, x + 2, y + 11.8, width - 4, 6.5, colour=MUTED)
        rows = -(-len(tiles) // across)
        self.y += rows * (height + GAP) + 1

    def grid(self, grid: Grid, size: float = 7.6, row: float = 4.9) -> None:
        self._heading(grid.heading)
        unit = WIDTH / (grid.first + len(grid.columns) - 1)
        widths = [unit * grid.first, *[unit] * (len(grid.columns) - 1)]
        head = self._lines(grid.columns, widths, size - 0.6) * (size - 0.6) * POINT * 1.35 + 1.4
        self._box(0, self.y, WIDTH, head, (231, 236, 234))
        self._row(grid.columns, widths, size - 0.6, wrap=True, colour=MUTED)
        self.y += head
        for cells in grid.rows:
            self._row(cells, widths, size)
            self.y += row
            self.page.set_draw_color(*LINE)
            self.page.line(MARGIN, self.y, MARGIN + WIDTH, self.y)
        self.y += GAP

    def bars(self, bars: Bars) -> None:
        self._heading(bars.heading)
        most, step = max([*bars.values, 1]), WIDTH / max(1, len(bars.values))
        every = -(-len(bars.labels) // 16)
        for n, (label, value) in enumerate(zip(bars.labels, bars.values, strict=True)):
            tall = (bars.height - 5) * value / most
            self._box(n * step + step * 0.12, self.y + bars.height - 4 - tall, step * 0.76, tall, ACCENT)
            if n % every == 0:
                self._text(label, n * step, self.y + bars.height - 3.6, step * every, 6, colour=MUTED)
        self.y += bars.height + GAP

    def notes(self, notes: Sequence[str]) -> None:
        for note in notes:
            self.y += self._text(note, 0, self.y, WIDTH, 6.4, colour=MUTED, wrap=True)

    def finish(self, title: str) -> bytes:
        self.page.set_title(title)
        if self.y > FOOT:
            raise ValueError(f"the report is longer than a page, by {self.y - FOOT:.0f} mm")
        return bytes(self.page.output())

    def _heading(self, words: str) -> None:
        self._text(words, 0, self.y, WIDTH, 9.5, bold=True)
        self.y += 6

    def _row(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        size: float,
        *,
        wrap: bool = False,
        colour: tuple[int, int, int] = INK,
    ) -> None:
        x = 0.0
        for cell, width in zip(cells, widths, strict=True):
            self._text(cell, x + 1, self.y + 0.6, width - 2, size, wrap=wrap, colour=colour)
            x += width

    def _lines(self, texts: Sequence[str], widths: Sequence[float], size: float) -> int:
        """Say how many lines the longest of some texts takes."""
        self.page.set_font(FACE, "", size)
        wanted = [
            cast("list[str]", self.page.multi_cell(w - 2, 1, text, dry_run=True, output=MethodReturnValue.LINES))
            for text, w in zip(texts, widths, strict=True)
        ]
        return max(len(lines) for lines in wanted)

    def _text(
        self,
        words: str,
        x: float,
        y: float,
        width: float,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        wrap: bool = False,
    ) -> float:
        """Write from the right edge of a box; say how high it is. What is too long for one line is set smaller."""
        self.page.set_text_color(*colour)
        self.page.set_font(FACE, "B" if bold else "", size)
        while not wrap and size > 4 and self.page.get_string_width(words) > width:  # noqa: PLR2004  # still legible
            size -= 0.25
            self.page.set_font_size(size)
        height = size * POINT * 1.35
        self.page.set_xy(MARGIN + WIDTH - x - width, y)
        self.page.c_margin = 0
        if wrap:
            self.page.multi_cell(width, height, words, align="R")
            return float(self.page.get_y() - y)
        self.page.cell(width, height, words, align="R")
        return height

    def _box(self, x: float, y: float, width: float, height: float, colour: tuple[int, int, int]) -> None:
        self.page.set_fill_color(*colour)
        self.page.rect(MARGIN + WIDTH - x - width, y, width, height, style="F")
