"""The bytes of a post as text: encodings, line ends, and characters that no feed may hold.

Scripts on several systems write posts, so files come as UTF-8 with and without a byte order mark, as UTF-16, as
GB18030, and torn in the middle of a character. Text comes out with "\\n" line ends and without the characters that
XML 1.0 forbids (§2.2), C1 controls, noncharacters and U+FFFD, which only say that something was lost before us.
"""

from __future__ import annotations

import re

from finews_feeds.sources.notes import Notes, line_at

_BOM = b"\xef\xbb\xbf"
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r") + b"\x7f"
#: Bytes that want a closer look: controls, carriage returns, and what C1 controls begin with in UTF-8.
_SUSPECT = _CONTROLS + b"\r\xc2"
_BARRED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
#: A GB18030 character of two bytes, and a lead byte before something else.
_GB_PAIR = re.compile(rb"[\x81-\xfe][\x80-\xfe]")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")

#: More control characters than one in so many bytes, and the file is no text. Random bytes have one in nine.
_BINARY_SHARE = 10
#: The same where the bytes are no known encoding either.
_UNDECODABLE_SHARE = 50
#: A file with no more of them than this is text that was damaged.
_FEW_CONTROLS = 8


def decode(data: bytes, notes: Notes) -> str | None:
    """The text of a post; None, with a finding, where the bytes are no text at all."""
    return _plainly_decoded(data) or _decode_with_care(data, notes)


def _plainly_decoded(data: bytes) -> str | None:
    """The text of what needs no mending, in a few passes that cost next to nothing; None where something may."""
    if len(data.translate(None, _SUSPECT)) < len(data) or data.startswith(_BOM):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _holds_mark(text) else text


def _decode_with_care(data: bytes, notes: Notes) -> str | None:
    if data.startswith(_BOM):
        notes.repaired(1, "a byte order mark stands before the text", "left out; save the file without it")
        data = data[len(_BOM) :]
    controls = len(data) - len(data.translate(None, _CONTROLS))
    encoding = _utf16(data)
    if encoding is None and _is_binary(controls, len(data), _BINARY_SHARE):
        _note_binary(notes)
        return None
    suspect = bool(controls) or b"\xc2" in data
    try:
        text: str | None = data.decode(encoding or "utf-8")
        if encoding:
            notes.repaired(1, "the file is in UTF-16", "read as UTF-16; save it as UTF-8")
    except UnicodeDecodeError as error:
        text, suspect = _decode_damaged(data, encoding, error, controls, notes), True
    if text is None:
        _note_binary(notes)
        return None
    if b"\r" in data:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _without_barred(text, notes) if suspect or encoding or _holds_mark(text) else text


def ends_inside_a_character(data: bytes) -> bool:
    """Whether the bytes are UTF-8 that stops in the middle of its last character, as a half-written file does."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


def bare(text: str) -> str:
    """A text without the characters that no feed may hold: YAML's escapes and character references bring them back."""
    return text if text.isprintable() and "\ufffd" not in text else _BARRED.sub("", text)


def _holds_mark(text: str) -> bool:
    """Whether U+FFFD or one of the two noncharacters after it is there; three searches beat one pattern four times."""
    return "\ufffd" in text or "\ufffe" in text or "\uffff" in text


def _utf16(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data.startswith(b"-\0-\0-\0"):
        return "utf-16-le"
    return "utf-16-be" if data.startswith(b"\0-\0-\0-") else None


def _is_binary(controls: int, size_bytes: int, share: int) -> bool:
    return controls > _FEW_CONTROLS and controls * share > size_bytes


def _note_binary(notes: Notes) -> None:
    notes.skipped(1, "the file is binary, not text", "left out; move it away or give it another extension")


def _decode_damaged(
    data: bytes, encoding: str | None, error: UnicodeDecodeError, controls: int, notes: Notes
) -> str | None:
    line = data.count(b"\n", 0, error.start) + 1
    tried = encoding or "utf-8"
    loose = data.decode(tried, "replace")
    lost = loose.count("\ufffd")
    kept = len(loose) - len(loose.encode("ascii", "ignore")) - lost
    if kept >= lost and (encoding is None or lost * _UNDECODABLE_SHARE < len(loose)):
        name = "UTF-16" if encoding else "UTF-8"
        damaged = "a damaged character" if lost == 1 else f"{lost} damaged characters"
        notes.repaired(line, f"{damaged}: bytes that are not {name}", "left out; write the text again")
        return data.decode(tried, "ignore")
    if encoding:
        return None
    return _decode_legacy(data, controls, notes)


def _decode_legacy(data: bytes, controls: int, notes: Notes) -> str | None:
    """Bytes that are not UTF-8: GB18030 where its characters come in pairs of high bytes, else Windows-1252."""
    loose = data.decode("gb18030", "replace")
    lost = loose.count("\ufffd")
    kept = len(loose) - len(loose.encode("ascii", "ignore")) - lost
    if 2 * len(_GB_PAIR.findall(data)) * 10 >= len(_HIGH_BYTE.findall(data)) * 9 and lost * 10 <= kept:
        notes.repaired(1, "the file is not in UTF-8 but in GB18030", "read as GB18030; save it as UTF-8")
        return data.decode("gb18030", "ignore")
    if _is_binary(controls, len(data), _UNDECODABLE_SHARE):
        return None
    notes.repaired(1, "the file is not in UTF-8", "read as Windows-1252; save it as UTF-8")
    return data.decode("cp1252", "ignore")


def _without_barred(text: str, notes: Notes) -> str:
    first = _BARRED.search(text)
    if first is None:
        return text
    clean, count = _BARRED.subn("", text)
    one = "a character" if count == 1 else f"{count} characters"
    what = f"{one} that may not stand in a feed, the first U+{ord(first.group()):04X}"
    notes.repaired(line_at(text, first.start()), what, "left out")
    return clean
