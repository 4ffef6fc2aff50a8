"""Secrets at rest. The only package that imports a cipher."""
