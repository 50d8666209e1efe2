"""Room on each page of results: shifting the ranks of a sector then changes rows in place and no index on PostgreSQL.

A sector's branches lie together, so a shift meets many rows of a page.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "assessments_result"


def _set(editor: BaseDatabaseSchemaEditor, share: int) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f"ALTER TABLE {TABLE} SET (fillfactor = {share})")


class Migration(migrations.Migration):
    dependencies = [("assessments", "0023_reopen_in_part")]
    operations = [
        migrations.RunPython(lambda apps, editor: _set(editor, 70), lambda apps, editor: _set(editor, 100)),
    ]
