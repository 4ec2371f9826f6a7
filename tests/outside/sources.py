"""Source feeds such as nobody should write: whatever may go wrong between a source and what is published of it."""

from __future__ import annotations

from html import escape

_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"'
_LONG = "很长的标题" * 40

#: What may stand in the content of an entry, by what is odd about it.
BODIES = {
    "script": "<p onclick='x()'>a<script>alert(1)</script><a href='javascript:x()'>b</a></p>",
    "style": "<p style='position:fixed;background:url(http://x/y)'>a</p><style>p{color:red}</style>",
    "frame": "<iframe src='//video.example/1' width=560 height=315></iframe><p>x</p>",
    "pixels": "<p>x</p><img src='https://t.example/p.gif' width=1 height=1><img src='https://t.example/q.gif' width='1px' height='0'>",
    "srcset": "<p>x<img srcset='/a.png 1x, b.png 2x' src='a.png' sizes='50vw' loading=lazy decoding=async></p>",
    "srcset with commas": "<img src='a,b.png' srcset='https://i.example/w_1,h_2/a.png 100w,/b.png 200w' alt='x'>",
    "players": "<video poster='p.png' src='v.mp4' autoplay controls><track src='t.vtt'></video><audio src='/a.mp3' controls>",
    "cites": "<blockquote cite='/q'>q</blockquote><del cite='d'>d</del>",
    "data": "<img src='data:image/png;base64,iVBORw0KGgo=' alt='x'><a href='data:text/html,x'>d</a><img src='data:image/svg+xml,x'>",
    "svg": "<p>a</p><svg xmlns='http://www.w3.org/2000/svg' onload='x()'><script>x</script><text>words</text></svg>",
    "forms": "<form action='/x'><input name=a><button>Go</button><select><option>1</select></form><p>x</p>",
    "links": "<a href='mailto:a@b.example?subject=x y'>m</a> <a href='http://u:p@h.example:8080/a b'>u</a> <a href='//h.example/中文?q=«»|[]'>i</a>",
    "more links": "<a href='tel:+1'>t</a> <a href='http://'>e</a> <a href='http://[::1'>v</a> <a href='https://ex ample/'>s</a> <a href='../../../x'>r</a> <a href='#n'>n</a> <a href='?q=1'>q</a> <a href=''>e</a>",
    "unclosed": "<div><p>a<b>b<i>c</b>d<table><tr><td>x<p>y</table><ul><li>a<li>b",
    "nested": "<a href='/1'>a<a href='/2'>b</a></a><p>a<p>b</p></p><button><button>x",
    "document": "<!DOCTYPE html><html><head><title>t</title><meta charset=gbk><link rel=stylesheet href=x></head><body bgcolor=red><p>x</body></html>",
    "old tags": "<font color=red>a</font><center>b</center><marquee>c</marquee><blink>d</blink><nobr>e</nobr><o:p>f</o:p><tt>g</tt>",
    "entities": "<p>&nbsp;&hellip;&copy;&#128512;&#x1F600;&#0;&#x80;&#xFFFF;&#xD800;&bogus;&amp;lt;b&amp;gt; &lt;b&gt; AT&T S&P500</p>",
    "comments": "<p>a<!-- c --><![CDATA[d]]><?php e ?><!--[if IE]>f<![endif]--></p>",
    "ids": "<p id=a name=b class='c d' data-x=1 contenteditable tabindex=1 lang=de dir=rtl title='t'>x</p>",
    "template": "<template><p>x</p></template><noscript><img src=n.png></noscript><object data=x><p>y</p></object><embed src=x>",
    "bidi": "<p>\u202eabc\u202c \u2066x\u2069 \u200f\u200e \ufeff \u00ad</p>",
    "astral": "<p>😀𠮷👨\u200d👩\u200d👧 e\u0301 ﷽</p>",
    "noncharacters": "<p>a\ufdd0b\U0001fffec\x7fd\x85e</p>",
    "ruby": "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby><details open><summary>s</summary>d</details><time datetime='2022'>t</time>",
    "blank": "<p> </p><div>&nbsp;</div><img src='https://t.example/p.gif' width=1 height=1>",
    "lists": "<ol start=3 reversed type=a><li value=7>x</ol><dl><dt>a<dd>b</dl><table border=1 summary=s><caption>c</caption><col span=2><tr><th scope=col abbr=x>h<td colspan=2 align=right>d</table>",
    "deep": "<div>" * 600 + "x" + "</div>" * 600,
}

