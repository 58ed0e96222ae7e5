"""`bench` is not installed with the hotline: it is found beside it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
