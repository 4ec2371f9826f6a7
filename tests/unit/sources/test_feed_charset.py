"""Which encoding a document is really in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_feeds.sources import charset

CHINESE = "中国人民银行今天公布了新的货币政策，市场的反应是积极的。"
TAIWAN = "中央銀行在今天的會議上，來說明這個利率的決定。"
JAPANESE = "日本の株価が上昇しているのは、円安のためです。"
KOREAN = "한국은행이 기준금리를 동결하고 다음 회의에서 논의하는 것으로 보인다"
RUSSIAN = "Центральный банк сохранил ключевую ставку на прежнем уровне"
FRENCH = "L’été dernier, le marché a été agité – très agité."


def declared(text: str, label: str) -> str:
    return f'<?xml version="1.0" encoding="{label}"?><t>{text}</t>'


CASES = [
    # name, text, its real encoding, what the declaration says, what the header says
    ("nothing said is UTF-8", CHINESE, "utf-8", "", ""),
    ("a declaration", CHINESE, "gb18030", "gb2312", ""),
    ("a header", CHINESE, "gbk", "", "text/xml; charset=GBK"),
    ("the header before the declaration", CHINESE, "gbk", "utf-8", "application/xml; charset=gb2312"),
    ("a header in quotes", TAIWAN, "big5", "", 'text/xml; Charset="Big5"'),
    ("a mark before both", CHINESE, "utf-8-sig", "gbk", "text/xml; charset=gbk"),
    ("UTF-16 with a mark", CHINESE, "utf-16", "utf-8", "text/xml; charset=utf-8"),
    ("UTF-16 without a mark, little", CHINESE, "utf-16-le", "utf-16", ""),
    ("UTF-16 without a mark, big", CHINESE, "utf-16-be", "", ""),
    ("UTF-32 with a mark", CHINESE, "utf-32", "", ""),
    ("UTF-16 in name only", CHINESE, "utf-8", "utf-16", "text/xml; charset=utf-16"),
    ("text/xml alone is not ASCII", CHINESE, "utf-8", "", "text/xml"),
    ("UTF-8 called Latin-1 by its server", CHINESE, "utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
    ("UTF-8 called GBK", CHINESE, "utf-8", "gbk", ""),
    ("GBK called UTF-8", CHINESE, "gbk", "utf-8", ""),
    ("GBK called Latin-1", CHINESE, "gbk", "", "text/xml; charset=iso-8859-1"),
    ("Big5 called UTF-8", TAIWAN, "big5", "utf-8", ""),
    ("Big5 called GBK", TAIWAN, "big5", "", "text/xml; charset=unheard-of"),
    ("Shift-JIS called UTF-8", JAPANESE, "cp932", "utf-8", ""),
    ("EUC-JP undeclared", JAPANESE, "euc_jp", "", ""),
    ("EUC-KR called UTF-8", KOREAN, "cp949", "utf-8", ""),
    ("Russian called UTF-8", RUSSIAN, "cp1251", "utf-8", ""),
    ("KOI8-R undeclared", RUSSIAN, "koi8-r", "", ""),
    ("Latin-1 means Windows-1252", FRENCH, "cp1252", "iso-8859-1", ""),
    ("Windows-1252 called UTF-8", FRENCH, "cp1252", "utf-8", ""),
    ("ISO-2022-JP", JAPANESE, "iso2022_jp", "iso-2022-jp", ""),
    ("Latin-9", "5 € für Œuvre", "iso8859-15", "iso-8859-15", ""),
    ("an unknown label", CHINESE, "utf-8", "x-none", ""),
    ("a codec that is no charset", CHINESE, "utf-8", "hex", "text/xml; charset=rot13"),
]


@pytest.mark.parametrize(
    ("text", "codec", "label", "content_type"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_document_is_read_in_the_encoding_it_is_really_in(
    text: str, codec: str, label: str, content_type: str
) -> None:
    document = declared(text, label) if label else f"<t>{text}</t>"
    headers = (("content-type", content_type),) if content_type else ()
    assert charset.decode(document.encode(codec), headers, "u")[0] == document


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_blank_space_before_a_wide_document_without_a_mark_hides_nothing(codec: str) -> None:
    assert charset.decode(f"\r\n\t<t>{CHINESE}</t>".encode(codec), (), "u") == (f"\r\n\t<t>{CHINESE}</t>", ())


def test_a_wrong_declaration_is_told() -> None:
    body = declared(CHINESE, "utf-8").encode("gbk")
    (finding,) = charset.decode(body, (), "https://a.example/")[1]
    assert finding.place == "https://a.example/"
    assert "gb18030" in finding.what


def test_a_few_broken_bytes_are_left_out_and_counted_with_their_line() -> None:
    body = f"<t>\n{CHINESE}X{CHINESE}</t>".encode().replace(b"X", b"\xff\xfe")
    text, (finding,) = charset.decode(body, (), "u")
    assert text == f"<t>\n{CHINESE}{CHINESE}</t>"
    assert finding.line == 2
    assert finding.what.startswith("2 characters")


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_under_any_label_give_characters_that_xml_may_hold(body: bytes, label: str) -> None:
    text, _findings = charset.decode(body, (("content-type", f"text/xml; charset={label}"),), "u")
    assert not charset.FORBIDDEN.search(text)
    text.encode("utf-8")
