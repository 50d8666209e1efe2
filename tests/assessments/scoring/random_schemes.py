"""Random schemes of all rules with random marks, as plain data: food for the engine and for the oracle."""

SECTORS = ("organ", "village")
PERIODS = ("Q1", "Q2", "Q3", "Q4")
GRADES = ("五星", "四星", "三星", "二星", "一星")


def half(rnd, low, high):
    """A multiple of 0.5 as decimal text."""
    return decimal(rnd.randint(low * 2, high * 2) * 5, 1)


def decimal(units, places):
    """Units of the last place as text: decimal(-125, 2) is -1.25."""
    sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def fine(rnd, low, high, places=3):
    return decimal(rnd.randint(low * 10**places, high * 10**places), places)


def tenths(value):
    """Half points as an exact integer of tenths."""
    return int(value.replace(".", ""))


class Case:
    """One scheme with the marks of some branches; the same seed gives the same case."""

    def __init__(self, rnd, branches=10):
        self.rnd = rnd
        self.number = 0
        self.scheme = self.make_scheme()
        self.branches = [self.make_branch(at) for at in range(branches)]
        self.marks = []
        periods = [name for name in self.scheme["year"]["periods"] if rnd.random() < 0.85]
        for branch in self.branches:
            for period in periods:
                self.mark_period(branch, period)
            self.mark_year(branch)

    def chance(self, share):
        return self.rnd.random() < share

    def code(self, letter):
        self.number += 1
        return f"{letter}{self.number}"

    # --- the scheme

    def make_scheme(self):
        rnd = self.rnd
        dimensions = [self.make_dimension() for _ in range(rnd.randint(1, 4))]
        total = sum(tenths(each["points"]) for each in dimensions)
        scheme = {"code": "r", "version": "1", "name": "随机", "indicators": dimensions}
        scheme["full_marks"] = decimal(total, 1)
        if self.chance(0.4):
            scheme["full_marks"], scheme["rescale"] = rnd.choice(["100", "110", "150", "33.3"]), True
            if len(dimensions) > 1 and self.chance(0.5):
                dimensions[-1]["sectors"] = ["organ"]
        scheme["sectors"] = list(SECTORS)
        scheme["round_before_banding"] = rnd.choice(["none", 0, 1, 2])
        scheme["places"] = rnd.choice([0, 0, 0, 1, 2, 2, 2, 3, 6])
        scheme["rank_on"] = rnd.choice(["total", "graded"])
        scheme["rescale_due"] = self.chance(0.3)
        if self.chance(0.2):
            scheme["max_total"] = fine(rnd, 20, 110, 1)
        codes = [each["code"] for each in dimensions]
        scheme["tie_break"] = rnd.sample([*codes, "bonus", "poll"], rnd.choice([0, 0, 1, 2]))
        if self.chance(0.2):
            scheme["star_mode"] = "thematic"
            for each in dimensions:
                each["pass"] = fine(rnd, 0, 1, 2)
        scheme["components"] = self.make_components()
        scheme["bonus"] = self.make_part("B", counts=self.chance(0.6))
        sources = ["total", *(each["source"] for each in scheme["components"])]
        scheme["penalty"] = {**self.make_part("P"), "from": rnd.choice(sources)}
        effects = [{"max_stars": rnd.randint(0, 4)}, {"grade": "lowest"}, {"bar_honours": True}, {"zero_total": True}]
        scheme["veto"] = [{"code": self.code("V"), "text": "否", "effect": e} for e in effects if self.chance(0.5)]
        scheme["flags"] = [{"code": self.code("F"), "text": "认定"}] if self.chance(0.5) else []
        scheme["bands"] = self.make_bands(scheme, 1)
        scheme["year"] = self.make_year(scheme)
        return scheme

    def make_dimension(self):
        children = [self.make_node(2) for _ in range(self.rnd.randint(1, 4))]
        if self.chance(0.15):
            return {**self.make_leaf(), "code": self.code("D")}
        return self.parent(children)

    def make_node(self, level):
        if level == 2 and self.chance(0.15):
            return self.parent([self.make_leaf() for _ in range(self.rnd.randint(1, 3))])
        return self.make_leaf()

    def parent(self, children):
        found = []
        total = sum(tenths(child["points"]) for child in children)
        for child in children:
            if not child.get("children") and self.chance(0.15):
                other = {**self.make_leaf(), "points": child["points"], "sectors": ["village"]}
                found += [{**child, "sectors": ["organ"]}, other]
            else:
                found.append(child)
        node = {"code": self.code("D"), "name": "维度", "points": decimal(total, 1), "children": found}
        if self.chance(0.2):
            node["points"], node["scaled"] = half(self.rnd, 1, 30), True
        return node

    def make_leaf(self):
        rnd = self.rnd
        kinds = ["entry", "deduct", "add", "mixed", "choice", "measure", "poll", "external"]
        rule = rnd.choice([*kinds, "deduct", "add"])
        leaf = {"code": self.code("I"), "name": "指标", "points": half(rnd, 1, 12), "rule": rule}
        leaf["not_applicable"] = rnd.choice(["forbidden", "counts_full", "excluded"])
        leaf["due"] = rnd.choice(["every", "every", "every", "year_end", "on_event", ["Q2", "Q4"], ["Q1"]])
        if self.chance(0.2):
            leaf["floor"] = half(rnd, -5, 0)
        if self.chance(0.2):
            leaf["ceiling"] = rnd.choice(["none", decimal(tenths(leaf["points"]) + 25, 1)])
        if rule == "entry":
            leaf["step"] = rnd.choice(["0.5", "0.1", "1", "0.25"])
        if rule in ("mixed", "external"):
            leaf["start"] = half(rnd, -2, 10)
        if rule == "external":
            leaf["factor"] = rnd.choice(["1", "-10", "0.333", "1.5"])
        if rule in ("deduct", "add", "mixed", "choice"):
            leaf["highest_only"] = rule == "add" and self.chance(0.4)
            leaf["criteria"] = [self.make_criterion(rule, at) for at in range(rnd.randint(1, 4))]
        if rule == "measure":
            leaf.update(self.make_measure())
        return leaf

    def make_criterion(self, rule, at):
        rnd = self.rnd
        criterion = {"code": "abcd"[at], "text": "细则"}
        low = -5 if rule in ("mixed", "choice") else 0
        if self.chance(0.2):
            ends = sorted([fine(rnd, max(low, 0), 3, 1), fine(rnd, 3, 6, 1)], key=float)
            criterion["range"] = ends if float(ends[1]) else ["1", "2"]
        else:
            criterion["points"] = fine(rnd, low, 4, 2)
        if self.chance(0.4):
            criterion["max"] = fine(rnd, 0, 5, 1)
        if rule != "choice" and self.chance(0.15):
            criterion["applies_if"] = rnd.choice(["has_committee", "has_groups"])
        return criterion

    def make_measure(self):
        rnd = self.rnd
        if self.chance(0.5):
            starts = rnd.sample(range(0, 130, 5), rnd.randint(1, 5))
            return {"bands": [{"from": decimal(start, 2), "points": fine(rnd, -2, 8, 1)} for start in starts]}
        slope = {"target": fine(rnd, 0, 1, 2), "per": rnd.choice(["0.01", "0.05", "0.003", "0.1"])}
        slope["points"] = fine(rnd, 0, 2, 2)
        if self.chance(0.5):
            slope["max"] = half(rnd, 0, 5)
        slope["direction"] = rnd.choice(["up", "down"])
        return {"slope": slope}

    def make_components(self):
        shapes = [
            [("review", 100)],
            [("review", 70), ("poll", 30)],
            [("self", 40), ("review", 60)],
            [("self", 0), ("review", 100)],
            [("preliminary", 35), ("onsite", 35), ("meeting", 30)],
            [("review", 33), ("external", 33), ("peer", 34)],
        ]
        return [{"source": name, "weight": decimal(share, 2)} for name, share in self.rnd.choice(shapes)]

    def make_part(self, letter, counts=None):
        rnd = self.rnd
        part = {} if counts is None else {"counts": counts}
        if self.chance(0.5):
            part["cap"] = half(rnd, 0, 10)
        part["groups"] = [{"code": "g", "cap": half(rnd, 0, 6)}, {"code": "h"}][: rnd.randint(0, 2)]
        part["items"] = []
        for _ in range(rnd.randint(0, 4)):
            item = {"code": self.code(letter), "text": "项", "per_matter": rnd.choice(["highest", "each"])}
            if self.chance(0.5):
                item["levels"] = {"国": fine(rnd, 3, 8, 1), "省": fine(rnd, 1, 5, 1), "市": "1"}
            else:
                item["points"] = fine(rnd, 0, 4, 2)
            if self.chance(0.4):
                item["max"] = half(rnd, 0, 5)
            if part["groups"] and self.chance(0.6):
                item["group"] = rnd.choice(part["groups"])["code"]
            part["items"].append(item)
        return part

    def make_bands(self, scheme, factor):
        rnd = self.rnd
        full = float(scheme["full_marks"]) * factor
        shares = sorted(rnd.sample(range(20, 96), 4), reverse=True)
        bands = []
        for stars, share in zip(range(5, 1, -1), shares, strict=True):
            bands.append({"stars": stars, "grade": GRADES[5 - stars], "from": decimal(int(full * share), 2)})
        if self.chance(0.7):
            bands.append({"stars": 1, "grade": GRADES[4], "from": 0})
        if scheme.get("max_total") and float(scheme["max_total"]) * factor < float(bands[0]["from"]):
            scheme.pop("max_total")
        for band in bands:
            if self.chance(0.35):
                size = {"max_share": fine(rnd, 0, 1, 2)} if self.chance(0.7) else {"max_number": rnd.randint(0, 4)}
                band["quota"] = {**size, "within": rnd.choice(["all", "sector", "committee"])}
            elif self.chance(0.2):
                band["quota"] = {rnd.choice(["min_share", "about"]): fine(rnd, 0, 1, 2)}  # only warns
            if self.chance(0.35):
                band["requires"] = [self.make_condition(scheme, band) for _ in range(rnd.randint(1, 2))]
        return bands

    def make_condition(self, scheme, band):
        rnd = self.rnd
        kinds = [
            {"dimension_share": {"code": rnd.choice(scheme["indicators"])["code"], "min": fine(rnd, 0, 1, 2)}},
            {"no_zero_dimension": True},
            {"poll_min": rnd.randint(30, 90)},
            {"poll_top_share": fine(rnd, 0, 1, 2)},
            {"previous_stars_min": rnd.randint(0, 4)},
            {"good_periods": {"grade": rnd.choice(GRADES[:4]), "count": 1}},
            {"no_veto": True},
        ]
        if scheme["flags"]:
            kinds.append({"flag": scheme["flags"][0]["code"]})
        return rnd.choice(kinds)

    def make_year(self, scheme):
        rnd = self.rnd
        periods = list(PERIODS[: rnd.choice([2, 4])])
        for leaf in leaves_of(scheme["indicators"]):
            if isinstance(leaf["due"], list):
                leaf["due"] = [name for name in leaf["due"] if name in periods] or "every"
        method = rnd.choice(["none", "sum", "mean", "mean", "weighted", "last", "best"])
        year = {"periods": periods, "method": method, "missing": rnd.choice(["block", "skip", "skip", "zero"])}
        if method == "weighted":
            shares = [20, 30, 15, 35] if len(periods) == 4 else [40, 60]
            year["weights"] = {name: decimal(share, 2) for name, share in zip(periods, shares, strict=True)}
        year["adjustments"] = rnd.choice(["in_quarters", "summed"])
        if self.chance(0.4):
            year["bonus_cap"] = half(rnd, 0, 20)
        if year["adjustments"] == "summed":
            scheme.pop("max_total", None)
        if method == "sum" or (method != "none" and self.chance(0.3)):
            year["bands"] = self.make_bands(scheme, len(periods) if method == "sum" else 1)
        return year

    # --- branches and marks

    def make_branch(self, at):
        rnd = self.rnd
        return {
            "branch": f"支部{at:03}",
            "sector": rnd.choice(SECTORS),
            "committee": rnd.choice(["甲", "乙", ""]),
            "exempt": "成立不满一年" if self.chance(0.08) else "",
            "previous_stars": rnd.choice(["", "0", "2", "3", "4", "5"]),
            "has_committee": rnd.choice(["yes", "yes", "no"]),
            "has_groups": rnd.choice(["yes", "yes", "no"]),
        }

    def put(self, branch, period, stage, indicator, value, criterion="", matter="", waived=""):
        self.marks.append(
            {
                "branch": branch["branch"],
                "period": period,
                "stage": stage,
                "indicator": indicator,
                "criterion": criterion,
                "value": str(value),
                "matter": matter,
                "waived": waived,
                "reason": "自查自纠" if waived else "",
            }
        )

    def mark_period(self, branch, period):
        rnd, scheme = self.rnd, self.scheme
        gone = 0.03  # a missing mark makes a missing sheet
        stages = {each["source"] for each in scheme["components"]} | {"self"}
        for stage in sorted(stages):
            if stage in ("poll", "external") or self.chance(0.1):
                if not self.chance(gone):
                    self.put(branch, period, stage, "", fine(rnd, 0, int(float(scheme["full_marks"])), 2))
                continue
            self.mark_leaves(branch, period, stage, scheme["indicators"])
        for leaf in leaves_of(scheme["indicators"], branch["sector"]):
            if leaf["rule"] in ("poll", "external") and self.is_due(leaf, period) and not self.chance(gone):
                self.mark_leaf(branch, period, leaf["rule"], leaf)
        self.facts(branch, period)
        for part in (scheme["bonus"], scheme["penalty"]):
            self.claim(branch, period, part)

    def facts(self, branch, period):
        rnd, scheme = self.rnd, self.scheme
        if self.chance(0.5):
            self.put(branch, period, "poll", "@top_share", rnd.choice([fine(rnd, 0, 1, 2), f"{rnd.randint(0, 9)}/9"]))
        if self.chance(0.2):
            self.put(branch, period, "poll", "@score", fine(rnd, 0, 100, 2))
        for veto in scheme["veto"]:
            if self.chance(0.08):
                self.put(branch, period, "review", veto["code"], 1)
        for flag in scheme["flags"]:
            if self.chance(0.6):
                self.put(branch, period, "review", flag["code"], rnd.choice([1, 1, 0]))

    def mark_year(self, branch):
        self.facts(branch, "year")

    def is_due(self, leaf, period):
        due = leaf["due"]
        if due == "year_end":
            return period == self.scheme["year"]["periods"][-1]
        return due in ("every", "on_event") or period in due

    def mark_leaves(self, branch, period, stage, indicators):
        for leaf in leaves_of(indicators, branch["sector"]):
            if leaf["rule"] in ("poll", "external") or not self.is_due(leaf, period):
                continue
            if self.chance(0.6 if leaf["due"] == "on_event" else 0.005):
                continue
            self.mark_leaf(branch, period, stage, leaf)

    def mark_leaf(self, branch, period, stage, leaf):
        rnd, rule = self.rnd, leaf["rule"]
        if leaf["not_applicable"] != "forbidden" and self.chance(0.08):
            self.put(branch, period, stage, leaf["code"], "NA")
        elif rule == "entry":
            self.put(branch, period, stage, leaf["code"], self.entry(leaf))
        elif rule == "measure":
            whole = rnd.randint(1, 60)
            value = rnd.choice([f"{rnd.randint(0, whole)}/{whole}", fine(rnd, 0, 1, 3), fine(rnd, -1, 2, 2)])
            self.put(branch, period, stage, leaf["code"], value)
        elif rule == "poll":
            self.put(branch, period, stage, leaf["code"], fine(rnd, 0, 100, 2))
        elif rule == "external":
            self.put(branch, period, stage, leaf["code"], fine(rnd, -3, 12, 3))
        elif rule == "choice":
            self.count(branch, period, stage, leaf, rnd.choice(leaf["criteria"]), 1)
        else:
            self.mark_counts(branch, period, stage, leaf)

    def entry(self, leaf):
        step = round(float(leaf["step"]) * 100)
        low = round(float(leaf.get("floor", 0)) * 100)
        ceiling = leaf.get("ceiling", leaf["points"])
        high = 2000 if ceiling == "none" else round(float(ceiling) * 100)
        return decimal(self.rnd.randint(-(-low // step), high // step) * step, 2)

    def mark_counts(self, branch, period, stage, leaf):
        rows = len(self.marks)
        for criterion in leaf["criteria"]:
            asked = branch.get(criterion.get("applies_if", ""), "yes") == "yes"
            if asked and self.chance(0.75 if leaf["rule"] == "add" else 0.4):
                self.count(branch, period, stage, leaf, criterion, self.rnd.choice([0, 1, 1, 2, 3, 7, 1000000]))
        if len(self.marks) == rows:
            self.put(branch, period, stage, leaf["code"], 0)

    def count(self, branch, period, stage, leaf, criterion, count):
        waived = "yes" if leaf["rule"] != "choice" and self.chance(0.1) else ""
        if criterion.get("range"):
            low, high = (int(end.replace(".", "")) for end in map(one_place, criterion["range"]))
            count = decimal(self.rnd.randint(low, high) or 1 if low else max(1, self.rnd.randint(low, high)), 1)
        elif float(criterion["points"]) * 1e6 > 1e5 and count == 1000000:
            count = 5
        self.put(branch, period, stage, leaf["code"], count, criterion["code"], waived=waived)

    def claim(self, branch, period, part):
        rnd, seen = self.rnd, set()
        for item in part["items"]:
            for _ in range(rnd.choice([0, 0, 1, 1, 2, 3])):
                level = rnd.choice(list(item["levels"])) if item.get("levels") else ""
                matter = rnd.choice(["", "甲事", "乙事", "丙事"])
                if matter and (item["code"], level, matter) in seen:
                    continue
                seen.add((item["code"], level, matter))
                stage = "self" if self.chance(0.1) else "review"
                waived = "yes" if part is self.scheme["penalty"] and self.chance(0.1) else ""
                self.put(branch, period, stage, item["code"], rnd.choice([0, 1, 1, 2, 4]), level, matter, waived)


def one_place(value):
    return value if "." in value else f"{value}.0"


def leaves_of(indicators, sector=None):
    for indicator in indicators:
        if sector and indicator.get("sectors") and sector not in indicator["sectors"]:
            continue
        if indicator.get("children"):
            yield from leaves_of(indicator["children"], sector)
        else:
            yield indicator
