"""The smallest honest Django site on the same tables: what Django itself costs on this machine, in this run."""
