"""The words of the workbook for the codes of a scheme file: a file format, so Chinese constants outside gettext.

Reading takes the word or the code. A text of the scheme that is itself such a word stands in “ ”.
"""

Words = dict[str, str]

YES, NO = "是", "否"
SECTORS: Words = {
    "organ": "机关",
    "institution": "事业单位",
    "village": "村",
    "community": "社区",
    "soe": "国有企业",
    "school": "学校",
    "hospital": "医院",
    "two_new": "两新组织",
    "student": "学生",
    "retired": "离退休",
}
LEVELS: Words = {"1": "一级", "2": "二级", "3": "三级"}
RULES: Words = {
    "deduct": "扣分",
    "add": "加分",
    "mixed": "有加有减",
    "choice": "分档评定",
    "measure": "按比例或数量",
    "entry": "酌情赋分",
    "poll": "民主测评",
    "external": "外部导入",
}
EVIDENCE: Words = {"required": "必须上传", "optional": "可以上传", "none": "不需上传"}
NOT_APPLICABLE: Words = {"forbidden": "不允许", "counts_full": "按满分计", "excluded": "不计入"}
PERIODS: Words = {
    "Q1": "第一季度",
    "Q2": "第二季度",
    "Q3": "第三季度",
    "Q4": "第四季度",
    "H1": "上半年",
    "H2": "下半年",
    **{f"M{month:02d}": f"{month}月" for month in range(1, 13)},
    "year_end": "年终",
}
DUE: Words = {"every": "每期", "year_end": "最后一期", "on_event": "有事项时"}
APPLIES_IF: Words = {"has_committee": "设支委会的", "has_groups": "设党小组的"}
DIRECTIONS: Words = {"up": "越高越好", "down": "越低越好"}
ROUNDING: Words = {"none": "不取整", "0": "取整数", "1": "取1位小数", "2": "取2位小数"}
RANK_ON: Words = {"total": "总分", "graded": "定等分"}
TIE_BREAK: Words = {"bonus": "加分", "poll": "测评"}
STAR_MODES: Words = {"score": "按总分定星", "thematic": "按一级指标逐项定星"}
SOURCES: Words = {
    "self": "自评",
    "preliminary": "初审",
    "review": "考评",
    "onsite": "实地考察",
    "poll": "测评",
    "meeting": "述职评议",
    "peer": "互评",
    "external": "外部数据",
}
PENALTY_FROM: Words = {"total": "总分", **SOURCES}
PARTS: Words = {"bonus": "加分", "penalty": "减分"}
PER_MATTER: Words = {"highest": "同一事项取最高", "each": "逐次计分"}
EFFECTS: Words = {
    "max_stars": "限制最高星级",
    "grade": "定为最低等次",
    "bar_honours": "取消评先评优资格",
    "zero_total": "总分记零分",
}
WITHIN: Words = {"all": "全部党支部", "sector": "同领域内", "committee": "同一党委内"}
CONDITIONS: Words = {
    "dimension_share": "一级指标得分率不低于",
    "no_zero_dimension": "一级指标均不为零分",
    "poll_min": "测评得分不低于",
    "poll_top_share": "优秀票比例不低于",
    "previous_stars_min": "上年度星级不低于",
    "good_periods": "达到某等次的期数不少于",
    "flag": "有经确认的事项",
    "no_veto": "无一票否决情形",
}
METHODS: Words = {
    "mean": "各期平均",
    "sum": "各期合计",
    "weighted": "各期加权",
    "last": "取最后一期",
    "best": "取最高一期",
    "none": "不计年度总分",
}
MISSING: Words = {"block": "缺期则无年度总分", "skip": "缺期不计", "zero": "缺期记零分"}
ADJUSTMENTS: Words = {"in_quarters": "计入各期总分", "summed": "全年累计"}

NO_CEILING = "不封顶"
NO_UNIT = "无"
