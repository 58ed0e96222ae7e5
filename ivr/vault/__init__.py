"""What is kept locked: frames that can be read from any place, and the keys to them. Knows nothing of the desk."""

from ivr.vault.frames import MAGIC, Damaged, Opened, Sealer
from ivr.vault.keys import Key, Keys, NoKey, WrongKey

__all__ = ["MAGIC", "Damaged", "Key", "Keys", "NoKey", "Opened", "Sealer", "WrongKey"]
