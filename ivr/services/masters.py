"""Master keys, under which the keys of files are wrapped: where they lie, that they fit, and their change."""

from pathlib import Path

from db.models import FileKey
from db.queries import sealed
from db.session import Database, Session, insert_once
from ivr.config import Config
from ivr.services import keeping
from ivr.services.desk import Desk
from ivr.vault import Key, Keys, NoKey, WrongKey, keys

PROBE = ""  # a row of no file: it tells which master key this database goes with before anything is kept
AT_ONCE = 500


def path_of(config: Config) -> Path:
    """Say where they lie. Raises NoKey if that is beside what they open."""
    path = config.keys_path.resolve()
    if path.is_relative_to(config.data.dir.resolve()):
        raise NoKey(f"{path} lies inside the data directory: set data.keys_file to a place outside of it")
    return path


def ready(session: Session, config: Config) -> Path | None:
    """See that every sealed file can be opened; give the keys file if it was made just now. Raises NoKey.

    It is made where nothing is sealed yet.
    """
    path, under, made = path_of(config), sealed.masters(session), False
    if not path.exists():
        if under:
            raise NoKey(f"{path} is not there, and {_told(under)}: put the keys file back (data.keys_file)")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = _make(path)
    known = Keys.read(path)
    insist(known, under, path)
    if not under:
        probe = FileKey(place=PROBE)
        keeping.lock_away(known.newest, probe, Key.fresh())
        insert_once(session, probe)
    return path if made else None


def insist(known: Keys, under: dict[str, int], path: Path) -> None:
    """See that all master keys are known that something lies under. Raises NoKey."""
    missing = {name: number for name, number in under.items() if name not in {key.name.hex() for key in known.known}}
    if missing:
        raise NoKey(f"{path} is not the right keys file: {_told(missing)}, which is not in it")


def _told(under: dict[str, int]) -> str:
    return " and ".join(f"{number} files are sealed under the key {name}" for name, number in under.items())


def _make(path: Path) -> bool:
    try:
        keys.new(path)
    except FileExistsError:
        return False  # another process was quicker
    except OSError as why:
        raise NoKey(f"{path} cannot be written ({why.strerror}): set data.keys_file to a place where it can") from why
    return True


def rewrap(database: Database, desk: Desk) -> int:
    """Wrap every file's key under the newest master key; say how many were. Raises WrongKey, NoKey."""
    master, done = desk.keys.newest, 0
    while True:
        with database.transaction() as session:
            rows = sealed.under_another(session, master.name.hex(), AT_ONCE)
            for row in rows:
                keeping.lock_away(master, row, keeping.key_of(desk, row))
        if not rows:
            return done
        done += len(rows)


__all__ = ["NoKey", "WrongKey", "insist", "path_of", "ready", "rewrap"]
