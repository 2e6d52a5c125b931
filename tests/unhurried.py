"""`python -m tests.unhurried`: at no brand of DATABASE_URL a chat goes back for want of a first word.

Machines that play people say none, or late; what a storm or a herd is asked about is another promise.
"""

import asyncio
import os

from chatmarket.models import Brand
from chatmarket.store import close_store, open_store


async def main() -> None:
    await open_store(os.environ["DATABASE_URL"])
    try:
        await Brand.all().update(dispatch={"reply": 0})
    finally:
        await close_store()


if __name__ == "__main__":
    asyncio.run(main())
