"""A branch's paper of the size of a real one: six dimensions, 26 indicators, rare characters in the names."""

from assessments.reports import charts
from assessments.reports.branch_paper import BranchPaper, Item, Row

DIMENSIONS = ("政治功能强", "创新能力强", "服务作用强", "规范管理强", "凝心聚力强", "阵地保障强")
INDICATORS = (
    ("理论学习", "“三会一课”", "主题党日", "组织生活会和民主评议党员", "意识形态责任制"),
    ("创新案例", "“互联网＋党建”", "党建品牌", "调研成果"),
    ("党员社区报到服务", "结对共建", "为企业群众办实事", "先锋岗责任区", "群众满意度"),
    ("组织设置与按期换届", "发展党员", "党费收缴", "党员信息档案", "计划总结"),
    ("谈心谈话", "关怀帮扶", "组织生活到会率", "群团工作"),
    ("活动场所", "标识制度", "经费使用"),
)


def make_rows() -> list[Row]:
    rows = []
    for number, (dimension, names) in enumerate(zip(DIMENSIONS, INDICATORS, strict=True), start=1):
        rows.append(Row(str(number), dimension, "20.00", "18.50", "17.50", is_group=True))
        for place, name in enumerate(names, start=1):
            note = "缺1次支委会会议记录，考评组查阅台账后扣1分；支部已补记。" if place % 3 == 0 else ""
            rows.append(Row(f"{number}.{place}", name, "4.00", "4.00", "3.50", note, is_lower=bool(note)))
    return rows


def make_paper(**changes: object) -> BranchPaper:
    facts = [
        ("党支部", "市发展局机关第一党支部", "编码", "B0001"),
        ("所属党组织", "市发展局机关党委", "单位", "市发展局"),
        ("领域", "机关", "支部书记", "王堃喆"),
        ("考评周期", "2026年第三季度", "考评标准", "市直机关“五强”党支部量化考评标准 2026.1"),
    ]
    fields = {
        "issuer": "中共滨江市直属机关工作委员会",
        "document_number": "滨直工考〔2026〕12号",
        "dated": "2026年10月20日",
        "title": "2026年第三季度党支部考核评价结果报告",
        "branch_name": "市发展局机关第一党支部",
        "facts": facts,
        "outcome": [("星级", "★★★★"), ("总分", "89.75"), ("基础分", "87.75"), ("加分", "3.00"), ("名次", "41/680")],
        "rows": make_rows(),
        "full_points": "100.00",
        "total": "89.75",
        "own_total": "93.25",
        "base": "87.75",
        "items": [
            Item("加分", "获得表彰（市级）", "“先进基层党组织”，滨委〔2026〕7号", "+3.00"),
            Item("减分", "通报批评", "考勤通报，2026年8月11日", "-1.00", "书记淏玥昇翀已说明"),
        ],
        "reasons": [
            "得分89.75分，达到四星标准（80分及以上）。",
            "未达到五星标准：五星需90分及以上，相差0.25分。",
        ],
        "digest": "9f" * 32,
        "radar": charts.radar(DIMENSIONS, [92.5, 70, 81.2, 95, 88, 90], [85, 75, 80, 82, 83, 90]),
        "trend": charts.trend(["25年四季度", "26年一季度", "26年二季度", "26年三季度"], [84.5, 86, None, 89.75]),
    }
    return BranchPaper(**(fields | changes))
