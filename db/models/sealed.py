"""The keys of sealed files."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Moment


class FileKey(Base):
    """What opens one file, wrapped under the master key `master`; without `wrapped` the file is nothing any more.

    A row without `wrapped` says that its file is to be removed at `due_at`: it was shredded, or is only on its way.
    """

    __tablename__ = "file_key"

    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    master: Mapped[str] = mapped_column(String(16), default="", index=True)
    wrapped: Mapped[str] = mapped_column(String(160), default="")
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
