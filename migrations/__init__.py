"""NNNN_what_changes.py, one change each. Tortoise's own migrations, run only by `chatmarket migrate`.

After `tortoise makemigrations`, by hand: literal values instead of imported enums, an explicit on_delete, a docstring
that says why. Each works with the release before it: add, fill, switch, drop.
"""
