"""What stands where: six sheets of blocks, each a table under its headings, or a form of label and content."""

from dataclasses import dataclass, field

from . import words
from .words import Words


@dataclass(frozen=True)
class Field:
    """A column of a table, or a line of a form. Kinds:

    `code` (an identity, always text), `text` (kept exactly), `number`, `share` (30% is understood), `word` (one of
    `words`), `yes`, `list` (words or codes), `due`, `ceiling`, `unit`, `object` (what a condition is about).
    """

    key: str
    heading: str
    kind: str = "text"
    hint: str = ""
    words: Words = field(default_factory=dict)
    width: float = 12
    is_required: bool = False
    default: object = None  # written out where the scheme says nothing, so that the reader need not know it


@dataclass(frozen=True)
class Block:
    """A table, or a form (`is_form`: `fields` are its lines). `marker` stands in its first row, in column A."""

    key: str
    name: str
    fields: tuple[Field, ...]
    hint: str = ""
    is_form: bool = False
    spare: int = 4  # empty rows below the last one

    @property
    def marker(self) -> str:
        return f"【{self.name}】"


@dataclass(frozen=True)
class Page:
    """A worksheet."""

    title: str
    blocks: tuple[Block, ...]
    widths: tuple[float, ...] = ()


FORM_HEADINGS = ("项目", "内容", "填写说明")

