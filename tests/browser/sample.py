"""A site such as an operator has: a year of posts, hundreds of tags, made the same each time and without a network."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from finews_feeds.config import load
from finews_feeds.cycle import Options, run_cycle

_SECTORS = [
    "银行",
    "保险",
    "证券",
    "黄金",
    "原油",
    "煤炭",
    "钢铁",
    "化工",
    "光伏",
    "风电",
    "锂电",
    "储能",
    "半导体",
    "芯片",
    "医药",
    "疫苗",
    "白酒",
    "农业",
    "汽车",
    "家电",
    "地产",
    "建材",
    "物流",
    "航空",
    "旅游",
    "传媒",
    "软件",
    "通信",
]
_TOPICS = ["政策", "业绩", "并购", "减持", "增持", "融资", "出口", "涨价", "监管"]
_MEDIA = [
    "证券时报",
    "第一财经",
    "财联社",
    "新华社",
    "央视新闻",
    "经济日报",
    "界面新闻",
    "期货日报",
    "21财经",
    "36氪",
    "DoNews",
    "TechWeb",
]
#: Names that are hard on slugs, selectors and searches.
_HARD = ("5G/6G", "C++", "100%", "Bond Connect", "<script>", "R&D", "🚀航天", "A股")
_TITLES = (
    "{0}板块午后走强，多家公司公布{1}进展",
    "{2}：{0}行业景气度回升，关注{1}主线",
    "{0}企业前五个月营收增长{3}%，{1}成为焦点",
    "监管部门就{0}{1}公开征求意见",
    "北上资金连续{4}日净买入{0}龙头",
)
_SUMMARIES = (
    "分析人士认为，随着{1}逐步落地，{0}需求有望在下半年回暖，库存回到近三年的低位。",
    "据{2}报道，{0}相关公司上半年订单同比增长{3}%，产能利用率维持高位，市场继续关注{1}。",
    "多位业内人士表示，{0}价格趋于稳定，企业研发投入扩大，{1}带来的影响仍需观察。",
)
_CONFIG = """
[site]
url = "{0}"
title = "{1}"
subtitle = "{2}"
language = "{3}"
timezone = "Asia/Shanghai"
since = 2021-12-01
[[posts]]
name = "site"
title = "{1}"
path = "../posts"
[[feeds]]
name = "chips"
title = "芯片与半导体"
query = 'tag:芯片 OR tag:半导体'
"""
_WORDS = {
    "zh-CN": ("金融消息", "每个分类、每个标签一个源，每篇文章只出现一次"),
    "en": ("Financial news", "A feed for every category and every tag, each article once"),
}
FIRST = datetime(2022, 1, 3, 8, 5, tzinfo=ZoneInfo("Asia/Shanghai"))


def build(folder: Path, url: str, posts: int = 260, language: str = "zh-CN", more: str = "") -> Path:
    """Writes posts and config below `folder`, publishes them, and gives the folder that is to be served."""
    (folder / "posts" / "_posts").mkdir(parents=True)
    for number in range(posts):
        path, text = _post(number)
        (folder / "posts" / "_posts" / path).write_text(text, "utf-8")
    (folder / "config").mkdir()
    file = folder / "config" / "finews.toml"
    file.write_text(_CONFIG.format(url, *_WORDS[language], language) + more, "utf-8")
    at = (FIRST + timedelta(days=400)).astimezone(UTC)
    run_cycle(load(file, {}), Options(offline=True), lambda: at)
    return folder / "public"


def _post(number: int) -> tuple[str, str]:
    chance = random.Random(number)
    sector, topic, medium = chance.choice(_SECTORS), chance.choice(_TOPICS), chance.choice(_MEDIA)
    words = (sector, topic, medium, chance.randrange(30, 280) / 10, chance.randrange(3, 9))
    # the first posts go through all pairs, so that there are hundreds of tags however few posts there are
    pairs = list(product(_SECTORS, _TOPICS))
    pair = "".join(pairs[number % len(pairs)])
    tags = [sector, topic, pair, *([_HARD[number % len(_HARD)]] if number % 9 == 0 else [])]
    at = FIRST + timedelta(hours=17 * number, minutes=chance.randrange(600))
    title = chance.choice(_TITLES).format(*words)
    lines = ["---", f'title: "{title}"', f"date: {at:%Y-%m-%d %H:%M:%S} +0800", f"categories: {medium}"]
    lines += [f"tags: [{', '.join(repr(tag) for tag in dict.fromkeys(tags))}]", "---"]
    lines += [f"> {chance.choice(_SUMMARIES).format(*words)}", "", chance.choice(_SUMMARIES).format(*words), ""]
    lines.append(f"<https://news.example.org/a/{202200000 + number}.html>")
    return f"{at:%Y-%m-%d}-{number}.md", "\n".join(lines) + "\n"
