"""How the bot is, for whoever runs it: counted while it works, told over HTTP. None of it is of a person."""
