"""The oracle's bands, conditions, quotas and ranks."""

from fractions import Fraction
from math import floor

from .oracle_sheets import number, rounded


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
