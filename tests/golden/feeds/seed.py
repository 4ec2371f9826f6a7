"""The post that the program was made for: digest, body, original as via, category and tag."""

from __future__ import annotations

from dataclasses import replace

from rendering import AT, HEAD, Feed

from finews_feeds.model import Entry, Link, Term, TermKind, Text

FEED = Feed(
    replace(HEAD, subtitle="东方财富网滚动新闻"),
    (
        Entry(
            atom_id="https://finews.example/emnews/2022/05/24/202205242390025644",
            title="金融助力“一号发展工程” 江西南昌现场签约超5700亿元",
            link="https://finews.example/emnews/2022/05/24/202205242390025644.html",
            published_at=AT,
            updated_at=AT,
            links=(Link("http://finance.eastmoney.com/news/1350,202205242390025644.html", "via"),),
            summary=Text("24日，2022年南昌市金融助力“一号发展工程”暨重大重点项目产融对接会举行。（中国新闻网）"),
            content=Text(
                '<p>现场签约总金额5700.52亿元。<a href="http://data.eastmoney.com/cjsj/hgjck.html">进出口</a></p>\n'
                " <p>“金融是现代经济的核心、是实体经济的血脉。”</p>\n",
                "html",
            ),
            terms=(
                Term(TermKind.CATEGORY, "emnews", "emnews"),
                Term(TermKind.TAG, "东财滚动新闻", "东财滚动新闻"),
            ),
            sources=("site",),
        ),
    ),
)
