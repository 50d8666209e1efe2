"""Approval by list: sheets outside the review's scope, whose passed preliminary marks stand."""