SCHEME = Block(
    "scheme",
    "基本信息",
    (
        Field("code", "标准编码", "code", "标准的标识，同一标准各版本相同，例如 wuqiang。", is_required=True),
        Field("version", "版本号", "code", "与编码合起来不得重复，例如 2026.1。", is_required=True),
        Field("name", "标准名称", "text", "文件全称。", is_required=True),
        Field(
            "sectors",
            "适用领域",
            "list",
            "用顿号隔开：" + "、".join(words.SECTORS.values()) + "。空着表示全部领域。",
            words.SECTORS,
        ),
        Field("full_marks", "满分", "number", "全部指标分值之和，例如100。", is_required=True),
        Field("places", "显示小数位数", "number", "0至6，空着为2。排名、并列和名额按显示的分数比较。", default=2),
        Field(
            "round_before_banding",
            "定等前取整",
            "word",
            "划等次时读取的分数如何取整。",
            words.ROUNDING,
            is_required=True,
        ),
        Field("rescale", "按满分折算", "yes", "指标分值之和不等于满分时选“是”。", default=False),
        Field("rescale_due", "按当期应考指标折算", "yes", "选“是”：当期不考的指标不影响满分。", default=False),
        Field("max_total", "总分上限", "number", "含加分的总分最高值，空着表示不限。"),
        Field("rank_on", "排名依据", "word", "空着为总分。", words.RANK_ON, default="total"),
        Field(
            "tie_break",
            "同分排序",
            "list",
            "依次比较：一级指标编码、加分、测评，用顿号隔开。空着表示并列。",
            words.TIE_BREAK,
        ),
        Field("star_mode", "定星方式", "word", "空着为按总分定星。", words.STAR_MODES, default="score"),
        Field("notes", "备注", "text", "显示在标准页面上方。"),
    ),
    "加粗或带下划线的为必填项；其余空着的，按填写说明取默认值。",
    is_form=True,
)
COMPONENTS = Block(
    "components",
    "得分构成",
    (
        Field("source", "来源", "word", "得分从哪一环节来。", words.SOURCES, 26, is_required=True),
        Field("weight", "权重", "share", "各行相加等于1（100%）。自评一般只作申报，不列入。", is_required=True),
    ),
    "空着表示只按考评得分计算。",
)
FLAGS = Block(
    "flags",
    "认定事项",
    (
        Field("code", "编码", "code", "不与指标、加减分、一票否决的编码重复，例如 F1。", is_required=True),
        Field("text", "内容", "text", "由考评组确认是否具备，供等次条件引用。", is_required=True),
    ),
    "例如“有创新项目”。没有的空着。",
)
YEAR = Block(
    "year",
    "年度计分",
    (
        Field(
            "periods",
            "考评周期",
            "list",
            "按顺序用顿号隔开，例如：第一季度、第二季度、第三季度、第四季度。",
            words.PERIODS,
            is_required=True,
        ),
        Field("method", "年度总分", "word", "各期如何合成年度总分。", words.METHODS, is_required=True),
        Field("missing", "缺期处理", "word", "某一期没有总分时怎么办。", words.MISSING, is_required=True),
        Field("adjustments", "加减分计法", "word", "空着为计入各期总分。", words.ADJUSTMENTS, default="in_quarters"),
        Field("bonus_cap", "全年加分上限", "number", "加减分按“全年累计”时使用，空着表示不限。"),
    ),
    is_form=True,
)
WEIGHTS = Block(
    "weights",
    "各期权重",
    (
        Field("period", "考评周期", "word", "与“考评周期”中所列一致。", words.PERIODS, is_required=True),
        Field("weight", "权重", "share", "各期相加等于1（100%）。", is_required=True),
    ),
    "年度总分为“各期加权”时填写。",
)
INDICATORS = Block(
    "indicators",
    "指标",
    (
        Field("level", "层级", "word", "从下拉列表中选。", words.LEVELS, 7, True),
        Field("code", "编码", "code", "不得重复，例如1.10。", width=9, is_required=True),
        Field("name", "指标名称", "text", "", width=24, is_required=True),
        Field("points", "分值", "number", "有下级指标的，等于下级之和。", width=8, is_required=True),
        Field("standard", "考评标准", "text", "考评内容和要求，可以空着。", width=44),
        Field("rule", "计分规则", "word", "有下级指标的空着，其余必填。", words.RULES, 14),
        Field("evidence", "佐证材料", "word", "空着为可以上传。", words.EVIDENCE, 11, default="optional"),
        Field("sectors", "适用领域", "list", "空着表示标准的全部领域；多个用顿号隔开。", words.SECTORS, 16),
        Field(
            "due",
            "考评周期",
            "due",
            "每期、最后一期、有事项时，或所列各期（用顿号隔开）。空着为每期。",
            words.DUE,
            13,
            default="every",
        ),
        Field("reviewer_unit", "评分部门", "text", "由哪个部门评分，可以空着。", width=14),
        Field(
            "not_applicable",
            "不适用时",
            "word",
            "空着为不允许选“不适用”。",
            words.NOT_APPLICABLE,
            11,
            default="forbidden",
        ),
        Field("floor", "最低得分", "number", "空着为0。", width=9),
        Field("ceiling", "最高得分", "ceiling", "空着为分值；不设上限填“不封顶”。", width=9),
        Field("step", "赋分步长", "number", "酌情赋分用，空着为0.5。", width=9),
        Field("start", "起始分", "number", "有加有减、外部导入用，空着为0。", width=8),
        Field("highest_only", "只取最高一项", "yes", "加分用。", width=8),
        Field("target", "目标值", "number", "按比例或数量：目标值，98%填0.98。", width=9),
        Field("per", "每相差", "number", "与目标每相差多少扣一次，例如0.01。", width=9),
        Field("slope_points", "扣分", "number", "每次扣多少分。", width=8),
        Field("slope_max", "最多扣", "number", "空着为扣完为止。", width=8),
        Field("direction", "指标方向", "word", "空着为越高越好。", words.DIRECTIONS, 11),
        Field("factor", "换算系数", "number", "外部导入用，空着为1。", width=9),
        Field("scaled", "下级折算", "yes", "有下级的：选“是”，下级之和折算为本级分值。", width=8),
        Field("pass", "达标得分率", "share", "按一级指标逐项定星时，一级指标填，例如80%。", width=10),
        Field("source", "数据来源", "text", "可以自动取数的台账代码，可以空着。", width=12),
    ),
    "一行一个指标，下级指标紧跟在上级之后。计分的细则、选项和分档填在“评分细则”表。",
    spare=200,
)
CRITERIA = Block(
    "criteria",
    "评分细则",
    (
        Field("indicator", "指标编码", "code", "与“指标”表一致。", width=10, is_required=True),
        Field("code", "细则编码", "code", "同一指标内不重复，例如a、b、c。分档行空着。", width=10),
        Field("text", "评分细则或选项", "text", "例如：党员大会每缺1次扣1分。分档行空着。", width=50),
        Field(
            "points",
            "分值",
            "number",
            "每次的分值；分档评定为该档得分。扣分规则填正数，有加有减的扣分填负数。",
            width=9,
        ),
        Field("low", "幅度下限", "number", "由考评人在幅度内掌握的，填下限和上限，不填分值。", width=9),
        Field("high", "幅度上限", "number", "", width=9),
        Field("unit", "单位", "unit", "次、人次、篇等，空着为次。", width=8),
        Field("max", "最多计分", "number", "本条累计上限，空着表示不限。", width=9),
        Field("applies_if", "适用条件", "word", "空着适用全部党支部。", words.APPLIES_IF, 13),
        Field("from", "达到值", "number", "分档行用：指标值达到多少（95%填0.95），得“分值”所填的分。", width=10),
    ),
    "一行一条细则、一个选项或一个分档。",
    spare=200,
)
BONUS = Block(
    "bonus",
    "加分总则",
    (
        Field("counts", "加分计入定等分", "yes", "选“否”：加分只显示，不影响等次。空着为“是”。", default=True),
        Field("cap", "加分上限", "number", "空着表示不封顶。"),
    ),
    is_form=True,
)
PENALTY = Block(
    "penalty",
    "减分总则",
    (
        Field("from", "从何处减", "word", "空着为从总分中减。", words.PENALTY_FROM, default="total"),
        Field("cap", "减分上限", "number", "空着表示不限。"),
    ),
    is_form=True,
)
GROUPS = Block(
    "groups",
    "分组上限",
    (
        Field("part", "类别", "word", "", words.PARTS, 20, is_required=True),
        Field("code", "分组编码", "code", "例如 awards。", is_required=True),
        Field("cap", "分组上限", "number", "空着表示不限。"),
    ),
    "几个事项合并封顶时填写，没有的空着。",
)
ITEMS = Block(
    "items",
    "加减分事项",
    (
        Field("part", "类别", "word", "", words.PARTS, 20, is_required=True),
        Field("code", "编码", "code", "例如B1、P1，不得重复。", width=14, is_required=True),
        Field("text", "事项", "text", "", width=44, is_required=True),
        Field("level", "层级或情形", "text", "分层级计分的，每个层级一行；从第二行起只填层级和分值。", width=16),
        Field("points", "分值", "number", "一律填正数。", width=9),
        Field("group", "分组", "code", "“分组上限”中的编码。", width=12),
        Field("unit", "单位", "unit", "空着为次。", width=8),
        Field("max", "最多计分", "number", "本事项累计上限，空着表示不限。", width=9),
        Field("per_matter", "同一事项", "word", "空着为同一事项取最高。", words.PER_MATTER, 16),
    ),
    "减分的分值也填正数。",
    spare=200,
)
VETO = Block(
    "veto",
    "一票否决",
    (
        Field("code", "编码", "code", "例如V1，不得重复。", width=14, is_required=True),
        Field("text", "情形", "text", "", width=60, is_required=True),
        Field("effect", "后果", "word", "", words.EFFECTS, 22, is_required=True),
        Field("stars", "最高星级", "number", "后果为“限制最高星级”时填写。", width=10),
    ),
    "没有的空着。",
    spare=100,
)
BAND_FIELDS = (
    Field("stars", "星级", "number", "例如5。", width=10, is_required=True),
    Field("grade", "等次", "text", "例如五星。", width=14, is_required=True),
    Field("from", "起点分", "number", "达到这个分数即可评定。", width=9, is_required=True),
    Field("max_share", "名额比例上限", "share", "例如30%，向下取整；比例和名额数只填一项。", width=9),
    Field("max_number", "名额数上限", "number", "", width=9),
    Field("within", "名额范围", "word", "空着为全部党支部。", words.WITHIN, 14),
    Field("min_share", "最低比例（提示）", "share", "只提示，不强制。", width=10),
    Field("about", "参考比例（提示）", "share", "只提示，不强制。", width=10),
    Field(
        "condition", "条件", "word", "几个条件的，每个条件一行；从第二行起只填条件、对象和数值。", words.CONDITIONS, 24
    ),
    Field("object", "条件对象", "object", "一级指标编码、认定事项编码或等次名称。", width=12),
    Field("value", "条件数值", "share", "得分率、比例、测评得分、星级或期数。", width=10),
)
BANDS = Block("bands", "等次", BAND_FIELDS, "从高到低排列。", spare=8)
YEAR_BANDS = Block(
    "year_bands", "年度等次", BAND_FIELDS, "空着表示与各期相同；年度总分为“各期合计”时必须填写。", spare=12
)

PAGES = (
    Page("说明", (SCHEME, COMPONENTS, FLAGS, YEAR, WEIGHTS), (26, 44, 70)),
    Page("指标", (INDICATORS,)),
    Page("评分细则", (CRITERIA,)),
    Page("加减分", (BONUS, PENALTY, GROUPS, ITEMS)),
    Page("一票否决", (VETO,)),
    Page("等次", (BANDS, YEAR_BANDS)),
)  # fmt: skip
