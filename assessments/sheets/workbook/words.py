"""The words of the entry workbook (填报表): a file format, so Chinese constants outside gettext."""

FORMAT = "1"
TITLE = "自评填报表"
LIST_TITLE = "自评填报表目录"  # the first cell of the first worksheet of a workbook for several branches
LIST_SHEET = "目录"

BRANCH, CYCLE, SCHEME, FORMAT_LABEL = "支部编码", "考评周期", "标准校验码", "填报表格式"
HEADINGS = ("指标编号", "细则编号", "考评内容和标准", "分值", "填什么", "填写", "从轻不扣的理由", "备注", "版本")
CODE, KEY, TEXT, POINTS, ASK, VALUE, WAIVER, NOTE, STAMP = range(len(HEADINGS))
LETTERS = "ABCDEFGHI"

ENTRY, NUMERATOR, DENOMINATOR = "得分", "实际数", "应有数"  # keys of lines that stand for no criterion
NO_DEDUCTION, NOTHING_FOUND, NOT_APPLICABLE, CHOSEN = "无扣分", "无此项", "不适用", "√"
WHEN = {NO_DEDUCTION: "核对后全部没有的", NOTHING_FOUND: "核对后全部没有的", NOT_APPLICABLE: "不适用的"}
CHOSEN_WORDS = frozenset("√✓✔☑是1xXvV")
NOT_FILLED_HERE = {
    "poll": "由上级党组织填写群众测评结果，不在本表填写。",
    "external": "由其他系统提供数据，不在本表填写。",
}
CLOSED = "未退回，保持已提交的内容，不在本表修改。"

HOW_TO_FILL = (
    "只填浅黄色单元格，其余单元格已保护。不改动编号、版本和工作表结构，不合并单元格，不使用公式。",
    "按“填什么”一列填写：次数填整数；选项在选中的一行填“√”，每个指标只选一项；比例填实际数和应有数。",
    "扣分、加分指标核对后没有发生的，在指标行“填写”一栏选“无扣分”或“无此项”；整行空白表示尚未填写。",
    "不适用的指标（指标行有下拉选项“不适用”的），选“不适用”并在备注中说明。",
    "党支部自查发现并已整改、申请从轻不扣的，照实填次数，并填写“从轻不扣的理由”（不少于5个字）。",
    "填好后保存为.xlsx，在平台“支部自评”页面上传填报表。平台先逐行列出差异，由您勾选后才写入。",
    "空白行不改动平台已填的内容。下载后平台上又改过的行，默认保留平台的内容，由您决定取舍。",
    "上传不等于提交：全部填好后，由党支部书记在平台提交。佐证材料和加分申报不在本表内，请在平台办理。",
)


def title(cycle: str, branch: str) -> str:
    """The first cell of a branch's worksheet."""
    return f"{cycle}{TITLE}　{branch}"


def file_name(cycle: str, who: str) -> str:
    """2026年第四季度自评填报表-某某党支部.xlsx"""
    return f"{cycle}{TITLE}-{who}.xlsx"
