"""Invented names of the demonstration city 滨和市: units, branches, people. Nobody and nothing of it exists."""

from random import Random

# By sector: unit and how many branches its committee has.
_UNITS = {
    "organ": """
市委办公室 9、市人大常委会机关 6、市政府办公室 10、市政协机关 6、市纪委监委机关 9、市委组织部 7、
市委宣传部 7、市委统战部 5、市委政法委 5、市委改革办 4、市委编办 4、市直机关工委 4、市委老干部局 5、
市发展和改革委员会 10、市科学技术局 6、市工业和信息化局 9、市民族宗教事务局 4、市公安局 26、
市民政局 8、市司法局 9、市财政局 10、市人力资源和社会保障局 11、市自然资源局 12、市生态环境局 9、
市住房和城乡建设局 11、市城市管理局 12、市交通运输局 16、市水务局 9、市农业农村局 12、市商务局 8、
市文化和旅游局 9、市卫生健康委员会 8、市退役军人事务局 6、市应急管理局 7、市审计局 7、
市国有资产监督管理委员会 5、市市场监督管理局 16、市体育局 5、市统计局 5、市医疗保障局 6、市信访局 4、
市营商环境建设局 6、市大数据管理局 5、市税务局 15
    """,
    "institution": """
市公共资源交易中心 5、市住房公积金管理中心 6、市机关事务服务中心 7、市检验检测中心 9、
市农业科学研究所 7、市图书馆 5、市博物馆 4、市广播电视台 11、市日报社 8
    """,
    "soe": """
市城市投资集团 16、市公共交通集团 15、市水务集团 13、市供热集团 11、市港务集团 14、市粮食储备集团 9、
市文化旅游集团 10
    """,
    "school": """
市第一中学 12、市实验高级中学 11、市第三中学 10、市职业技术学院 20、市师范附属学校 9、
市特殊教育学校 4、市开放大学 8
    """,
    "hospital": """
市中心医院 24、市第二人民医院 16、市中医院 14、市妇女儿童医院 12、市疾病预防控制中心 10
    """,
    "two_new": """
市律师行业 4、市注册会计师行业 4、市社会组织综合 5
    """,
}
UNITS: tuple[tuple[str, str, int], ...] = tuple(
    (entry.split()[0], sector, int(entry.split()[1]))
    for sector, text in _UNITS.items()
    for entry in text.strip().split("、")
)

BRANCH_NAMES: dict[str, tuple[str, ...]] = {
    "organ": ("办公室", "综合科", "人事科", "法规科", "业务一科", "业务二科", "规划科", "督查科", "财务科", "信息科"),
    "institution": ("综合部", "业务一部", "业务二部", "技术部", "服务大厅", "后勤保障部", "编务部", "采集部"),
    "soe": ("总部机关", "生产一部", "生产二部", "运营中心", "维修中心", "市场部", "工程项目部", "安全监察部", "物资部"),
    "school": (
        "行政",
        "高一年级组",
        "高二年级组",
        "高三年级组",
        "语文教研组",
        "数学教研组",
        "理科综合组",
        "文科综合组",
    ),
    "hospital": ("行政", "内科", "外科", "门诊", "急诊", "护理部", "医技", "妇产科", "儿科", "药学部", "检验科"),
    "two_new": ("第一联合", "第二联合", "第三联合", "秘书处", "青年"),
}
COMMITTEE_WORD = {
    "organ": "机关党委",
    "institution": "党委",
    "soe": "党委",
    "school": "党委",
    "hospital": "党委",
    "two_new": "党委",
}
RETIRED = "离退休"  # branches of this name are a sector of their own, whatever unit they belong to

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹喻柏窦章苏潘葛范彭鲁韦马苗方俞任袁柳"
GIVEN = (
    "安邦博昌晨诚楚达丹东尔凡芳飞丰枫刚歌国海航恒宏华怀佳嘉建江洁捷静军凯可兰乐磊立林琳玲龙梅敏明宁"
    "鹏平启青清庆然荣如瑞若尚诗书舒思松涛天婷同望维文希贤祥晓欣新雅彦燕阳业依宜义毅英永勇宇雨语远悦云"
    "泽展振正知志中子"
)
RARE_GIVEN = "堃喆淏玥昇翀"  # must print everywhere


def person_name(random: Random) -> str:
    """A surname with one or two given characters drawn at random; now and then a rare one."""
    given = random.choice(RARE_GIVEN) if random.random() < 0.02 else random.choice(GIVEN)
    return random.choice(SURNAMES) + (random.choice(GIVEN) if random.random() < 0.7 else "") + given
