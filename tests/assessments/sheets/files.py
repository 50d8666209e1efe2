"""Real small files for uploads."""

import io
import zipfile

import pikepdf
from PIL import Image


def pdf_bytes() -> bytes:
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    return out.getvalue()


def jpeg_bytes(size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (160, 20, 30)).save(out, "JPEG", **options)
    return out.getvalue()


def png_bytes(size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (160, 20, 30)).save(out, "PNG", **options)
    return out.getvalue()


TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
MAIN = {
    "docx": ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
}


def office_bytes(kind: str = "docx", parts: dict[str, bytes] | None = None, content_type: str = "") -> bytes:
    """The smallest archive that counts as an Office file of this kind ("" for none), with further parts."""
    out = io.BytesIO()
    part, declared = MAIN.get(kind, ("nothing.txt", "text/plain"))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        override = f'<Override PartName="/{part}" ContentType="{content_type or declared}"/>'
        for name, content in {
            "[Content_Types].xml": TYPES.format(override).encode(),
            part: b"<x/>",
            **(parts or {}),
        }.items():
            container.writestr(name, content)
    return out.getvalue()
