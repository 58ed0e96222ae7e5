"""Tables for other programs: rows without end as CSV and XLSX, and workbooks to be looked at. XlsxWriter's one room."""

from ivr.sheets.book import Sheet, xlsx
from ivr.sheets.rows import Cell, harmless, write_csv, write_xlsx

__all__ = ["Cell", "Sheet", "harmless", "write_csv", "write_xlsx", "xlsx"]
