from smsadmin.imports.models.job import ImportJob
from smsadmin.imports.models.preset import ImportPreset
from smsadmin.imports.models.problem import ImportProblem

__all__ = ["ImportJob", "ImportPreset", "ImportProblem"]
