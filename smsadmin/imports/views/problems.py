"""The bad rows of an import as a file: to be corrected and brought again."""

from pathlib import PurePath

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.imports.downloading import problems_csv
from smsadmin.imports.views.door import find


@require_safe
@permission("import_data")
def import_problems_csv(request: AccountRequest, account: Account, pk: int) -> StreamingHttpResponse:
    job, _kind = find(account, pk)
    response = StreamingHttpResponse(problems_csv(job), content_type="text/csv; charset=utf-8")
    name = PurePath(job.name).stem.replace('"', "")[:100].encode("ascii", "replace").decode().replace("?", "_")
    response["Content-Disposition"] = f'attachment; filename="{name}-problems.csv"'
    return response
