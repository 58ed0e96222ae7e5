"""Pictures from telephones: turned upright, made smaller, freed of where and by whom they were taken."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_SIDE = 1600
MOST_PIXELS = 60_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82


class NotAPhoto(ValueError):
    """Nothing that can be shown."""


@dataclass(frozen=True)
class Photo:
    """A JPEG without metadata, ready to be kept."""

    jpeg: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.jpeg).hexdigest()


def read(raw: bytes) -> Photo:
    """Make a photo of what was sent. Raises NotAPhoto, for pictures too large to be opened safely as well."""
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPhoto("too many pixels")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as why:
        raise NotAPhoto(str(why)) from why
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    out = BytesIO()
    upright.save(out, "JPEG", quality=QUALITY)
    return Photo(out.getvalue(), upright.width, upright.height)
