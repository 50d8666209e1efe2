"""What the tests of trials share."""

import copy

from assessments.cycles.models import Cycle
from assessments.results.trials import services
from assessments.results.trials.computing import Basis
from assessments.results.trials.models import TrialRow
from assessments.results.trials.page import sentences_of
from assessments.schemes.services.drafts import save_draft
from branchportal import worker


def edited(draft, actor, change):
    """The draft with its content changed in place by `change`."""
    content = copy.deepcopy(draft.content)
    change(content)
    return save_draft(version=draft, edition=draft.edition, content=content, summary="x", actor=actor)


def basis_of(cycle, tally=None):
    fresh = Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)
    return Basis(fresh.plan, fresh, tally)


def run(actor, version, basis, said=None, assumptions=None):
    """Ask for a trial, let the worker run it, and return it."""
    trial = services.request_trial(actor=actor, version=version, basis=basis, said=said, assumptions=assumptions)
    worker.run_due_here()
    trial.refresh_from_db()
    return trial


def rows(trial):
    return {row.branch_id: row for row in TrialRow.objects.filter(trial=trial)}


def told(trial, branch):
    """The causes of one branch in words."""
    row = rows(trial)[branch.pk]
    return sentences_of(trial).of(row.causes, is_moved=row.is_moved)
