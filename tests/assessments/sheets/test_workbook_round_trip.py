"""Any scheme, any marks: what one branch's workbook says, filled into another's, becomes the same marks there."""

import random

import pytest
from django.utils import timezone

from assessments.sheets.gather import is_filled_by_branch, sheet_rows
from assessments.sheets.services import filling
from assessments.sheets.services import workbook as services
from assessments.sheets.services import workbook_files as files
from assessments.sheets.services import workbook_taking as taking
from assessments.sheets.values import asked_criteria, may_waive
from assessments.sheets.workbook import words
from branchportal.errors import InvalidMark
from branchportal.figures import plain_text
from members.roles import Role
from tests.assessments.scoring.random_schemes import Case
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.members import appoint, make_user
from tests.factories.schemes import make_scheme

from .workbooks import load, opened, saved


def fields(chance, leaf, sheet) -> dict[str, str]:
    """Input fields of one row as somebody might type them."""
    note = chance.choice(["", "", "=不是公式", "  两行\n备注", "0012"])
    if leaf.not_applicable != "forbidden" and chance.random() < 0.2:
        return {"na": "1", "note": note}
    if leaf.rule == "entry":
        most = leaf.floor_up + 20 * leaf.step_up if leaf.ceiling_up is None else leaf.ceiling_up
        value = -(-leaf.floor_up // leaf.step_up) * leaf.step_up
        return {"value": plain_text(min(value + chance.randint(0, 3) * leaf.step_up, most)), "note": note}
    if leaf.rule == "measure":
        ratio = {"value": str(chance.randint(0, 50)), "denominator": str(chance.randint(50, 90))}
        return (ratio if chance.random() < 0.5 else {"value": f"{chance.randint(0, 120)}.{chance.randint(0, 99)}"}) | {
            "note": note
        }
    criteria = asked_criteria(leaf, sheet)
    data = {"note": note}
    if leaf.rule == "choice":
        criteria = [chance.choice(criteria)]
        data["choice"] = criteria[0].code
    for criterion in criteria:
        if criterion.range_up is not None:
            count = plain_text(chance.choice(criterion.range_up))
        else:
            count = str(chance.choice([0, 0, 1, 2, 7])) if leaf.rule != "choice" else ""
        if count and (leaf.rule == "choice" or chance.random() < 0.8):
            data[f"c-{criterion.code}"] = count
            if count != "0" and may_waive(leaf, criterion) and chance.random() < 0.3:
                data |= {f"w-{criterion.code}": "1", f"wr-{criterion.code}": "已自查并整改到位"}
    return data


def standing(sheet) -> list[tuple]:
    rows = filling.stored_rows(load(sheet)).values()
    return sorted((row.code, str(row.mark), row.points_up, row.note, sorted(row.waivers.items())) for row in rows)


@pytest.mark.parametrize("seed", range(16))
def test_marks_of_any_scheme_survive_the_way_through_a_workbook(city, seed):
    chance = random.Random(seed)
    data = Case(random.Random(seed), branches=1).scheme
    scheme = make_scheme(**data | {"code": "random", "sectors": []})
    period = data["year"]["periods"][0]
    cycle = make_cycle(scheme, year=2030, period=period, name="随机周期")
    first, second = make_sheet(cycle, city.branch), make_sheet(cycle, city.sibling)
    clerk, now = appoint(make_user("clerk"), Role.DEPUTY, organization=city.committee), timezone.now()
    refused = 0
    for leaf in sheet_rows(load(first)):
        if is_filled_by_branch(leaf) and chance.random() < 0.85:
            try:
                filling.save_mark(
                    sheet=load(first), code=leaf.code, data=fields(chance, leaf, load(first)), version=0,
                    actor=clerk, at=now,
                )  # fmt: skip
            except InvalidMark:  # a figure that is too large for the row
                refused += 1
    source = opened(files.sheet_workbook(sheet=load(first), actor=clerk, at=now).content).worksheets[0]
    book = opened(files.sheet_workbook(sheet=load(second), actor=clerk, at=now).content)
    for here, there in zip(source.iter_rows(min_row=4), book.worksheets[0].iter_rows(min_row=4), strict=True):
        for column in (words.VALUE, words.WAIVER, words.NOTE):
            if not there[column].protection.locked:
                there[column].value = here[column].value
                there[column].data_type = here[column].data_type
    upload = services.accept_upload(actor=clerk, name="表.xlsx", data=saved(book), at=now)
    (page,) = taking.branch_pages(upload=upload, actor=clerk, entries=upload.content["sheets"], at=now)
    chosen = {second.pk: {each.code: each.version for each in page.differences}}
    taking.take_over(upload=upload, actor=clerk, chosen=chosen, at=now)
    assert standing(second) == standing(first)
    assert refused <= len(standing(first))
