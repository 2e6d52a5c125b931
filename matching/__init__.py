"""The decisions of the market, as pure functions: plain values in, plain values out, the same answer every time.

One file answers one question:

    candidates.py     Who is there, and what is needed?
    qualification.py  May this expert answer this chat, and if not, why not?
    claims.py         May this expert have this chat now, and whose is it when several came?
    rings.py          Who hears of a chat, in which rings?
    routing.py        How likely is this expert to resolve a chat on this topic?
    topics.py         Which topics is a question about?
    margins.py        The same, by margins that were learnt elsewhere?
    paging.py         Who is called when too many chats wait?
    ratings.py        Which ratings count?
    reputation.py     What does a rating do to an expert, and who stops getting offers?
    probation.py      How many chats at once, and what follows from vanishing?
    assessment.py     Is an applicant good enough?
    fraud.py          What should a person look at before money is paid?
    rewards.py        How does a reward grow, and how is it shared between the expert and the house?
    chance.py         How does one draw without dice of one's own?

Nothing here reads a clock, rolls dice, awaits or remembers: whoever asks brings what the answer depends on.
"""
