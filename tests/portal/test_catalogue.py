"""The interface speaks Chinese: nothing untranslated, placeholders kept."""

import re

import pytest
from babel.messages.pofile import read_po
from django.core.management import call_command

from branchportal.management.commands.catalogue import PO

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def test_every_message_has_its_chinese_translation(capsys: pytest.CaptureFixture) -> None:
    call_command("catalogue", "--check")
    assert "untranslated" not in capsys.readouterr().out


def test_translations_keep_the_placeholders() -> None:
    with PO.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    wrong = []
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        wrong += [text for text in texts if message.id and set(PLACEHOLDER.findall(text)) - wanted]
    assert wrong == []