#: A title as it stands in a feed of type text, html, or an RSS title.
TITLES = {
    "markup": "<b>Bold</b> &amp; <script>x</script>title",
    "ampersands": "S&amp;P500 &amp; AT&amp;T, R&amp;D2",
    "twice escaped": "Q&amp;amp;A &amp;nbsp; &amp;#8220;x&amp;#8221;",
    "comparison": "a &lt; b &gt; c",
    "line ends": "  two\n  lines\tand\r\n tabs ",
    "bidi": "\u202etitle\u202c \u200f",
    "emoji": "😀 👨‍👩‍👧",
    "long": _LONG,
    "cdata": "]]&gt; cdata",
    "blank": "   ",
    "only markup": "<img src='x'/>",
    "entities": "&#8220;curly&#8221; &#x26; &#169;",
    "percent": "100% %s %20 {{ x }} {% y %}",
}

#: Where an entry may lead.
LINKS = {
    "chinese": "https://n.example/新闻/财经?关键词=股票#第一",
    "chinese and long": "https://n.example/" + "新闻" * 60,
    "punycode": "https://例子.example/a",
    "spaces": " https://n.example/a b\n ",
    "brackets": "https://n.example/a?x[]=1&amp;y[a]=2|3",
    "two hashes": "https://n.example/a#b#c",
    "port and login": "http://user:pass@n.example:8080/a",
    "bare percent": "https://n.example/100%/a%zz?b=%",
    "upper case": "HTTPS://N.Example/A",
    "relative": "/relative/a",
    "mail": "mailto:editor@n.example",
    "script": "javascript:alert(1)",
    "quotes": "https://n.example/a\"b'c^d`e{f}\\g",
    "ipv6": "http://[2001:db8::1]/a",
    "emoji": "https://n.example/😀",
    "bare host": "https://n.example?x=1",
    "none": "",
}


def _cdata(html: str) -> str:
    return "<![CDATA[" + html.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _rss_item(number: int, title: str, link: str, body: str, more: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>g{number}</guid>"
        f"<pubDate>Tue, {number % 28 + 1:02} May 2019 08:{number % 60:02}:00 +0545</pubDate><description>{body}</description>{more}</item>"
    )


def _rss(items: str, head: str = "") -> str:
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel><title>S&amp;P500 &lt;b&gt;feed&lt;/b&gt;</title><link>https://n.example/主页?a[]=1</link>{head}{items}</channel></rss>"
    )


def rss_bodies() -> str:
    """Every body in an RSS item, as description and as content:encoded."""
    items = [
        _rss_item(
            n,
            f"body {name}",
            f"https://n.example/body/{n}",
            _cdata(body),
            f"<content:encoded>{_cdata(body)}</content:encoded>",
        )
        for n, (name, body) in enumerate(BODIES.items())
    ]
    return _rss("".join(items), "<language>zh_CN</language><managingEditor>editor@n.example</managingEditor>")


def rss_titles_and_links() -> str:
    """Every title and every link in an RSS item."""
    items = [
        _rss_item(n, title.replace("<", "&lt;"), f"https://n.example/t/{n}", "x")
        for n, title in enumerate(TITLES.values())
    ]
    items += [
        _rss_item(100 + n, f"link {name}", escape(link, quote=False).replace("&amp;amp;", "&amp;"), "x")
        for n, (name, link) in enumerate(LINKS.items())
    ]
    return _rss("".join(items), "<language>english</language>")


