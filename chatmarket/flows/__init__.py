"""What happens in Chatmarket, one module per thing people do; the only code that writes rows and publishes.

    joining    sign up, sign in, sign out, change a password
    recruiting a brand's page for applicants, and its terms by version
    inviting   links that let people apply while they last
    applying   somebody wants to answer for a brand
    examining  staff write exams; a published one is fixed
    assessing  an applicant sits an exam, against the clock (sitting reads an attempt from its rows)
    practising the typical question of an exam, in a real room with a scripted customer
    marking    people judge, blind, the answers that no machine can score
    admitting  staff certify an expert for a topic by hand
    asking     a customer asks: the question is masked, kept, and offered
    proposing  what a question is about is told from its words
    teaching   the brand's people say what questions are about (learning does the same from ended chats)
    offering   the open offers, and who hears them in which ring (qualifying and measuring tell matching of experts)
    dispatching how a brand's questions are offered
    declining  an expert passes an offer on, and says why
    claiming   the first admissible claim wins the chat (settling decides those that wait for others)
    handing    a chat goes back to the others, by its expert's hand or because no word came
    raising    the rewards of questions that wait grow
    attending  experts who went are set away
    timing     the brand's people look at claims that came too fast
    talking    a message is masked, kept, acknowledged, delivered
    watching   a moderator's board, and a silent seat in a room
    ending     chats end, are withdrawn, or are escalated to the brand
    rating     the customer's verdict moves the reputation and pays
    paying     the ledger
    suspecting the clock looks at ended chats for what a person should see (sighting reads them)
    withholding what those chats paid waits, and is given back to its expert or to the brand
    reviewing  a person of the brand decides
    reporting  either side of a chat tells the brand about the other
    barring    a person keeps an expert or a customer out (excluding tells who is; recognising knows a browser again)
    revealing  staff read one value of the vault, and say why
    spending   how many of them a person may read in a day
    trusting   who may read them at all
    answering  staff write to those whom no expert answered
    finding    a customer is found again, by a chat or a value
    exporting  everything about one customer, as one document

Each takes the house first, is one unit of work, and publishes after its commit. `showing` turns rows into what is
shown, `vaulting` keeps keys and values.
"""
