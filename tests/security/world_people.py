"""Objects of people's rights for the world of the permission matrix."""

from branches.models import Branch
from members.models import User
from members.rights.services import request_erasure
from tests.factories.members import make_member


def of_branch(branch: Branch, secretary: User) -> dict[str, int]:
    """A wish to be forgotten, asked for by the branch's secretary."""
    member = make_member(branch)
    return {"erasure": request_erasure(actor=secretary, member=member, reason="本人提出注销").pk}
