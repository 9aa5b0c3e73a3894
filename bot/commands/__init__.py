"""The command line, a group of commands a module. A command imports what it needs when it is called."""
