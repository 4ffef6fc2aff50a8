"""How the desk comes up on one machine: its folder, PostgreSQL and Valkey from their wheels, and who watches over them.

Nothing here imports Django: the environment that the settings read is made by these modules.
"""
