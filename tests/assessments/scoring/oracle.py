"""A slow second reading of scoring.md in exact fractions, to compare the engine with.

Plain data in (the scheme as in its file, marks and branches as rows of text), rows of RESULTS.csv out. It shares no
code with the engine, loops over everything, and takes its input to be valid.
"""

from fractions import Fraction
from math import floor

MICRO = 10**6


def number(value):
    return Fraction(str(value))


def rounded(value, places=6):
    """Half away from zero."""
    scaled = abs(value) * 10**places
    whole = floor(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


def text(value, places):
    value = rounded(value, places)
    whole = abs(value) * 10**places
    digits = str(int(whole)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def shortest(value):
    full = text(value, 6)
    return full.rstrip("0").rstrip(".")


# --- one indicator ---------------------------------------------------------------------------------------------------


def criterion_size(criterion, count):
    """count × points (or the size chosen), its size bounded by max, with its sign."""
    size = count if criterion.get("range") else count * number(criterion["points"])
    if criterion.get("max") is not None:
        limit = number(criterion["max"])
        size = max(-limit, min(limit, size))
    return size


def counted_sizes(leaf, rows, branch):
    by_code = {criterion["code"]: criterion for criterion in leaf.get("criteria", [])}
    sizes = []
    for row in rows:
        if not row["criterion"]:
            continue
        criterion = by_code[row["criterion"]]
        if criterion.get("applies_if") and branch.get(criterion["applies_if"], "yes") == "no":
            continue
        if row.get("waived") == "yes":
            continue
        count = number(row["value"])
        if leaf.get("highest_only") and not criterion.get("range"):
            count = min(count, 1)
        sizes.append(criterion_size(criterion, count))
    return sizes


def ratio(value):
    upper, _, lower = value.partition("/")
    return number(upper) / (number(lower) if lower else 1)


def measured(leaf, value):
    if leaf.get("bands"):
        reached = [band for band in leaf["bands"] if value >= number(band["from"])]
        return number(max(reached, key=lambda band: number(band["from"]))["points"]) if reached else Fraction(0)
    slope = leaf["slope"]
    short = number(slope["target"]) - value
    if slope.get("direction", "up") == "down":
        short = -short
    loss = floor(max(short, 0) / number(slope["per"])) * number(slope["points"])
    if slope.get("max") is not None:
        loss = min(loss, number(slope["max"]))
    return number(leaf["points"]) - loss


def raw_points(leaf, rows, branch):
    rule, points = leaf["rule"], number(leaf["points"])
    if rule == "entry":
        return number(rows[0]["value"])
    if rule == "deduct":
        return points - sum(counted_sizes(leaf, rows, branch))
    if rule == "add":
        sizes = counted_sizes(leaf, rows, branch)
        return max([Fraction(0), *sizes]) if leaf.get("highest_only") else sum(sizes, Fraction(0))
    if rule == "mixed":
        return number(leaf.get("start", 0)) + sum(counted_sizes(leaf, rows, branch))
    if rule == "choice":
        criterion = next(each for each in leaf["criteria"] if each["code"] == rows[0]["criterion"])
        return number(rows[0]["value"]) if criterion.get("range") else number(criterion["points"])
    if rule == "measure":
        return measured(leaf, ratio(rows[0]["value"]))
    if rule == "poll":
        return rounded(number(rows[0]["value"]) * points / 100)
    return number(leaf.get("start", 0)) + rounded(number(rows[0]["value"]) * number(leaf.get("factor", 1)))


def leaf_state(leaf, rows, branch):
    """("missing", 0), ("na", points if they count) or ("marked", points)."""
    if not rows:
        return "missing", Fraction(0)
    points = number(leaf["points"])
    if rows[0]["value"] == "NA":
        return ("full", points) if leaf["not_applicable"] == "counts_full" else ("excluded", Fraction(0))
    raw = raw_points(leaf, rows, branch)
    if leaf["rule"] == "entry":
        return "marked", raw
    raw = max(raw, number(leaf.get("floor", 0)))
    ceiling = leaf.get("ceiling", leaf["points"])
    return "marked", raw if ceiling == "none" else min(raw, number(ceiling))


# --- one stage of one sheet ------------------------------------------------------------------------------------------


class Sheet:
    """Sums of one stage of one branch in one period."""

    def __init__(self, scheme, branch, period, stage, rows_of):
        self.scheme, self.branch, self.period, self.stage, self.rows_of = scheme, branch, period, stage, rows_of
        self.missing = []
        self.dimensions = {}
        sums = [self.add(indicator) for indicator in scheme["indicators"]]
        for indicator, found in zip(scheme["indicators"], sums, strict=True):
            self.dimensions[indicator["code"]] = found
        present = [found for found in sums if found]
        earned, possible, due, every = (sum((found[at] for found in present), Fraction(0)) for at in range(4))
        self.nothing = possible == 0
        self.complete = not self.missing and not self.nothing
        if self.complete:
            full = number(scheme["full_marks"])
            target = full if due == every or scheme.get("rescale_due") else full * due / every
            self.score = rounded(earned * target / possible)

    def add(self, indicator):
        """(earned, possible, due, all), or None where it is no part of the branch's sheet."""
        if indicator.get("sectors") and self.branch["sector"] not in indicator["sectors"]:
            return None
        if not indicator.get("children"):
            return self.add_leaf(indicator)
        below = [found for found in map(self.add, indicator["children"]) if found]
        if not below:
            return None
        earned, possible, due, every = (sum(found[at] for found in below) for at in range(4))
        if not indicator.get("scaled"):
            return earned, possible, due, every
        own = number(indicator["points"])
        scaled = rounded(earned * own / possible) if possible else Fraction(0)
        return scaled, own if possible else 0, own if due else 0, own if every else 0

    def add_leaf(self, leaf):
        points = number(leaf["points"])
        stage = leaf["rule"] if leaf["rule"] in ("poll", "external") else self.stage
        rows = self.rows_of(self.branch["branch"], self.period, stage, leaf["code"])
        due = leaf.get("due", "every")
        if due == "year_end":
            asked = self.period == self.scheme["year"]["periods"][-1]
        elif due == "on_event":
            asked = bool(rows)
        else:
            asked = due == "every" or self.period in due
        if not asked:
            return Fraction(0), Fraction(0), Fraction(0), points
        state, earned = leaf_state(leaf, rows, self.branch)
        if state == "missing":
            self.missing.append(leaf["code"])
        possible = Fraction(0) if state == "excluded" else points
        return earned, possible, points, points


# --- bonus and penalty -----------------------------------------------------------------------------------------------


def adjusted(part, rows):
    """Bonus or penalty of one branch in one period."""
    items = {item["code"]: (at, item) for at, item in enumerate(part.get("items", []))}
    each = dict.fromkeys(items, Fraction(0))
    matters = {}
    for row in rows:
        at, item = items[row["indicator"]]
        unit = number(item["levels"][row["criterion"]] if item.get("levels") else item["points"])
        count = number(row["value"])
        if item.get("per_matter", "highest") == "each":
            each[item["code"]] += unit * count
        elif row["matter"]:
            matters.setdefault(row["matter"], []).append((unit * min(count, 1), -at, item["code"]))
        else:
            each[item["code"]] += unit * min(count, 1)
    for claims in matters.values():
        amount, _, code = max(claims)
        each[code] += amount
    total, groups = Fraction(0), {}
    for code, amount in each.items():
        item = items[code][1]
        if item.get("max") is not None:
            amount = min(amount, number(item["max"]))
        if item.get("group"):
            groups[item["group"]] = groups.get(item["group"], 0) + amount
        else:
            total += amount
    for group in part.get("groups", []):
        amount = groups.get(group["code"], Fraction(0))
        total += amount if group.get("cap") is None else min(amount, number(group["cap"]))
    return total if part.get("cap") is None else min(total, number(part["cap"]))


def limited(scheme, figure):
    figure = max(figure, Fraction(0))
    return figure if scheme.get("max_total") is None else min(figure, number(scheme["max_total"]))


# --- bands -----------------------------------------------------------------------------------------------------------


def dimension_share(result, code):
    """earned ÷ possible, 1 with nothing possible, None where there are no points."""
    if result["dimensions"] is None:
        return None
    earned, possible = result["dimensions"].get(code) or (0, 0)
    return earned / possible if possible else Fraction(10**9)


def holds(condition, scheme, result):
    ((kind, content),) = condition.items()
    if kind == "dimension_share":
        share = dimension_share(result, content["code"])
        return share is not None and share >= number(content["min"])
    if kind == "no_zero_dimension":
        if result["dimensions"] is None:
            return False
        return all(earned > 0 for earned, possible in result["dimensions"].values() if possible)
    if kind == "poll_min":
        return result["poll"] is not None and result["poll"] >= number(content)
    if kind == "poll_top_share":
        return result["top"] is not None and result["top"] >= number(content)
    if kind == "previous_stars_min":
        return result["previous"] is not None and result["previous"] >= content
    if kind == "good_periods":
        if result["period"] != "year":
            return True
        grades = [band["grade"] for band in scheme["bands"]]
        good = grades[: grades.index(content["grade"]) + 1]
        return sum(grade in good for grade in result["grades"]) >= content["count"]
    if kind == "flag":
        return content in result["flags"]
    return not result["vetoes"]


def passed_stars(scheme, result):
    count = 0
    for indicator in scheme["indicators"]:
        if indicator.get("pass") is None or not on_sheet(indicator, result["sector"]):
            continue
        share = dimension_share(result, indicator["code"])
        count += share is not None and share >= number(indicator["pass"])
    return count


def on_sheet(indicator, sector):
    if indicator.get("sectors") and sector not in indicator["sectors"]:
        return False
    return not indicator.get("children") or any(on_sheet(child, sector) for child in indicator["children"])


def satisfied(scheme, bands, result):
    """Positions of the bands that the branch satisfies, from the top."""
    effects = {veto["code"]: veto["effect"] for veto in scheme.get("veto", [])}
    found = []
    for at, band in enumerate(bands):
        if scheme.get("star_mode") == "thematic":
            reached = result["passed"] >= band["stars"]
        else:
            reached = result["banded"] >= number(band["from"])
        capped = any(
            "max_stars" in effects[code] and band["stars"] > effects[code]["max_stars"] for code in result["vetoes"]
        )
        lowest = any("grade" in effects[code] for code in result["vetoes"]) and at < len(bands) - 1
        if reached and not capped and not lowest and all(holds(c, scheme, result) for c in band.get("requires", [])):
            found.append(at)
    return found


def rank_key(scheme, result):
    """A tuple that is larger for the better branch; equal tuples are ties."""
    places = scheme.get("places", 2)
    figures = [result["total"] if scheme.get("rank_on", "total") == "total" else result["graded"]]
    for name in scheme.get("tie_break", []):
        if name == "bonus":
            figures.append(result["bonus"])
        elif name == "poll":
            figures.append(Fraction(-1) if result["poll"] is None else rounded(result["poll"]))
        else:
            figures.append((result["dimensions"] or {}).get(name, (Fraction(0), 0))[0])
    return tuple(rounded(figure, places) for figure in figures)


def settle(scheme, bands, results):
    """Give every rated result its band, stars and grade, or leave it undecided."""
    rated = [result for result in results if result["status"] == "rated"]
    for result in rated:
        result["open"] = satisfied(scheme, bands, result)
        result["band"] = result["open"][0] if result["open"] else None
        result["first"] = result["band"]
    for at, band in enumerate(bands):
        quota = band.get("quota") or {}
        if quota.get("max_share") is None and quota.get("max_number") is None:
            continue
        groups = {}
        for result in rated:
            key = {"sector": result["sector"], "committee": result["committee"]}.get(quota.get("within", "all"), "")
            groups.setdefault(key, []).append(result)
        for members in groups.values():
            settle_group(at, quota, members)
    for result in rated:
        finish(scheme, bands, result)


def settle_group(at, quota, members):
    if quota.get("max_share") is not None:
        places = floor(number(quota["max_share"]) * len(members))
    else:
        places = quota["max_number"]
    is_open = any(result["status"] == "undecided" for result in members)
    candidates = [result for result in members if result["status"] == "rated" and result["band"] == at]
    if is_open and places > 0:
        for result in candidates:
            result["status"] = "undecided"
        return
    ties = []
    for result in candidates:
        better = sum(other["key"] > result["key"] for other in candidates)
        equal = sum(other["key"] == result["key"] for other in candidates)
        if better >= places:
            result["band"] = next((band for band in result["open"] if band > at), None)
        elif better + equal > places:
            ties.append(result)
    for result in ties:
        result["status"] = "undecided"


def finish(scheme, bands, result):
    if result["status"] == "undecided":
        return
    if result["band"] is None:
        result["stars"], result["grade"] = 0, "不定星"
        return
    band = bands[result["band"]]
    result["stars"], result["grade"] = band["stars"], band["grade"]
    if scheme.get("star_mode") == "thematic":
        effects = [veto["effect"] for veto in scheme.get("veto", []) if veto["code"] in result["vetoes"]]
        most = min([result["passed"], *(effect["max_stars"] for effect in effects if "max_stars" in effect)])
        lowest = any("grade" in effect for effect in effects)
        reached = [at for at, each in enumerate(bands) if most >= each["stars"]]
        if not lowest and reached and reached[0] == result["band"]:
            result["stars"] = most


def ranked(results):
    rated = [result for result in results if result["status"] in ("rated", "undecided")]
    for result in rated:
        result["rank_all"] = 1 + sum(other["key"] > result["key"] for other in rated)
        same = [other for other in rated if other["sector"] == result["sector"]]
        result["rank_sector"] = 1 + sum(other["key"] > result["key"] for other in same)


# --- a period and the year -------------------------------------------------------------------------------------------


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
        blocked = (rule["missing"] == "block" and len(present) < len(periods)) or (
            rule["missing"] == "skip" and not present
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
        known = not inside and not (year and result["status"] == "missing")
        row["bonus"] = text(result["bonus"], places) if known else ""
        row["penalty"] = text(result["penalty"], places) if known else ""
        row["total"] = text(result["total"], places) if has_total else ""
        row["graded"] = shortest(result["graded"]) if has_total else ""
        row["stars"] = str(result["stars"]) if result["status"] == "rated" else ""
        row["grade"] = result["grade"] if result["status"] == "rated" else ""
        row["rank_all"] = str(result["rank_all"] or "")
        row["rank_sector"] = str(result["rank_sector"] or "")
        return row


def all_leaves(indicators):
    for indicator in indicators:
        if indicator.get("children"):
            yield from all_leaves(indicator["children"])
        else:
            yield indicator
