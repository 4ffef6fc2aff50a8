"""Filters of the letters: days and moments as plain words, without elements, and fit to be read on a later day.

A letter never says «сегодня»: nobody knows when it is opened.
"""

from __future__ import annotations

from datetime import date, datetime

from django import template

from content import moments

register = template.Library()


@register.filter
def full_date(day: date) -> str:
    """«1 декабря 2026 г.»"""
    return moments.full_date_words(day)


@register.filter
def full_moment(at: datetime) -> str:
    """«22 ноября 2026 г., 18:40»"""
    return moments.full_moment_words(at)


@register.filter
def due_words(at: datetime, written_at: datetime) -> str:
    """«пн, 23 ноября, до 13:00», with the year when it is not the letter's own."""
    return moments.due_words(at, now=written_at)


@register.simple_tag
def zone_line(at: datetime) -> str:
    """«Время — Оренбург (UTC+5)»"""
    return moments.zone_words(at)
