"""`surveybot check`: published guidance on asking people about themselves, held against a collection as a compiler would.

`bot.checking.check.check_collection` is the door. Rules stand in a module a subject; none of them changes anything.
"""
