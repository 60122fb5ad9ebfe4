"""Who may ask: programs of this machine. What a web page makes a browser send is refused, before anything looks at it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from local_aws.options import LOOPBACK

HOSTS = "local_aws.hosts"  # in WSGI's environ: the Host headers as they came; werkzeug puts an absolute target in their place
# A browser says of each request to a loopback address where it comes from: from a page of this account, or typed by its user.
SITES = ("same-origin", "none")


def refusal(environ: Mapping[str, Any]) -> str:
    """Why a request is refused, or an empty text.

    A page cannot leave these headers out, nor choose them: Host tells a name of its own that it points to this machine (DNS
    rebinding), Origin, Referer and Sec-Fetch-Site tell the page. Other pages on this machine's ports are foreign as well.

    Args:
        environ: The request, as WSGI has it.
    """
    own = {f"{name}:{environ['SERVER_PORT']}" for name in LOOPBACK}
    if environ["SERVER_PORT"] == "80":
        own |= set(LOOPBACK)
    said = environ[HOSTS]
    origins = {f"http://{host}" for host in own}
    if len(said) != 1 or not own.issuperset(host.lower() for host in (environ["HTTP_HOST"], *said)):
        return f"Host is {', '.join(said) or 'missing'}; this account answers to {', '.join(sorted(own))}"
    if (origin := environ.get("HTTP_ORIGIN")) is not None and origin not in origins:
        return f"it comes from the page of another origin: {origin}"
    # S3A names its operation as a Referer of its own. It signs; a page cannot, without asking first as its origin.
    referer = environ.get("HTTP_REFERER")
    if referer is not None and "HTTP_AUTHORIZATION" not in environ and _origin(referer) not in origins:
        return f"it comes from another page: {referer}"
    if (site := environ.get("HTTP_SEC_FETCH_SITE", "none")) not in SITES:
        return f"it comes from another page (Sec-Fetch-Site: {site})"
    return ""


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"
