"""Untrusted content made safe: files, text, phones, addresses. Pure: no models, no queries, no network."""
