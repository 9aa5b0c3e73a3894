"""`surveybot check`: published guidance, held against a collection as a compiler holds its rules against code.

`bot.checking.check.check_collection` is the door. Rules stand in a module a subject; none of them changes anything.
"""
