"""The decisions of the market, as pure functions: plain values in, plain values out, the same answer every time.

One file answers one question:

    candidates.py     Who is there, and what is needed?
    qualification.py  May this expert answer this chat, and if not, why not?
    claims.py         May this expert have this chat now?
    ranking.py        Who hears of a chat, and in which order?
    reputation.py     What does a rating do to an expert, and who stops getting offers?
    rewards.py        How is a reward shared between the expert and the house?

Nothing here reads a clock, rolls dice, awaits or remembers: whoever asks brings what the answer depends on.
"""
