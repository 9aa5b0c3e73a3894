"""Beginning a collection: what is wanted (`wanted`), and the folder that is made of it (`making`).

The words, questions and categories of the ready collection are taken over; what only the new one's people can say is
asked by `bot.commands.beginning`.
"""
