"""Small evidence files of the demonstration: one-page PDFs and JPEGs made here, each marked as a demonstration."""

import hashlib
import io
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw

FOLDER = "evidence/demo"


def small_pdf(number: int) -> bytes:
    """A valid one-page PDF that says it is a demonstration."""
    text = (
        f"BT /F1 20 Tf 72 720 Td (Demonstration document no. {number}) Tj 0 -32 Td (Invented. Not a real record.) Tj ET"
    )
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for at, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{at} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("ascii")


def small_jpeg(number: int) -> bytes:
    """A small picture: coloured stripes with a number."""
    image = Image.new("RGB", (480, 320), (236, 231, 222))
    draw = ImageDraw.Draw(image)
    for at in range(6):
        shade = 60 + (number * 37 + at * 29) % 160
        draw.rectangle((40 + at * 68, 70, 90 + at * 68, 260), fill=(shade, 40 + shade // 2, 60))
    draw.text((40, 28), f"DEMONSTRATION {number}", fill=(120, 20, 30))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def store(number: int) -> tuple[str, str, str, int, str]:
    """Write file `number` (odd: PDF, even: JPEG); returns name, key, content type, size, SHA-256."""
    is_pdf = number % 2 == 1
    content = small_pdf(number) if is_pdf else small_jpeg(number)
    digest = hashlib.sha256(content).hexdigest()
    key = f"{FOLDER}/{digest[:32]}.{'pdf' if is_pdf else 'jpg'}"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    name = f"佐证材料（演示）{number:03d}.{'pdf' if is_pdf else 'jpg'}"
    return name, key, "application/pdf" if is_pdf else "image/jpeg", len(content), digest
