"""Which bytes on their way to PostgreSQL make something last: told from asyncpg's side of the wire protocol."""

import re

from tests.faults.proxy import Link

# Parse: a name, then the SQL. What is bound later names the statement only.
_PREPARED = re.compile(rb"P....(__asyncpg_stmt_[0-9a-f]+__)\0([^\0]+)\0", re.DOTALL)
_BOUND = re.compile(rb"B....\0(__asyncpg_stmt_[0-9a-f]+__)\0", re.DOTALL)
_COMMIT = re.compile(rb"\bCOMMIT\b")
# One statement that keeps messages is its own transaction when it is not inside a BEGIN.
_KEEPS = re.compile(rb"INSERT\s+INTO\s+\"?message\b", re.IGNORECASE)


def is_commit(link: Link, some: bytes) -> bool:
    """Whether `some`, sent by a client on `link`, commits: COMMIT itself, or a statement that keeps messages.

    A statement inside a transaction counts as well; cutting there loses the whole unit, which must be no loss either.
    """
    for name, sql in _PREPARED.findall(some):
        if _KEEPS.search(sql):
            link.notes.add(name)
    return bool(_COMMIT.search(some)) or any(name in link.notes for name in _BOUND.findall(some))