def rss_oddments() -> str:
    """Enclosures, persons, terms, dates, languages and images as they should not be."""
    more = {
        "enclosure without type and length": "<enclosure url='https://c.example/a.mp3'/>",
        "enclosure with nonsense": "<enclosure url='https://c.example/a b.mp3' type='audio' length='big'/>",
        "enclosure by ftp": "<enclosure url='ftp://c.example/a.mp3' type='audio/mpeg' length='-1'/>",
        "enclosure without path": "<enclosure url='https://c.example?a=1' type='audio/mpeg' length='0'/>",
        "enclosure of a login": "<enclosure url='https://u:p@c.example/a.mp3' type='audio/mpeg; codecs=x' length='5'/>",
        "two enclosures": "<enclosure url='https://c.example/1.mp3' type='audio/mpeg' length='5'/><enclosure url='https://c.example/2.mp3' type='audio/mpeg' length='6'/>",
        "media": "<media:content url='/m.mp4' type='video/mp4' fileSize='12'/><media:thumbnail url='t.png'/><itunes:image href='i.png'/>",
        "author e-mail": "<author>lone@n.example</author>",
        "author both": "<author>one@n.example (One &amp;amp; S&amp;P500)</author><dc:creator> </dc:creator>",
        "terms": "<category>  A&amp;B  /../x </category><category domain='not a uri'>\u202eRTL</category><category>&lt;b&gt;x&lt;/b&gt;</category><category>S&amp;P500</category><category></category>",
        "language": "<dc:language>cn</dc:language>",
        "rights": "<dc:rights>&lt;p&gt;© 2022 S&amp;P500 &lt;/p&gt;</dc:rights>",
        "source": "<source url='other feed.xml'>S&amp;P500 &lt;&amp;nbsp;</source>",
        "comments": "<comments>https://n.example/c#x y</comments>",
    }
    items = [_rss_item(n, name, f"https://n.example/o/{n}", "x", each) for n, (name, each) in enumerate(more.items())]
    dates = [
        "1 Jan 1970 00:00:00 GMT",
        "Mon, 30 Feb 2022 25:61:00 +0800",
        "tomorrow",
        "Tue, 01 Jan 2999 00:00:00 GMT",
        "",
        "2022-05-24",
        "Sat, 24 May 2022 10:00 PST",
    ]
    items += [
        f"<item><title>date {each}</title><guid>https://n.example/d/{n}</guid><pubDate>{each}</pubDate></item>"
        for n, each in enumerate(dates)
    ]
    items += ["<item><description>no title</description></item>", "<item><title>only a title</title></item>", "<item/>"]
    return _rss("".join(items))


def _entry(number: int, title: str, more: str, updated: str = "2020-02-03T04:05:06.789+05:45") -> str:
    return f"<entry><id>tag:n.example,2020:a{number}</id>{title}<updated>{updated}</updated>{more}</entry>"


