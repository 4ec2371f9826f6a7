"""Telling a WebSub hub what changed, so that subscribers get it at once (the publisher's side; an edge).

The W3C Recommendation leaves it to publisher and hub how they speak; all public hubs take a form-encoded POST of
`hub.mode=publish` and one `hub.url` for each feed, from the protocol's older versions (PubSubHubbub 0.4 §7).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import httpx

#: Feeds in one request. A hub fetches each of them, so there is no point in fewer requests than this.
AT_ONCE = 100


def tell_hub(hub: str, topics: Sequence[str], user_agent: str, deadline: timedelta) -> str:
    """Tells a hub that these feeds (absolute URLs of documents) have changed; "" where it took note, else why not.

    One request; `deadline` bounds each step of it. Any 2xx is a yes. A redirect is followed only where the method is
    kept (307, 308), as RFC 9110 §15.4 has it.
    """
    form = [("hub.mode", "publish"), *(("hub.url", topic) for topic in topics)]
    try:
        with httpx.Client(timeout=deadline.total_seconds(), trust_env=False) as client:
            answer = _post(client, hub, form, user_agent)
            for _ in range(3):
                if answer.status_code not in (307, 308):
                    break
                answer = _post(client, str(answer.url.join(answer.headers["location"])), form, user_agent)
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, OSError) as error:
        return f"it cannot be reached: {str(error) or type(error).__name__}"
    if answer.is_success:
        return ""
    said = " ".join(answer.text[:200].split())
    return f"it answered {answer.status_code}" + (f": {said}" if said else "")


def _post(client: httpx.Client, url: str, form: list[tuple[str, str]], user_agent: str) -> httpx.Response:
    body = urlencode(form).encode()
    headers = {"User-Agent": user_agent, "Content-Type": "application/x-www-form-urlencoded"}
    return client.post(url, content=body, headers=headers)
