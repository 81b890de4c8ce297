"""What is wrong with a document, in Chinese: every message that the readers give, by its English wording. Pure.

A message stands once where the problem is found, in English; here it is translated with whatever it quotes. A test
holds that no message given anywhere in the tests of this package is missing.
"""

from __future__ import annotations

import re

_VALUES = {"nothing": "空值", "a mapping": "键值对", "a list": "列表"}
_SUBJECTS = {"party": "当事人", "need": "现场事项", "witness": "证人"}

_WORDS: tuple[tuple[str, str], ...] = (
    # of any document
    (r"must be a mapping of keys to values, not (.+)", "应为键值对，不能是{0}"),
    (r"the key `(.+)` is missing", "缺少“{0}”"),
    (r"must not be blank", "不能为空白"),
    (r"(.+) is not allowed here", "此处不能填{0}"),
    (r"(.+) is given twice", "{0}重复"),
    (r"the key `(.+)` is given twice(?: \(first in line (\d+)\))?", "键“{0}”重复"),
    (r"(.+) is not a boolean", "{0}不是布尔值"),
    (r"(.+) is not a date", "{0}不是日期"),
    (r"must be a list, not (.+)", "应为列表，不能是{0}"),
    (r"has (\d+) entries, at most (\d+) are allowed", "有{0}项，最多{1}项"),
    (r"unknown key `(.*)`", "没有“{0}”这个键"),
    (r"must be text, not (.+) \(put it in quotes\)", "应为文字，不能是{0}（请加引号）"),
    (r"is (\d+) characters long, at most (\d+) are allowed", "长{0}个字符，最多{1}个"),
    (r"holds half of a surrogate pair, which is not a character", "含有不成对的代理码位，不是字符"),
    # of the facts
    (r"`stage: (.+)` does not go with `proceeding: (.+)`", "环节“{0}”与程序“{1}”不符"),
    (r"at least one party is needed", "至少要有一方当事人"),
    (r"must be 1 to 64 printable characters without spaces", "应为1至64个可见字符，不含空格"),
    (r"(.+) is also the id of (.+)", "{0}已是{1}的编号"),
    (
        r"rulings\[(\d+)\] on `(.+)` has the same time: .+",
        "与rulings[{0}]就“{1}”的裁定时间相同，无法分辨先后",
    ),
    (r"(.+) is not a ground", "{0}不是可以裁定的事由"),
    (r"(.+) is no (party|need|witness) of this document", "本文件中没有{0}这一{1}"),
    (r"(.+) is not a time with an offset", "{0}不是带时区的时间"),
    # of files
    (r"cannot be read: (.+)", "无法读取：{0}"),
    (r"is longer than (\d+) characters", "超过{0}个字符"),
    (r"is not UTF-8 text", "不是UTF-8文本"),
    (r"is empty", "是空的"),
    (r"not YAML of one document: .+", "此处开始了第二个YAML文档，只能有一个"),
    (r"not YAML: (.+)", "不是YAML：{0}"),
    (r"not JSON: (.+)", "不是JSON：{0}"),
    (r"is nested too deeply", "嵌套过深"),
    (r"is nested too deeply or holds too long a number", "嵌套过深，或者含有过长的数字"),
    (r"aliases \(.+\) are not allowed: write the value out", "不能使用别名（`*名称`），请写出内容"),
    (r"tags \((.+)\) are not allowed", "不能使用标签（{0}）"),
    (r"a key must be a word", "键应为一个词"),
    # of rule sets
    (r"no such rule set", "没有这套规则"),
    (r"a file of rules must end in \.yaml", "规则文件名应以.yaml结尾"),
    (r"has no rules: .+", "没有规则：除ruleset.yaml外至少还要有一个*.yaml文件"),
    (
        r"must be lower-case words joined by hyphens, and the name of its folder",
        "应为连字符连接的小写单词，并与文件夹同名",
    ),
    (r"(.+) is before the first day, (.+)", "{0}早于起始日{1}"),
    (r"the translation `(.+)` is missing", "缺少“{0}”译文"),
    (r"`(.+)` belongs to each of the versions", "“{0}”应写在各个版本中"),
    (r"must be a list of mappings, not (.+)", "应为键值对的列表，不能是{0}"),
    (r"the dates of rule `(.+)` overlap with those in (.+)", "规则“{0}”的日期与{1}处重叠"),
    (r"must be lower-case words joined by dots, such as (.+)", "应为点号连接的小写单词，例如{0}"),
    (r"`awaits` is missing: which ruling\?", "缺少“awaits”：等待哪一项裁定？"),
    (r"belongs only to `outcome: (.+)`", "只能与“outcome: {0}”同用"),
    (r"a final block must not depend on a ruling .+", "终局的结论不能取决于裁定（`ground`、`consenting`）"),
    (r"`hybrid` must say who attends", "“hybrid”须指明谁到庭"),
    (
        r"`hybrid` says who attends, so .+",
        "“hybrid”决定谁到庭，不能反过来取决于谁到庭（`every_side_in_person`）",
    ),
    (r"is before the rule set itself, (.+)", "早于本套规则的起始日{0}"),
    (r"(\{.*) cannot be filled in", "{0}无法填入"),
    (r"ruleset\.yaml has no `(.+)` to fill in", "ruleset.yaml中没有可以填入的“{0}”"),
    (r"says nothing: at least one predicate is needed", "没有内容：至少要有一个条件"),
    (r"must name at least one value", "至少要写一个值"),
    (r"must be a list with at least one mapping", "应为列表，至少含一组键值对"),
    (r"not in force on (\S+)", "在{0}没有施行"),
    (r"has no rule `(.+)` on (.+)", "在{1}没有规则“{0}”"),
    (r"this version of a rule set is not here", "没有这一版本的规则"),
    (
        r"its rules have been changed since: SHA-256 (.+) now, (.*) then",
        "规则其后有过改动：SHA-256现为{0}，当时为{1}",
    ),
)
_PATTERNS = tuple((re.compile(english, re.DOTALL), chinese) for english, chinese in _WORDS)


def in_chinese(message: str) -> str | None:
    """The message in Chinese, or None where it is not one of ours."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(message)
        if found is not None:
            return chinese.format(*(_quoted(part or "") for part in found.groups()))
    return None


def _quoted(part: str) -> str:
    """What a message quotes: kinds of values in words, everything else as its author wrote it."""
    return _VALUES.get(part) or _SUBJECTS.get(part) or part