def atom_bodies() -> str:
    """Every body as HTML and every well-formed one as XHTML among foreign namespaces, below nested bases and languages."""
    xhtml = (
        "<content type='xhtml' xml:base='b/'><div xmlns='http://www.w3.org/1999/xhtml' xml:lang='fr'><p style='x:expression(1)'>p"
        "<br/><img src='i.png' alt=''/><a href='r'>a</a></p><svg xmlns='http://www.w3.org/2000/svg'><text>t</text></svg>"
        "<x:y xmlns:x='urn:x'>foreign<x:z/></x:y><script>s</script></div></content>"
    )
    entries = [
        _entry(
            n,
            f"<title type='html'>{escape(escape(name))}</title>",
            f"<link href='a/{n}'/><content type='html' xml:base='sub/'>{escape(body)}</content>",
        )
        for n, (name, body) in enumerate((name, body) for name, body in BODIES.items() if name != "noncharacters")
    ]
    entries += [
        _entry(
            200,
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>X <b>H</b> &amp; S&amp;P500</div></title>",
            "<link href='x'/>" + xhtml,
        ),
        _entry(201, "<title>elsewhere</title>", "<content src='https://n.example/big.pdf' type='application/pdf'/>"),
        _entry(202, "<title>base64</title>", "<link href='b64'/><content type='image/png'>iVBORw0KGgo=</content>"),
        _entry(
            203,
            "<title>xml</title>",
            "<link href='xml'/><content type='application/xml'><a xmlns='urn:a'>words</a></content>",
        ),
        _entry(204, "<title>summary alone</title>", "<summary type='html'>&lt;p&gt;S&amp;amp;P500&lt;/p&gt;</summary>"),
        _entry(
            205,
            "<title>plain</title>",
            "<link href='p'/><content>a &lt; b &amp;nbsp; S&amp;P500</content><summary>S&amp;P500</summary>",
        ),
    ]
    return f"{_ATOM} xml:lang='de' xml:base='https://n.example/base/'><id>tag:n.example,2020:bodies</id><title type='html'>S&amp;amp;P500 &amp;lt;x></title><updated>2020-01-01T00:00:00Z</updated>{''.join(entries)}</feed>"


def atom_metadata() -> str:
    """Titles of every type, links of every kind, persons, terms, rights, sources, ids."""
    entries = [
        _entry(
            n,
            f"<title type='{kind}'>{title.replace('<', '&lt;')}</title>",
            f"<link href='https://n.example/m/{n}'/><summary>x</summary>",
        )
        for n, (kind, title) in enumerate(
            (kind, title)
            for kind in ("text", "html")
            for name, title in TITLES.items()
            if (kind, name) != ("text", "markup")
        )
    ]
    links = "".join(
        f"<link rel='related' href='{escape(link)}' title='S&amp;P500 &lt;x>' hreflang='cn' type='text'/>"
        for link in LINKS.values()
    )
    alternates = (
        "<link href='https://n.example/en' hreflang='en' type='text/html'/><link href='https://n.example/de' hreflang='de' type='text/html'/>"
        "<link href='https://n.example/en2' hreflang='en' type='text/html'/><link href='https://n.example/p.pdf' type='application/pdf'/>"
        "<link rel='self' href='https://n.example/e'/><link rel='edit' href='https://n.example/e'/><link rel='next' href='https://n.example/e'/>"
        "<link rel='enclosure' href='/a b.mp3' length='x' type='audio/mpeg'/><link rel='http://www.iana.org/assignments/relation/via' href='/v'/>"
        "<link rel='urn x' href='/bad-rel'/><link rel='license' href='l'/><link rel='payment' href='bitcoin:x'/>"
    )
    source = (
        "<source><id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id><title type='html'>S&amp;amp;P500 &amp;lt;b&amp;gt;o</title>"
        "<updated>2019-01-01T00:00:00Z</updated><link rel='self' href='https://o.example/源.xml'/><link href='https://o.example/'/>"
        "<author><name>Original</name><email>not an address</email><uri>relative</uri></author><rights>© O</rights></source>"
    )
    poor = "<source><title/></source>"
    persons = "<author><name> </name><email>lone@n.example</email></author><author><name>A &amp;B; S&amp;P500</name><uri>javascript:x</uri></author><contributor><name/></contributor>"
    terms = "<category term=''/><category term='a b' scheme='not a uri' label='&lt;b&gt;S&amp;P500'/><category term='\u202eabc'/><category term='CON'/><category term='..'/>"
    rights = "<rights type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>© <b>S&amp;P500</b></div></rights>"
    entries += [
        _entry(300, "<title>links</title>", "<link href='https://n.example/l'/>" + links),
        _entry(301, "<title>alternates</title>", alternates),
        _entry(302, "<title>source</title>", "<link href='https://n.example/s'/>" + source + "<summary>x</summary>"),
        _entry(303, "<title>poor source</title>", "<link href='https://n.example/s2'/>" + poor),
        _entry(304, "<title>persons</title>", "<link href='https://n.example/p'/>" + persons),
        _entry(305, "<title>terms</title>", "<link href='https://n.example/t'/>" + terms),
        _entry(306, "<title>rights</title>", "<link href='https://n.example/r'/>" + rights),
        _entry(307, "<title>language</title>", "<link href='https://n.example/lang'/>").replace(
            "<entry>", "<entry xml:lang='en_US'>"
        ),
        _entry(308, "<title>language</title>", "<link href='https://n.example/lang2'/>").replace(
            "<entry>", "<entry xml:lang='x-klingon'>"
        ),
        _entry(309, "<title>language</title>", "<link href='https://n.example/lang3'/>").replace(
            "<entry>", "<entry xml:lang='cn'>"
        ),
        *[
            _entry(320 + n, f"<title>to {name}</title>", f"<link href='{escape(link)}'/><summary>x</summary>")
            for n, (name, link) in enumerate(LINKS.items())
        ],
        "<entry><id>not an iri</id><title>id</title><updated>2020-01-01T00:00:00Z</updated><link href='https://n.example/i1'/></entry>",
        "<entry><id/><title>id</title><updated>never</updated><link href='https://n.example/i2'/></entry>",
        "<entry><id>tag:n.example,2020:twice</id><title>one</title><updated>2020-01-01T00:00:00Z</updated><link href='https://n.example/i3'/></entry>",
        "<entry><id>tag:n.example,2020:twice</id><title>two</title><updated>2020-01-02T00:00:00Z</updated><link href='https://n.example/i4'/></entry>",
    ]
    return f"{_ATOM}><id>https://n.example/feed</id><title> </title><updated>2020-01-01T00:00:00Z</updated><link rel='self' href='https://n.example/feed'/><author><name>S&amp;P500</name></author>{''.join(entries)}</feed>"


