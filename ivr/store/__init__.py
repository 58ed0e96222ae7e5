"""Where files are kept that several machines may share: this machine's disk, or an object store."""

from ivr.store.store import Away, Store, sync

__all__ = ["Away", "Store", "sync"]
