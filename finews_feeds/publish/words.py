"""What the pages say to people, in the languages that they can speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from finews_feeds.model import FeedKind


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the pages in one language; `{…}` is filled in by `str.format`."""

    #: Headings, and names of the groups in OPML.
    kinds: Mapping[FeedKind, str]
    all_feeds: str
    latest: str
    address: str
    copy: str
    #: Spoken by a screen reader where a button or link stands in a row: "{label}" is the feed.
    copy_of: str
    copied: str
    copy_failed: str
    subscribe: str
    subscribe_to: str
    open_in_reader: str
    search: str
    #: How many feeds, "{count}", a search has left; filled in by the script.
    found: str
    none_found: str
    updated: str
    empty: str
    skip: str
    groups: str
    terms: str
    sources: str
    #: "{count:,}" entries, and one.
    entries: str
    one_entry: str
    import_all: str
    import_hint: str
    #: The link to `sources.opml`.
    health: str
    index_intro: str
    what_question: str
    what_answer: str
    how_question: str
    how_steps: tuple[str, ...]
    description: str

    def counted(self, entries: int) -> str:
        """So many entries, in words."""
        return self.one_entry if entries == 1 else self.entries.format(count=entries)


_EN = Words(
    kinds=MappingProxyType(
        {
            FeedKind.ALL: "Everything",
            FeedKind.CATEGORY: "Categories",
            FeedKind.TAG: "Tags",
            FeedKind.SOURCE: "Sources",
            FeedKind.QUERY: "Topics",
        }
    ),
    all_feeds="All feeds",
    latest="Latest entries",
    address="Feed address",
    copy="Copy",
    copy_of="Copy the address of {label}",
    copied="Copied",
    copy_failed="Select the address and copy it",
    subscribe="Subscribe",
    subscribe_to="Subscribe to {label}",
    open_in_reader="Open in a reader",
    search="Search feeds",
    found="Feeds found: {count}",
    none_found="No feed of this name.",
    updated="Updated",
    empty="This feed has no entries at present. Subscribe all the same: whatever comes will reach you.",
    skip="Skip to content",
    groups="Kinds of feeds",
    terms="Categories and tags",
    sources="Carried by",
    entries="{count:,} entries",
    one_entry="1 entry",
    import_all="OPML",
    import_hint="All feeds in one file, for readers that can import it",
    health="Sources and how they are doing",
    index_intro="Every category, every tag and every source is a feed of its own. Take what you care about.",
    what_question="What is a feed?",
    what_answer="A feed is an address at which new entries appear by themselves. A feed reader looks there for you and "
    "shows what is new: no account, no e-mail address, no algorithm. You can leave at any time without telling anyone.",
    how_question="How do I subscribe?",
    how_steps=(
        "Choose a feed reader, on your phone, on your computer or on the web. There are many, and most are free.",
        "Copy the feed address above.",
        "In the reader choose “add feed” or “subscribe”, and paste the address.",
    ),
    description="Latest entries of “{title}”, and how to subscribe to them.",
)

_ZH = Words(
    kinds=MappingProxyType(
        {
            FeedKind.ALL: "全部",
            FeedKind.CATEGORY: "分类",
            FeedKind.TAG: "标签",
            FeedKind.SOURCE: "来源",
            FeedKind.QUERY: "专题",
        }
    ),
    all_feeds="全部订阅源",
    latest="最新条目",
    address="订阅地址",
    copy="复制",
    copy_of="复制“{label}”的订阅地址",
    copied="已复制",
    copy_failed="请选中地址后复制",
    subscribe="订阅",
    subscribe_to="订阅“{label}”",
    open_in_reader="在阅读器中打开",
    search="搜索订阅源",
    found="找到 {count} 个订阅源",
    none_found="没有这样的订阅源。",
    updated="更新于",
    empty="这个订阅源目前没有条目。仍可订阅，有新内容时会自动送达。",
    skip="跳到正文",
    groups="订阅源种类",
    terms="分类和标签",
    sources="来源",
    entries="{count:,} 条",
    one_entry="1 条",
    import_all="OPML",
    import_hint="一个文件包含全部订阅源，可导入阅读器",
    health="来源及其状况",
    index_intro="每个分类、每个标签、每个来源都有自己的订阅源，只订您关心的。",
    what_question="什么是订阅源？",
    what_answer="订阅源是一个网址，新内容会自动出现在那里。阅读器替您查看，有新内容就显示出来：无需注册，无需邮箱，没有算法推荐，"
    "随时可以退订，不必告诉任何人。",
    how_question="怎样订阅？",
    how_steps=(
        "选一个阅读器，手机、电脑、网页版都有，大多免费。",
        "复制上面的订阅地址。",
        "在阅读器里选择“添加订阅”，粘贴地址即可。",
    ),
    description="“{title}”的最新条目，以及怎样订阅。",
)


def words_for(language: str) -> Words:
    """The texts for a language tag (RFC 5646): Chinese for any "zh", English for all others."""
    return _ZH if language.lower().partition("-")[0] == "zh" else _EN
