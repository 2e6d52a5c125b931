"""Chatmarket: a brand's customers ask, live; its best customers answer, for money.

The floor plan, from the roof down (import-linter keeps it):

    __main__            the commands
    demo, simulate      worlds of ordinary clients around a server
    server              starts processes and their parts
    clock, seeds        what time brings about; a believable small world
    app, routes         one Starlette application; every URL on one screen
    pages, sockets, api who asks
    sessions            who is signed in, and whether the request is theirs
    flows               what happens: the only code that writes rows and publishes
    house               what every flow is handed: settings, switchboard, keys, words
    templating          pages and fragments, in two languages
    models              what is kept
    privacy             what an expert may see
    store, engines      how rows are kept; settings, errors, logs
"""

__version__ = "0.1.0"
