"""The key ring: what it seals, what it refuses, and that it never tells a key."""

import copy
import pickle
import traceback

import pytest

from sealing.keyring import KeyRing, KeySpecWrong, SealBroken, generate_key, key_id

CONTEXT = "customers.credential.7a1d.password"
KEY_A = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"  # 32 times A
KEY_B = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI"  # 32 times B
CANARY = "kanareika-9f31"


def ring(spec: str = f"a:{KEY_A}") -> KeyRing:
    return KeyRing.parse(spec)


@pytest.mark.parametrize("plain", [b"", b"secret", bytes(range(256)), b"x" * 100_000])
def test_what_is_sealed_opens_again(plain):
    assert ring().open(ring().seal(plain, CONTEXT), CONTEXT) == plain


def test_text_round_trip_keeps_russian_letters():
    assert ring().open_text(ring().seal_text("Пароль: ёж№1", CONTEXT), CONTEXT) == "Пароль: ёж№1"


def test_bytes_that_are_no_text_are_refused_as_text():
    with pytest.raises(SealBroken, match="not text"):
        ring().open_text(ring().seal(b"\xff\xfe", CONTEXT), CONTEXT)


def test_same_text_never_gives_the_same_token():
    keys = ring()
    assert len({keys.seal_text("same", CONTEXT) for _ in range(50)}) == 50


def test_token_shows_nothing_of_the_text():
    token = ring().seal_text(CANARY, CONTEXT)
    assert CANARY not in token
    assert token.startswith("v1.a.")


@pytest.mark.parametrize(
    "other", ["customers.credential.7a1e.password", "customers.credential.7a1d.login", CONTEXT + " ", "x"]
)
def test_token_of_another_row_or_column_is_refused(other):
    with pytest.raises(SealBroken, match="another place"):
        ring().open(ring().seal_text("secret", CONTEXT), other)


def test_empty_context_is_refused():
    with pytest.raises(ValueError, match="row and column"):
        ring().seal(b"secret", "")


def test_token_edited_at_any_character_is_refused():
    keys = ring(f"a:{KEY_A},b:{KEY_B}")
    token = keys.seal_text("secret", CONTEXT)
    for place, letter in enumerate(token):
        for other in "AQgw_-.=b\n ":
            if other == letter:
                continue
            with pytest.raises(SealBroken):
                keys.open(token[:place] + other + token[place + 1 :], CONTEXT)


@pytest.mark.parametrize(
    "edit", [lambda t: t + "A", lambda t: t + "=", lambda t: t[:-1], lambda t: t[:20], lambda t: "\n" + t]
)
def test_token_made_longer_or_shorter_is_refused(edit):
    with pytest.raises(SealBroken):
        ring().open(edit(ring().seal_text("secret", CONTEXT)), CONTEXT)


@pytest.mark.parametrize(
    "text", ["", "secret", "v1", "v1.a", "v1.a.", "v1..AAAA", "v2.a.AAAA", "v1.a.ключ", "v1.a.AAAA"]
)
def test_text_that_is_no_token_is_refused(text):
    with pytest.raises(SealBroken, match="not a sealed secret"):
        ring().open(text, CONTEXT)
    with pytest.raises(SealBroken, match="not a sealed secret"):
        ring().is_stale(text)


def test_swapped_key_id_is_refused_even_if_it_names_the_same_key():
    token = ring(f"a:{KEY_A}").seal_text("secret", CONTEXT)
    with pytest.raises(SealBroken, match="does not open"):
        ring(f"b:{KEY_A}").open(token.replace("v1.a.", "v1.b."), CONTEXT)
    with pytest.raises(SealBroken, match="does not open"):
        ring(f"a:{KEY_A},b:{KEY_B}").open(token.replace("v1.a.", "v1.b."), CONTEXT)


