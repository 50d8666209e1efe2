"""PDFs: our own fonts, nothing fetched, no empty boxes."""

import io
import re
import socket
import threading

import pypdf
import pytest
from weasyprint import HTML

from branchportal import fonts, pdf

RARE_NAMES = "堃喆淏玥昇翀𬭎𫍯"


def text_of(paper: pdf.Paper) -> str:
    """The text without the page numbers at the foot."""
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
    return re.sub(r"第 \d+ 页\s*共 \d+ 页", "", text).strip()


def embedded_fonts(content: bytes) -> set[str]:
    """Base names of all fonts; every one must carry its font file."""
    names = set()
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object())
            names.add(inner["/BaseFont"].split("+")[-1])
    return names


def test_rare_name_characters_are_printed() -> None:
    paper = pdf.write(f"<p>书记王{RARE_NAMES}</p>")
    assert (paper.missing, text_of(paper)) == ((), f"书记王{RARE_NAMES}")
    assert "Noto-Serif-SC" in embedded_fonts(paper.content)


def test_character_without_a_font_is_shown_and_reported() -> None:
    paper = pdf.write("<p>张\U0010fffd三 &#x1F600;</p>")
    assert paper.missing == ("\U0001f600", "\U0010fffd")
    assert text_of(paper) == "张〓三 〓"


def test_chinese_is_printed_without_any_font_of_the_machine(monkeypatch, tmp_path) -> None:
    """The stacks end with a font of ours, so an empty fonts folder gives another look, not boxes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.FONTS_DIR", tmp_path)
        fonts.font_files.cache_clear()
        fonts.covered.cache_clear()
        pdf.font_configuration.cache_clear()
        pdf.stylesheet.cache_clear()
        assert {font.family for font in fonts.font_files().values()} == {"Noto Sans SC", "Noto Serif SC"}
        assert fonts.unprintable(f"政治功能强{RARE_NAMES}★") == []
    for cached in (fonts.font_files, fonts.covered, pdf.font_configuration, pdf.stylesheet):
        cached.cache_clear()


def test_files_of_the_machine_are_never_read(tmp_path) -> None:
    """T-X2: a canary on disk stays out, whichever way it is asked for."""
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARY-7f3a")
    picture = tmp_path / "canary.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="20">CANARY-7f3a</text></svg>')
    markup = f"""<link rel=attachment href="{canary.as_uri()}"><link rel=stylesheet href="{canary.as_uri()}">
      <style>@import url("{canary.as_uri()}"); @font-face {{ font-family: x; src: url("{canary.as_uri()}") }}</style>
      <p>正文</p><img src="{picture.as_uri()}"><img src="font:../../etc/passwd">
      <object data="{picture.as_uri()}"></object>
      <svg width="9" height="9"><image href="{picture.as_uri()}" width="9" height="9"/></svg>"""
    paper = pdf.write(markup)
    reader = pypdf.PdfReader(io.BytesIO(paper.content))
    assert (reader.attachments, text_of(paper)) == ({}, "正文")
    assert b"CANARY" not in b"".join(page.get_contents().get_data() for page in reader.pages)
    plain = pypdf.PdfReader(io.BytesIO(HTML(string=markup).write_pdf()))
    assert plain.attachments == {"canary.txt": [b"CANARY-7f3a"]}, "plain WeasyPrint would have read it"


def test_nothing_connects_to_the_network() -> None:
    """T-X2: a listener on this machine hears nothing."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.4)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"

        def listen() -> None:
            try:
                connection, _peer = server.accept()
            except TimeoutError:
                return
            heard.append(1)
            connection.close()

        listener = threading.Thread(target=listen)
        listener.start()
        pdf.write(f'<img src="{address}"><link rel=stylesheet href="{address}"><p>正文</p>')
        listener.join()
    assert heard == []


def test_equal_documents_give_equal_bytes() -> None:
    markup = "<h1>考核评价结果</h1><p class=text>正文</p>"
    assert pdf.write(markup).content == pdf.write(markup).content
