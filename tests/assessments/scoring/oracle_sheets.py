"""The oracle's sheets: one indicator, one stage of one sheet, bonus and penalty, in exact fractions."""

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


def all_leaves(indicators):
    for indicator in indicators:
        if indicator.get("children"):
            yield from all_leaves(indicator["children"])
        else:
            yield indicator
