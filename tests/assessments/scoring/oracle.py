"""A slow second reading of scoring.md in exact fractions, to compare the engine with.

Plain data in (the scheme as in its file, marks and branches as rows of text), rows of RESULTS.csv out. It shares no
code with the engine, loops over everything, and takes its input to be valid.
"""

from fractions import Fraction

from .oracle_bands import passed_stars, rank_key, ranked, settle
from .oracle_sheets import Sheet, adjusted, all_leaves, limited, number, ratio, rounded, shortest, text


class Oracle:
    def __init__(self, scheme, marks, branches):
        self.scheme, self.branches = scheme, sorted(branches, key=lambda row: row["branch"])
        self.marks = {}
        for row in marks:
            key = (row["branch"], row["period"], row["stage"], row["indicator"])
            self.marks.setdefault(key, []).append(row)
        self.periods = [name for name in scheme["year"]["periods"] if any(row["period"] == name for row in marks)]

    def rows_of(self, branch, period, stage, indicator):
        return self.marks.get((branch, period, stage, indicator), [])

    def codes(self, branch, period, listed):
        """Codes of a list of vetoes or flags that hold in review."""
        return {
            entry["code"]
            for entry in listed
            if any(row["value"] == "1" for row in self.rows_of(branch, period, "review", entry["code"]))
        }

    def run(self):
        rows, by_period = [], {}
        for period in self.periods:
            results = [self.period_result(branch, period) for branch in self.branches]
            self.rate(self.scheme["bands"], results)
            by_period[period] = results
            rows += [self.row(result) for result in results]
        if self.scheme["year"]["method"] != "none":
            results = [self.year_result(at, branch, by_period) for at, branch in enumerate(self.branches)]
            self.rate(self.scheme["year"].get("bands") or self.scheme["bands"], results)
            rows += [self.row(result) for result in results]
        return rows

    def rate(self, bands, results):
        for result in results:
            if result["total"] is None:
                continue
            rounding = self.scheme["round_before_banding"]
            result["banded"] = result["graded"] if rounding == "none" else rounded(result["graded"], rounding)
            result["key"] = rank_key(self.scheme, result)
            result["passed"] = passed_stars(self.scheme, result)
        settle(self.scheme, bands, results)
        ranked(results)

    def facts(self, branch, period):
        code = branch["branch"]
        score = self.rows_of(code, period, "poll", "@score")
        whole = self.rows_of(code, period, "poll", "")
        leaves = [leaf for leaf in all_leaves(self.scheme["indicators"]) if leaf["rule"] == "poll"]
        found = [row for leaf in leaves for row in self.rows_of(code, period, "poll", leaf["code"])]
        single = [number(row["value"]) for row in found if row["value"] != "NA"]
        poll = None
        if score:
            poll = number(score[0]["value"])
        elif whole:
            poll = number(whole[0]["value"]) * 100 / number(self.scheme["full_marks"])
        elif single:
            poll = min(single)
        top = self.rows_of(code, period, "poll", "@top_share")
        return {
            "branch": code,
            "sector": branch["sector"],
            "committee": branch["committee"],
            "period": period,
            "poll": poll,
            "top": ratio(top[0]["value"]) if top else None,
            "previous": int(branch["previous_stars"]) if branch["previous_stars"] else None,
            "flags": self.codes(code, period, self.scheme.get("flags", [])),
            "vetoes": self.codes(code, period, self.scheme.get("veto", [])),
            "grades": [],
            "stars": None,
            "grade": "",
            "rank_all": None,
            "rank_sector": None,
        }

    def claims(self, branch, period, part):
        return [
            row
            for item in part.get("items", [])
            for row in self.rows_of(branch["branch"], period, "review", item["code"])
            if not row["waived"]
        ]

    def period_result(self, branch, period):
        scheme = self.scheme
        result = self.facts(branch, period)
        bonus = adjusted(scheme.get("bonus", {}), self.claims(branch, period, scheme.get("bonus", {})))
        penalty = adjusted(scheme.get("penalty", {}), self.claims(branch, period, scheme.get("penalty", {})))
        penalty_from = scheme.get("penalty", {}).get("from", "total")
        components = scheme.get("components", [{"source": "review", "weight": 1}])
        base, shown, sheets, missing = Fraction(0), [], {}, False
        for component in components:
            source, weight = component["source"], number(component["weight"])
            whole = self.rows_of(branch["branch"], period, source, "")
            score = None
            if whole:
                score = number(whole[0]["value"])
            elif source not in ("poll", "external"):
                sheet = sheets[source] = Sheet(scheme, branch, period, source, self.rows_of)
                score = sheet.score if sheet.complete else None
            if score is not None and penalty_from == source:
                score = max(score - penalty, Fraction(0))
            shown.append(score)
            if score is None:
                missing = missing or weight > 0
            else:
                base += rounded(score * weight)
        result["components"] = shown
        result["dimensions"] = self.dimensions(components, sheets)
        result["bonus"], result["penalty"], result["base"] = bonus, penalty, base
        taken = penalty if penalty_from == "total" else 0
        return self.total(result, branch, missing, base + bonus - taken, base - taken)

    def dimensions(self, components, sheets):
        """Of review if it has a weight, else of the heaviest made of marks."""
        usable = [each for each in components if number(each["weight"]) > 0 and each["source"] in sheets]
        usable.sort(key=lambda each: (each["source"] != "review", -number(each["weight"])))
        if not usable:
            return None
        return {code: found[:2] for code, found in sheets[usable[0]["source"]].dimensions.items() if found}

    def total(self, result, branch, missing, with_bonus, without):
        effects = [veto["effect"] for veto in self.scheme.get("veto", []) if veto["code"] in result["vetoes"]]
        zero = any("zero_total" in effect for effect in effects)
        result["total"] = result["graded"] = None
        if not missing:
            total = limited(self.scheme, with_bonus)
            counts = self.scheme.get("bonus", {}).get("counts", True)
            graded = total if counts else limited(self.scheme, without)
            result["total"], result["graded"] = (Fraction(0), Fraction(0)) if zero else (total, graded)
        result["status"] = "exempt" if branch["exempt"] else "missing" if missing else "rated"
        return result

    def year_result(self, at, branch, by_period):
        scheme, rule = self.scheme, self.scheme["year"]
        places = scheme.get("places", 2)
        result = self.facts(branch, "year")
        periods = []
        for name in rule["periods"]:
            found = by_period[name][at] if name in by_period else None
            periods.append(found if found and found["total"] is not None else None)
            if found:
                result["vetoes"] |= found["vetoes"]
            result["grades"].append(found["grade"] if found and found["status"] == "rated" else None)
        result["components"] = [None] * len(scheme.get("components", [1]))
        result["base"] = None
        present = [found for found in periods if found]
        summed = rule.get("adjustments", "in_quarters") == "summed"
        result["bonus"] = sum((rounded(found["bonus"], places) for found in present), Fraction(0))
        result["penalty"] = sum((rounded(found["penalty"], places) for found in present), Fraction(0))
        if summed and rule.get("bonus_cap") is not None:
            result["bonus"] = min(result["bonus"], number(rule["bonus_cap"]))
        weighed = [
            found
            for name, found in zip(rule["periods"], periods, strict=True)
            if found and (rule["method"] != "weighted" or number(rule["weights"][name]))
        ]
        blocked = (rule["missing"] == "block" and len(present) < len(periods)) or (
            rule["missing"] == "skip" and not weighed
        )
        main = "base" if summed else "total"
        used = self.used(periods, main)
        result["dimensions"] = None
        if any(found["dimensions"] is not None for found in used):
            result["dimensions"] = {}
            for found in used:
                for code, (earned, possible) in (found["dimensions"] or {}).items():
                    before = result["dimensions"].get(code, (Fraction(0), Fraction(0)))
                    result["dimensions"][code] = (before[0] + earned, before[1] + possible)
        if blocked:
            return self.total(result, branch, True, 0, 0)
        counts = scheme.get("bonus", {}).get("counts", True)
        if not summed:
            effects = [veto["effect"] for veto in scheme.get("veto", []) if veto["code"] in result["vetoes"]]
            zero = any("zero_total" in effect for effect in effects)
            result["total"] = Fraction(0) if zero else self.combine(periods, "total")
            result["graded"] = Fraction(0) if zero else self.combine(periods, "graded")
            result["status"] = "exempt" if branch["exempt"] else "rated"
            return result
        base = result["base"] = self.combine(periods, "base")
        taken = result["penalty"] if scheme.get("penalty", {}).get("from", "total") == "total" else 0
        return self.total(result, branch, False, base + result["bonus"] - taken, base - taken if not counts else 0)

    def used(self, periods, main):
        method, zero = self.scheme["year"]["method"], self.scheme["year"]["missing"] == "zero"
        present = [found for found in periods if found]
        if method == "last":
            chosen = periods[-1] if zero else (present[-1] if present else None)
            return [chosen] if chosen else []
        if method == "best" and present:
            places = self.scheme.get("places", 2)
            values = [rounded(found[main], places) if found else Fraction(0) for found in periods]
            allowed = [at for at, found in enumerate(periods) if found or zero]
            best = max(allowed, key=lambda at: (values[at], -at))
            return [periods[best]] if periods[best] else []
        return present

    def combine(self, periods, name):
        rule, places = self.scheme["year"], self.scheme.get("places", 2)
        values = []
        for at, found in enumerate(periods):
            if found:
                values.append((at, rounded(found[name], places)))
            elif rule["missing"] == "zero":
                values.append((at, Fraction(0)))
        figures = [value for _, value in values]
        if rule["method"] == "sum":
            return sum(figures, Fraction(0))
        if rule["method"] == "mean":
            return rounded(sum(figures, Fraction(0)) / len(figures))
        if rule["method"] == "last":
            return figures[-1]
        if rule["method"] == "best":
            return max(figures)
        weights = [number(rule["weights"][rule["periods"][at]]) for at, _ in values]
        whole = sum(weights)
        if not whole:
            return Fraction(0)
        return sum(
            (rounded(value * weight / whole) for value, weight in zip(figures, weights, strict=True)), Fraction(0)
        )

    def row(self, result):
        places, year = self.scheme.get("places", 2), result["period"] == "year"
        inside = year and self.scheme["year"].get("adjustments", "in_quarters") == "in_quarters"
        has_total = result["total"] is not None
        sources = [each["source"] for each in self.scheme.get("components", [{"source": "review"}])]
        row = {"branch": result["branch"], "period": result["period"], "status": result["status"]}
        for source, score in zip(sources, result["components"], strict=True):
            row[source] = "" if score is None else text(score, places)
        row["base"] = text(result["base"], places) if has_total and not inside else ""
        known = not inside and (has_total or not year)
        row["bonus"] = text(result["bonus"], places) if known else ""
        row["penalty"] = text(result["penalty"], places) if known else ""
        row["total"] = text(result["total"], places) if has_total else ""
        row["graded"] = shortest(result["graded"]) if has_total else ""
        row["stars"] = str(result["stars"]) if result["status"] == "rated" else ""
        row["grade"] = result["grade"] if result["status"] == "rated" else ""
        row["rank_all"] = str(result["rank_all"] or "")
        row["rank_sector"] = str(result["rank_sector"] or "")
        return row