def test_rotation_seals_by_the_first_key_and_opens_by_all():
    old = ring(f"a:{KEY_A}").seal_text("secret", CONTEXT)
    rotated = ring(f"b:{KEY_B}, a:{KEY_A}")
    assert rotated.open_text(old, CONTEXT) == "secret"
    assert rotated.is_stale(old)
    fresh = rotated.seal_text("secret", CONTEXT)
    assert (key_id(old), key_id(fresh)) == ("a", "b")
    assert not rotated.is_stale(fresh)


def test_key_that_left_the_ring_is_named_in_the_error():
    token = ring(f"a:{KEY_A}").seal_text("secret", CONTEXT)
    with pytest.raises(SealBroken, match="no key 'a'"):
        ring(f"b:{KEY_B}").open(token, CONTEXT)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("", "There is no key"),
        (" , ", "There is no key"),
        (KEY_A, "Key 1 of 1 has no colon"),
        (f"a:{KEY_A},{KEY_B}", "Key 2 of 2 has no colon"),
        (f":{KEY_A}", "its id must be"),
        (f"ключ:{KEY_A}", "its id must be"),
        (f"{KEY_A}:a", "its id must be"),
        (f"a.b:{KEY_A}", "its id must be"),
        (f"{'a' * 17}:{KEY_A}", "its id must be"),
        (f"a:{KEY_A},a:{KEY_B}", "Key 2 of 2 repeats"),
        (f"a:{KEY_A},b:{KEY_A}", "earlier key under another id"),
        (f"a:{KEY_A[:-2]}==", "not base64url"),
        ("a:", "0 bytes, expected 32"),
        ("a:QUFB", "3 bytes, expected 32"),
        (f"a:{KEY_A[:-1]}+", "not base64url"),
        (f"a:{KEY_A[:20]} {KEY_A[20:]}", "not base64url"),
        (f"a:{KEY_A}\u0430", "not base64url"),
    ],
)
def test_bad_list_of_keys_is_refused_with_the_reason_and_without_the_keys(spec, says):
    with pytest.raises(KeySpecWrong, match=says) as caught:
        KeyRing.parse(spec)
    told = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value)
    told = told.split("KeySpecWrong", 1)[1]
    for secret in (KEY_A, KEY_B, KEY_A[:12], KEY_B[:12], KEY_A[-9:-2]):
        assert secret not in told
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_padding_of_a_key_may_be_left_out_or_written():
    token = ring(f"a:{KEY_A}").seal_text("secret", CONTEXT)
    assert ring(f"a:{KEY_A}=").open_text(token, CONTEXT) == "secret"


def test_generated_keys_differ_and_parse():
    first, second = generate_key("2026-11"), generate_key("2026-11")
    assert first != second
    assert KeyRing.parse(first).current == "2026-11"


@pytest.mark.parametrize("bad", ["", "a b", "a:b", "a,b", "a.b", "ключ", "a" * 17, "a\n"])
def test_generated_key_needs_a_usable_id(bad):
    with pytest.raises(KeySpecWrong, match="cannot name a key"):
        generate_key(bad)


def test_repr_and_str_hide_the_keys():
    keys = ring(f"k2:{KEY_B},k1:{KEY_A}")
    shown = f"{keys!r} {keys!s} {[keys]}"
    assert "'k2' seals" in shown
    for secret in (KEY_A, KEY_B, "A" * 8, "B" * 8):
        assert secret not in shown


def test_ring_is_never_pickled():
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(ring())
    with pytest.raises(TypeError, match="never pickled"):
        copy.deepcopy(ring())


def test_errors_of_opening_hold_neither_text_nor_token_nor_context():
    keys = ring()
    token = keys.seal_text(CANARY, CONTEXT)
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "Q"), token.replace("v1.a", "v1.b"), "v1." + CANARY, CANARY):
        with pytest.raises(SealBroken) as caught:
            keys.open(bad, CONTEXT)
        told = repr(caught.value)
        assert CANARY not in told
        assert token[10:] not in told
        assert CONTEXT not in told