def json_oddments() -> str:
    """A JSON Feed whose members are of every type but their own."""
    import json

    items = [
        {"id": 7, "title": "number", "content_text": "a < b & S&P500 \ud800 \u0000", "url": "https://n.example/j/7"},
        {
            "id": "https://n.example/j/8",
            "content_html": BODIES["links"],
            "url": LINKS["chinese and long"],
            "language": "cn",
            "tags": ["", 5, "S&P500"],
        },
        {
            "id": "j9",
            "title": None,
            "url": 5,
            "content_html": "",
            "summary": "s",
            "authors": [{"name": ""}, {"url": "x y"}, "A"],
        },
        {
            "id": "j10",
            "title": "S&P500 <b>x",
            "content_text": "x",
            "attachments": [
                {"url": "a b.mp3"},
                {"url": "https://c.example/[a].mp3", "mime_type": "x", "size_in_bytes": "9"},
            ],
            "image": "i.png",
            "banner_image": 5,
        },
        {"title": "no id", "external_url": "https://n.example/j/e"},
    ]
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "J",
            "items": items,
            "home_page_url": "https://n.example",
        }
    )


def large() -> str:
    """An entry of ten megabytes."""
    return _rss(_rss_item(1, "large", "https://n.example/large", _cdata("<p>字 words &amp; more</p>" * 320_000)))


#: Name -> (its document, its media type).
FEEDS = {
    "rss-bodies": (rss_bodies, "application/rss+xml"),
    "rss-titles": (rss_titles_and_links, "application/rss+xml"),
    "rss-oddments": (rss_oddments, "application/rss+xml"),
    "atom-bodies": (atom_bodies, "application/atom+xml"),
    "atom-metadata": (atom_metadata, "application/atom+xml"),
    "json-oddments": (json_oddments, "application/feed+json"),
    "large": (large, "application/rss+xml"),
}
