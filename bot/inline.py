"""Pages that are one file: a policy in their head lets in their own style by its hash, and nothing else at all."""

from __future__ import annotations

import base64
import hashlib


def head(style: str) -> str:
    """The policy (CSP level 3) and the style, for the head of a page. The page may have no `style` attributes."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>\n'
