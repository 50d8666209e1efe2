"""Pictures drawn anew: turned upright, without place, camera, thumbnails, comments or anything behind the pixels."""

import io
import warnings

from PIL import Image, ImageOps

from .limits import MOST_DECODED, MOST_PIXELS, MOST_SCANS, TURNED_PIXELS, Refused

ORIENTATION = 0x0112
PLAIN_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")
FAULTS = (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def fresh_jpeg(content: bytes) -> bytes:
    """The picture as a new JPEG in RGB; one of more than 14 megapixels is read at half its size."""
    if content.count(b"\xff\xda") > MOST_SCANS:
        raise Refused("too_many_scans")
    out = io.BytesIO()
    try:
        with _opened(content, "JPEG") as picture:
            if picture.width * picture.height > TURNED_PIXELS:
                picture.draft("RGB", (picture.width // 2, picture.height // 2))
            upright = ImageOps.exif_transpose(picture)
            upright = upright if upright.mode == "RGB" else upright.convert("RGB")
            upright.info.clear()
            upright.save(out, "JPEG", quality=88)
    except FAULTS as fault:
        raise Refused("broken_picture") from fault
    return out.getvalue()


def fresh_png(content: bytes) -> bytes:
    """The picture as a new PNG in one of the plain modes."""
    out = io.BytesIO()
    try:
        with _opened(content, "PNG") as picture:
            size = picture.width * picture.height
            if size * (1 if picture.mode in ("1", "L", "P") else 4) > MOST_DECODED:
                raise Refused("too_many_pixels")
            picture.load()
            is_turned = picture.getexif().get(ORIENTATION, 1) != 1 and size <= TURNED_PIXELS
            upright = ImageOps.exif_transpose(picture) if is_turned else picture
            if upright.mode not in PLAIN_MODES:
                upright = upright.convert("RGB")
            upright.info = {name: upright.info[name] for name in ("transparency",) if name in upright.info}
            upright.save(out, "PNG")
    except FAULTS as fault:
        raise Refused("broken_picture") from fault
    return out.getvalue()


def _opened(content: bytes, kind: str) -> Image.Image:
    """The picture, its pixels not read yet. Raises: Refused; what Pillow raises."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(content), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Refused("too_many_pixels") from fault
    if picture.width * picture.height > MOST_PIXELS:
        raise Refused("too_many_pixels")
    return picture
