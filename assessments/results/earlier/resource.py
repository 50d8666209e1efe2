"""The file of earlier results: one row a branch and year. Headings are a file format: Chinese, outside gettext."""

from collections import defaultdict
from collections.abc import Iterator

import tablib
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from branches.imports.columns import Column
from branches.imports.resource import Plan, PortalResource
from branches.models import Branch
from branchportal.changing import plain

from ...cycles.models import YearPlan
from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ..models import Tally
from .columns import BranchNameWidget, BranchWidget, NumberWidget, ScoreWidget, StarsWidget, YearWidget, year_text
from .models import EarlierResult

SAYS = ("score_up", "rank", "stars", "title")


def _most_stars(version: SchemeVersion) -> int:
    return engine_scheme(version).most_stars


class EarlierResultResource(PortalResource):
    """Matched by the branch's code, by its exact name where the code is empty; never for a year of the portal's own."""

    title, action, key = "历年结果", "earlier", ("branch", "year")

    branch = Column(
        "branch",
        "支部编码",
        note="已有的支部编码；留空则按支部名称查找",
        example="示例：0101001",
        widget=BranchWidget(),
    )
    branch_name = Column(
        "branch_name",
        "支部名称",
        note="支部编码留空时须与本系统中的全称一致；重名时须填支部编码",
        example="市数据局机关第一党支部",
        widget=BranchNameWidget(),
        width=36,
    )
    year = Column(
        "year",
        "年度",
        note="写成 2024；只能填已结束且本系统没有公布年度结果的年度",
        example="2024",
        is_required=True,
        widget=YearWidget(),
        width=10,
    )
    score_up = Column(
        "score_up", "得分", note="写成 92.5，最多6位小数，不清楚则留空", example="92.5", widget=ScoreWidget(), width=10
    )
    rank = Column("rank", "名次", note="填整数，如 12，不清楚则留空", example="12", widget=NumberWidget(1), width=10)
    stars = Column(
        "stars",
        "星级",
        note="写成 5、五星或★★★★★；不定星写 0，不清楚则留空",
        example="5",
        widget=StarsWidget(),
        width=10,
    )
    honour = Column("title", "称号", note="当年授予的称号，不超过40个字，没有则留空", example="五星级党支部", width=24)

    class Meta:
        model = EarlierResult
        import_id_fields = ("branch", "year")
        fields = ("branch", "branch_name", "year", "score_up", "rank", "stars", "honour")
        skip_diff = True
        clean_model_instances = True

    def __init__(self, actor: models.Model | None = None) -> None:
        super().__init__(actor)
        for name in ("branch", "branch_name"):
            self.column(name).widget.resource = self

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        """All branches, closed ones too: they had results in their time."""
        rows = list(Branch.objects.only("code", "name"))
        names = defaultdict(list)
        for row in rows:
            names[row.name].append(row)
        self.lookups = {"codes": {row.code: row for row in rows}, "names": names}
        own = Tally.objects.filter(cycle=None, status=Tally.Status.PUBLISHED)
        self._own_years = set(own.values_list("plan__year", flat=True))
        plans = YearPlan.objects.select_related("scheme_version").defer("scheme_version__content")
        self._most_stars = {plan.year - 1: max(map(_most_stars, plan.versions)) for plan in plans}

    def load_stored(self, dataset: tablib.Dataset) -> models.QuerySet:
        years = {text for cell in dataset[self.column("year").column_name] if (text := year_text(cell)).isdecimal()}
        rows = EarlierResult.objects.filter(year__in=[text for text in years if len(text) == 4])
        return rows.select_related("branch", "upload").defer("upload__rows", "upload__report")

    def stored_key(self, instance: EarlierResult) -> tuple:
        return instance.branch.code, str(instance.year)

    def _key_of(self, row: dict) -> tuple:
        branch = self._branch_of(row)
        return branch.code if branch else "", year_text(row.get(self.column("year").column_name))

    def _branch_of(self, row: dict) -> Branch | None:
        """The branch that a row means; None where that is not decided."""
        code = str(row.get(self.column("branch").column_name) or "").strip()
        if code:
            return self.lookups["codes"].get(code)
        name = str(row.get(self.column("branch_name").column_name) or "").strip()
        found = self.lookups["names"].get(name, []) if name else []
        return found[0] if len(found) == 1 else None

    def import_instance(self, instance: EarlierResult, row: dict, **kwargs: object) -> None:
        super().import_instance(instance, row, **kwargs)
        instance.branch = self._branch_of(row)

    def check_row(self, instance: EarlierResult, row: dict, errors: dict) -> None:
        if instance.year in self._own_years and "year" not in errors:
            own = _("The portal has published its own results of %(year)d; they are not replaced by a file.")
            errors["year"] = ValidationError(own % {"year": instance.year})
        most = self._most_stars.get(instance.year)  # in the year after it they are the stars of the year before
        if most is not None and (instance.stars or 0) > most and "stars" not in errors:
            more = _("%(value)d stars: the schemes of the year after know at most %(most)d. Correct the number.")
            errors["stars"] = ValidationError(more % {"value": instance.stars, "most": most})
        if not errors and instance.branch_id is None:
            errors["branch"] = ValidationError(_("Fill in the code of the branch, or its exact name."))
        if not errors and all(getattr(instance, name) in (None, "") for name in SAYS):
            errors["score_up"] = ValidationError(_("Fill in at least one of score, rank, stars and title."))

    def write(self, plan: Plan) -> None:
        """New and replaced rows name the file that they came from."""
        for change in plan.changed:
            change.before["upload"], change.after["upload"] = plain(change.instance.upload), plain(self.upload)
        for change in (*plan.new, *plan.changed):
            change.instance.upload = self.upload
        super().write(plan)

    def export_rows(self, user: models.Model) -> Iterator[EarlierResult]:
        """What the user sees, newest year first."""
        for row in EarlierResult.objects.visible_to(user).select_related("branch").order_by("-year", "branch__code"):
            row.branch_name = row.branch.name
            yield row
