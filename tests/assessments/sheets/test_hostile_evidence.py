"""T-U2, T-U5, S13: hostile evidence is refused with a sentence, within 5 seconds, 200 MB of memory and no disk."""

import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from branchportal.uploads import FileRefused, accept_file, display_name

from .files import jpeg_bytes, office_bytes, pdf_bytes, png_bytes
from .hostile import hostile, pdf_with, relation

LIMIT = 20 * 1024 * 1024
CASES = hostile()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", CASES)
def test_t_u2_hostile_file_is_refused(case: str) -> None:
    name, make = CASES[case]
    content = make()
    before, begun = set(Path(tempfile.gettempdir()).iterdir()), time.monotonic()
    with pytest.raises(FileRefused) as refusal:
        accept_file(name, content, LIMIT)
    assert name in refusal.value.message
    assert refusal.value.status == 400
    assert time.monotonic() - begun < 15  # 5 seconds on a machine with nothing else to do
    assert not {path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if "upload" in path.name}


def cost_of(name: str, content: bytes) -> tuple[int, float]:
    """Bytes of memory and seconds of computing that the reader takes for a file."""
    kind = {"jpg": "jpeg"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    program = (
        "import resource, subprocess, sys;"
        f"subprocess.run([sys.executable, '-I', 'branchportal/file_reader', {kind!r}], stdin=sys.stdin, "
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_maxrss, used.ru_utime + used.ru_stime)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=content, capture_output=True, cwd=settings.BASE_DIR, check=True
    )
    kilobytes, seconds = done.stdout.split()
    return int(kilobytes) * 1024, float(seconds)


@pytest.mark.parametrize(
    "case",
    [
        "pdf: object stream of a gigabyte",
        "png: text of 100 MB",
        "docx: unpacks to 300 MB",
        "jpeg: five thousand scans",
    ],
)
def test_s13_the_reader_takes_less_than_200_megabytes_and_5_seconds(case: str) -> None:
    name, make = CASES[case]
    memory, seconds = cost_of(name, make())
    assert memory < 200_000_000
    assert seconds < 5.2


@pytest.mark.parametrize(
    ("size", "mode", "kind"),
    [((7_000, 7_000), "L", "png"), ((5_600, 5_700), "RGB", "png"), ((7_000, 7_000), "RGB", "jpg")],
)
def test_s13_the_largest_pictures_allowed_take_less_than_200_megabytes(size, mode: str, kind: str) -> None:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG" if kind == "png" else "JPEG")
    assert accept_file(f"大.{kind}", out.getvalue(), LIMIT).content
    memory, seconds = cost_of(f"大.{kind}", out.getvalue())
    assert memory < 200_000_000
    assert seconds < 5.2


def test_t_u2_pictures_lose_everything_but_their_pixels() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Geheim"
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 5.0)
    Image.new("RGB", (40, 30), (1, 200, 3)).save(out, "JPEG", exif=exif, comment=b"Geheim", icc_profile=b"Geheim" * 30)
    for content, kind in ((out.getvalue() + b"Geheim", "jpg"), (png_bytes(exif=exif) + b"Geheim<script>", "png")):
        stored = accept_file(f"a.{kind}", content, LIMIT).content
        assert b"Geheim" not in stored
        with Image.open(io.BytesIO(stored)) as picture:
            assert (picture.info.get("exif"), dict(picture.getexif())) == (None, {})


def test_t_u2_links_to_click_on_and_charts_are_no_reason_to_refuse() -> None:
    def link(document) -> None:
        import pikepdf

        action = pikepdf.Dictionary({"/S": pikepdf.Name.URI, "/URI": "http://example.org/"})
        here = pikepdf.Dictionary({"/Subtype": pikepdf.Name.Link, "/A": action, "/Rect": [0, 0, 9, 9]})
        document.pages[0].Annots = pikepdf.Array([here])
        document.Root.OpenAction = pikepdf.Array([document.pages[0].obj, pikepdf.Name.Fit])

    assert accept_file("a.pdf", pdf_with(link), LIMIT).content_type == "application/pdf"
    parts = {
        "word/_rels/document.xml.rels": relation("hyperlink", "http://example.org/"),
        "word/embeddings/Microsoft_Excel_Sheet1.xlsx": office_bytes("xlsx"),
    }
    assert accept_file("a.docx", office_bytes("docx", parts), LIMIT).extension == "docx"


def test_t_u2_real_office_files_are_accepted() -> None:
    import docx
    from openpyxl import Workbook

    paper, book = io.BytesIO(), io.BytesIO()
    document = docx.Document()
    document.add_paragraph("会议记录")
    document.save(paper)
    Workbook().save(book)
    assert accept_file("记录.docx", paper.getvalue(), LIMIT).content == paper.getvalue()
    assert accept_file("表.xlsx", book.getvalue(), LIMIT).content == book.getvalue()
    scan = pdf_bytes()  # once: a PDF tells the second it was made in
    assert accept_file("记录.pdf", scan, LIMIT).content == scan
    assert accept_file("照片.jpg", jpeg_bytes(), LIMIT).extension == "jpg"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../../etc/cron.d/x.pdf", "x.pdf"),
        ("..\\..\\windows\\x.pdf", "x.pdf"),
        ("a\u202egnp.exe.pdf", "agnp.exe.pdf"),
        ("a\u2066\u2069\u200f\ufeffb.pdf", "ab.pdf"),
        ("行\u2028分\u2029隔.pdf", "行分隔.pdf"),
        ('x"; filename="evil.html.pdf', "x_; filename=_evil.html.pdf"),
        ("x\r\nContent-Type: text/html\r\n\r\n.pdf", "html.pdf"),
        ("nul\x00l.pdf", "null.pdf"),
        ("....", "文件"),
        ("", "文件"),
    ],
)
def test_t_u5_names_are_text_to_show_and_nothing_else(given: str, shown: str) -> None:
    assert display_name(given) == shown
