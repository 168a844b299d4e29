"""Writes the digests of the base images after their tags, in Dockerfile and docker-compose.yml.

A rebuild then starts from the same bytes. Run it again to move to the present images of the tags:

    python deploy/pin.py

If the registry does not answer, it says so, changes nothing, and ends with exit code 1.
"""

import http.client
import json
import re
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ("Dockerfile", "docker-compose.yml")
REGISTRY = "https://registry-1.docker.io"
TOKENS = "https://auth.docker.io/token?service=registry.docker.io&scope=repository:{}:pull"
TIMEOUT_S = 15.0

IMAGE = re.compile(
    r"docker\.io/(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""The media types of an index, which lists the images of all platforms.

The digest of a single image would pin the build to its platform.
"""


class PinError(Exception):
    """A registry did not give the digest of an image."""


def find_images(text: str) -> dict[tuple[str, str], str]:
    """Return the digest after each image, by name and tag; empty for an image without one."""
    return {(found["name"], found["tag"]): found["digest"] or "" for found in IMAGE.finditer(text)}


def pin(text: str, digests: dict[tuple[str, str], str]) -> str:
    """Return the text with the digest of each image after its tag."""

    def with_digest(found: re.Match[str]) -> str:
        name, tag = found["name"], found["tag"]
        return f"docker.io/{name}:{tag}@{digests[name, tag]}"

    return IMAGE.sub(with_digest, text)


def ask_digest(name: str, tag: str, *, registry: str = REGISTRY, tokens: str = TOKENS) -> str:
    """Return the digest that the registry gives for a tag, over all platforms.

    Raises:
        PinError: The registry does not answer, or its answer has no digest.
    """
    try:
        with urllib.request.urlopen(tokens.format(name), timeout=TIMEOUT_S) as answer:
            token = json.load(answer)["token"]
        request = urllib.request.Request(
            f"{registry}/v2/{name}/manifests/{tag}",
            headers={"Authorization": f"Bearer {token}", "Accept": ", ".join(KINDS)},
            method="HEAD",
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            digest = answer.headers.get("Docker-Content-Digest", "")
            kind = answer.headers.get_content_type()
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise PinError(f"{name}:{tag}: {' '.join(str(error).split())}") from error
    if not DIGEST.fullmatch(digest) or kind not in KINDS:
        raise PinError(f"{name}:{tag}: the answer has no digest of an image for all platforms")
    return digest


def main(root: Path = ROOT, *, registry: str = REGISTRY, tokens: str = TOKENS) -> int:
    """Pin the images of all files, or none of them; return the exit code."""
    try:
        texts = {name: (root / name).read_text(encoding="utf-8") for name in FILES}
        images = {image for text in texts.values() for image in find_images(text)}
        digests = {
            (name, tag): ask_digest(name, tag, registry=registry, tokens=tokens)
            for name, tag in sorted(images)
        }
    except (PinError, OSError) as error:
        print(f"pin: {error}; nothing was changed", file=sys.stderr)
        return 1
    for name, text in texts.items():
        try:
            (root / name).write_text(pin(text, digests), encoding="utf-8")
        except OSError as error:
            print(f"pin: {error}; run it again when that is mended", file=sys.stderr)
            return 1
    for (name, tag), digest in digests.items():
        print(f"{name}:{tag}@{digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
