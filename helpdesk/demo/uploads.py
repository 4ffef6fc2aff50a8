"""Files that people of the demo attach: small, made here, and what their names say they are."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone


def upload(name: str, rng: Random, at: datetime) -> SimpleUploadedFile:
    """The file of that name as a browser would send it; its extension tells what is inside. Raises KeyError."""
    make = _BY_EXTENSION[PurePosixPath(name).suffix]
    return SimpleUploadedFile(name, make(rng, timezone.localtime(at)))


def _packets(rng: Random, at: datetime) -> bytes:
    """What a controller sent in the last hour, with a hole in the middle."""
    lines = ["время;широта;долгота;скорость;спутники;напряжение;топливо"]
    latitude, longitude, fuel = 51.76 + rng.random() / 10, 55.09 + rng.random() / 10, rng.uniform(180, 320)
    for minute in range(-60, 0):
        if -38 < minute < -21:
            continue
        speed = max(0, rng.gauss(46, 14))
        latitude, longitude, fuel = latitude + speed / 60000, longitude + speed / 90000, fuel - speed / 400
        lines.append(
            f"{at + timedelta(minutes=minute):%d.%m.%Y %H:%M:%S};{latitude:.6f};{longitude:.6f};{speed:.0f};"
            f"{rng.randint(7, 15)};{rng.gauss(27.4, 0.3):.1f};{fuel:.1f}"
        )
    return "\r\n".join(lines).encode("cp1251")


def _trace(rng: Random, at: datetime) -> bytes:
    """The way to a server that ends behind a firewall."""
    lines = [f"Трассировка маршрута, {at:%d.%m.%Y %H:%M}, максимум 12 прыжков", ""]
    for hop in range(1, 6):
        took = "  ".join(f"{rng.uniform(hop, hop * 6):4.0f} ms" for _ in range(3))
        lines.append(f"{hop:3}  {took}  198.51.100.{hop * 8 + rng.randint(1, 6)}")
    lines += [f"{hop:3}     *        *        *     Превышен интервал ожидания." for hop in range(6, 13)]
    return "\r\n".join(lines).encode()


def _service_log(rng: Random, at: datetime) -> bytes:
    """The end of a service's log: it works, then it does not."""
    said = (
        "INFO  приём: соединений {n}, пакетов в минуту {m}",
        "INFO  ретрансляция: очередь {n}",
        "WARN  база: запрос дольше 5 с, таблица track_{m}",
    )
    moment, lines = at - timedelta(hours=2), []
    for _ in range(45):
        moment += timedelta(seconds=rng.randint(20, 190))
        text = rng.choice(said).format(n=rng.randint(40, 420), m=rng.randint(200, 999))
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} {text}")
    lines.append(f"{moment:%Y-%m-%d %H:%M:%S} ERROR база: соединение разорвано, повтор через 30 с")
    return "\n".join(lines).encode()


def _picture(rng: Random, at: datetime) -> bytes:
    """A chart of a tank over a day as a PNG: the level falls, is filled up, and falls again."""
    width, height, level = 320, 120, rng.uniform(60, 80)
    columns = []
    for x in range(width):
        level = 104.0 if x == width * 5 // 8 else level - rng.uniform(0, 0.35)
        columns.append(min(height - 4, max(3, round(level + rng.gauss(0, 0.8)))))
    rows = bytearray()
    for y in range(height, 0, -1):
        rows.append(0)  # this line is not filtered
        rows += bytes(2 if abs(columns[x] - y) < 2 else 1 if y % 30 == 0 else 0 for x in range(width))
    palette = bytes((255, 255, 255, 225, 228, 232, 30, 96, 170))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(named: tuple[bytes, bytes]) -> bytes:
    name, data = named
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


_BY_EXTENSION: dict[str, Callable[[Random, datetime], bytes]] = {
    ".csv": _packets,
    ".txt": _trace,
    ".log": _service_log,
    ".png": _picture,
}
