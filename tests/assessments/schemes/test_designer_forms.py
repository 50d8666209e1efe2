"""The forms of the designer: what is stored comes back unchanged, every key can be set, and nothing typed is lost."""

import copy
import random

import pytest

from assessments.schemes.designer.desk import press, saved
from assessments.schemes.designer.places import find
from assessments.scoring import Scheme
from tests.assessments.schemes.designer_posts import SECTORS, every_path, form_at, posted
from tests.assessments.scoring.random_schemes import Case


@pytest.mark.parametrize("seed", range(40))
def test_a_form_that_nobody_changed_changes_nothing(seed):
    content = Scheme.from_data(Case(random.Random(seed), branches=0).scheme).to_data()
    for path in every_path(content):
        data = posted(form_at(content, path), at=path)
        turn = press(content, data, SECTORS)
        assert (turn.content, turn.summary) == (content, ""), path
