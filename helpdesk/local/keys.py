"""The two secrets of a desk: made once, kept for the owner alone, never made again over a living database."""

import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from helpdesk.local.environment import write_private
from helpdesk.local.errors import LocalServiceError


def ensure_keys(data: Path, *, is_new: bool) -> dict[str, str]:
    """The variables that name the files of SECRET_KEY and VAULT_KEYS, which are made in a new data folder.

    A lost vault key cannot be replaced: with another one the sealed access data would never open again, so on a data
    folder that is not new its absence is an error. A lost SECRET_KEY only signs everybody out.
    """
    folder = data / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    secret, vault = folder / "secret_key", folder / "vault_keys"
    if not secret.exists():
        write_private(secret, secrets.token_urlsafe(48))
    if not vault.exists():
        if not is_new:
            raise LocalServiceError(
                f"{vault} is missing, and without it the sealed access data of this database cannot be opened: put the"
                f" file back, or move the folder {data} away to begin anew."
            )
        write_private(vault, f"k1:{urlsafe_b64encode(secrets.token_bytes(32)).decode()}")
    return {"SECRET_KEY_FILE": str(secret), "VAULT_KEYS_FILE": str(vault)}
