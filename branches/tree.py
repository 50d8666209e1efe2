"""The tree as a list: depth-first, by code, with the counts of each subtree."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .models import Organization


@dataclass
class Node:
    """One organization in the list: how deep it stands, and how many branches it and all below it have."""

    organization: Organization
    depth: int
    branches: int = 0
    organizations: int = 0


def tree_of(organizations: Iterable[Organization], branch_counts: dict[int, int]) -> list[Node]:
    """Nodes in the order of the tree. Whoever sees only a part sees its topmost organizations as roots."""
    rows = {row.pk: row for row in organizations}
    children: dict[int | None, list[Organization]] = defaultdict(list)
    for row in sorted(rows.values(), key=lambda row: row.code):
        children[row.parent_id if row.parent_id in rows else None].append(row)
    nodes = [Node(row, depth) for row, depth in _walk(children)]
    place = {node.organization.pk: node for node in nodes}
    for node in reversed(nodes):  # below before above
        node.branches += branch_counts.get(node.organization.pk, 0)
        if above := place.get(node.organization.parent_id):
            above.branches += node.branches
            above.organizations += node.organizations + 1
    return nodes


def _walk(children: dict[int | None, list[Organization]]) -> Iterator[tuple[Organization, int]]:
    waiting = [(row, 0) for row in reversed(children[None])]
    while waiting:
        row, depth = waiting.pop()
        yield row, depth
        waiting += [(child, depth + 1) for child in reversed(children[row.pk])]
