"""Real small files for uploads."""

import io

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
