from django.apps import AppConfig


class BranchportalConfig(AppConfig):
    name = "branchportal"
    verbose_name = "branchportal"
