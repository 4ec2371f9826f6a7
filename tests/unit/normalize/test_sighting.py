"""What a sighting keeps of the URLs that its canonical URL is taken from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.model import Sighting, SourceEntry
from finews_feeds.normalize.sighting import Normalizer, first_key, identity_urls
from finews_feeds.normalize.urls import canonical_url

PAGE, ORIGINAL, OTHER = "https://finews.example/p", "http://n.example/a?utm_id=1", "http://o.example/b"


def normalized(entry: SourceEntry, *, is_post: bool = False, link_is_page: bool = True) -> Sighting:
    return Normalizer("s", is_post, canonical_url, lambda _: None, link_is_page).sighting(entry)


def test_a_link_that_tells_it_all_is_not_kept_twice() -> None:
    assert normalized(SourceEntry("1", link=OTHER, identity_urls=(OTHER,))).identity_urls is None
    post = SourceEntry("1", link=PAGE, original=ORIGINAL, identity_urls=(ORIGINAL,))
    assert normalized(post, is_post=True).identity_urls is None
    assert normalized(post, is_post=True, link_is_page=False).identity_urls == ("",)


def test_what_the_link_does_not_tell_is_kept() -> None:
    found = normalized(SourceEntry("1", link=PAGE, identity_urls=(ORIGINAL, PAGE)))
    assert found.identity_urls == (ORIGINAL, "")
    assert identity_urls(found) == (ORIGINAL, PAGE)


urls = st.sampled_from(["", PAGE, ORIGINAL, OTHER, "mailto:a@b.example", "http://["])


@given(urls, urls, st.lists(urls, max_size=3).map(tuple), st.booleans(), st.booleans())
def test_the_canonical_url_can_be_found_again_from_the_sighting_alone(
    link: str, original: str, given_urls: tuple[str, ...], is_post: bool, link_is_page: bool
) -> None:
    entry = SourceEntry("1", link=link, original=original, identity_urls=given_urls)
    found = normalized(entry, is_post=is_post, link_is_page=link_is_page)
    assert first_key(identity_urls(found), canonical_url) == found.canonical_url
    assert first_key(identity_urls(found), str.upper) == first_key(given_urls, str.upper)
