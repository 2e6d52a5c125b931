"""The main job from outside in: a question is asked here, heard there, claimed once, talked through, rated and paid."""

from chatmarket.client import Message, Offer, Offers, State
from tests.cast import Cast
from tests.stories.listening import heard


async def test_a_question_is_heard_claimed_answered_rated_and_paid(cast: Cast) -> None:
    shop = await cast.brand(reward=200)
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.customer(shop, "Write to ana@example.com please", at=cast.here)
        offer = await heard(lobby, Offer, chat=ana.chat)
        assert offer.reward == 140
        assert "ana@example.com" not in str(offer)
    async with ana.room() as customer:
        await heard(customer, State, status="waiting")
        await ida.api.claim(ana.chat, ida.token)
        await heard(customer, State, status="live")
        async with ida.room(ana.chat) as expert:
            ack = await expert.send("Hold the button for ten seconds")
            said = await heard(customer, Message, author="expert")
            assert (said.seq, ack.seq) == (2, 2)
            await ana.api.end(ana.chat, ana.token)
            await heard(expert, State, status="ended")
            await ana.api.rate(ana.chat, ana.token, resolved=True, stars=5)
            rated = await heard(expert, State, status="ended", resolved=True)
            assert rated.resolved
    earned = await ida.api.earnings(ida.token)
    assert earned.balances == {"EUR": 140}
