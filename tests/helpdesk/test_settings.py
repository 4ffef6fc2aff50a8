from __future__ import annotations

import runpy

import pytest


@pytest.mark.parametrize(
    ("site", "proxies", "is_redirected"),
    [
        ("https://help.example.ru", "1", True),
        ("https://help.example.ru", "0", False),  # every request looks like http: it would lead to itself
        ("http://help.example.ru", "1", False),
    ],
)
def test_http_is_led_to_https_only_where_https_is_recognised(
    monkeypatch: pytest.MonkeyPatch, site: str, proxies: str, is_redirected: bool
) -> None:
    monkeypatch.setenv("SITE_URL", site)
    monkeypatch.setenv("TRUSTED_PROXY_COUNT", proxies)
    read = runpy.run_path("helpdesk/settings.py")
    assert read["SECURE_SSL_REDIRECT"] is is_redirected
    assert bool(read["SECURE_PROXY_SSL_HEADER"]) is is_redirected
    assert read["SESSION_COOKIE_SECURE"] is site.startswith("https")
