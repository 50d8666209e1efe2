"""Counting requests over all web processes: one row a name, in the database, which every process shares."""

from django.db import connection

ONE_MORE = """
    INSERT INTO branchportal_requestcount AS kept (name, stretch, count) VALUES (%s, %s, 1)
    ON CONFLICT (name) DO UPDATE SET
        count = CASE WHEN kept.stretch < excluded.stretch THEN 1 ELSE kept.count + 1 END,
        stretch = CASE WHEN kept.stretch < excluded.stretch THEN excluded.stretch ELSE kept.stretch END
    RETURNING count
"""


def count(name: str, stretch: int) -> int:
    """One more of `name` in this stretch of time (a number that grows); returns how many there are in it by now.

    A process whose clock is behind counts into the stretch that others have begun. Rows are reused, never gathered.
    One statement, so nothing is lost between two processes.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_MORE, [name, stretch])
        return cursor.fetchall()[0][0]
