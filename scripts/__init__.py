"""Tools of the repository, run from the command line; nothing imports them but their tests."""
