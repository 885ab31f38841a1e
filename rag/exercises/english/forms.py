"""The forms of English sentences and predicates that answer a question; what each question is, is in the modules that use them."""

import re

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEAR = r"(?:1[0-9]\d\d|20\d\d)"
_DATE = (
    rf"(?:(?:{_MONTH} )?\d{{1,2}},? {_YEAR}|\d{{1,2}} {_MONTH}(?: {_YEAR})?|{_MONTH} \d{{1,2}}(?:, {_YEAR})?"
    rf"|(?:{_MONTH} )?{_YEAR}|{_MONTH})"
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[ ](?:million|billion|thousand))?"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred)"
)
_BOUND = (
    "(?:at least |at most |up to |about |around |approximately |over |more than |fewer than |less than |nearly |almost |roughly |only "
    "|a total of )?"
)
_NOUN = "[a-z][a-z-]+"
_COUNTED = rf"((?:{_NOUN} ){{0,2}}{_NOUN}s|people|men|women|children)(?=\s|\Z|,)"
_TIME = "(?:seconds|minutes|hours|days|weeks|months|years)"
_TAIL = r"(?: (.{3,60}))?\Z"

# Whole sentences.
LABEL = re.compile(
    r"\A(?:\[![A-Z]+\] |(?:Note|NOTE|Important|Tip|Warning|Reminder|Goal|Purpose|Definition)(?:: | that )|Please note that |Note that )"
)
ASIDE = re.compile(r" \([^()]{0,120}\)|\[\d{1,3}\]")
LEAD_DATE = re.compile(rf"\A(?:In|On|By|Since|As of|Until) ({_DATE}), (.+)\Z")
LEAD_IF = re.compile(r"\A((?:If|When|Once|Before|After|Unless|Until|Whenever) [^,]{8,110}), (?:then )?(.+)\Z")
LEAD_TO = re.compile(r"\A(?:In order to|To) ([a-z][^,]{6,90}), (.+)\Z")
LEAD_BY = re.compile(r"\A(By [a-z]+ing [^,]{4,90}), (.+)\Z")
LEAD_OFTEN = re.compile(
    r"\A((?:Once|Twice|Three times) (?:an?|every|per) [a-z]+"
    r"|(?:Every|Each) (?:\w+ )?(?:day|week|month|quarter|year|morning|Monday|Friday)), (.+)\Z"
)
LEAD = re.compile(
    r"\A((?:For|In|On|At|During|Under|With|Within|From|Through|Throughout|Among|Across|Outside|Inside|Like|Unlike|Despite|Per|Besides"
    r"|According to) (?!example|instance|fact|addition|other|short|general|particular|the other|the one|order|this|these|that|those"
    r"|contrast|case\b|turn\b|first\b|least\b|once\b)[^,]{3,60}), (.+)\Z"
)
TRAIL_IF = re.compile(r"\A(.+?),? (if|when|once|before|after|unless|until|whenever) (.{8,110})\Z")
GERUND = re.compile(r"\Aif ([a-z]+ing\b)")
USE = re.compile(
    r"\A(?:Please )?[Uu]se ((?:the |a |an |our |your )?[^,;:()]{2,45}?) (to|for|when|if) ([a-z].{8,100})\Z"
)
TO_DO = re.compile(r"\A((?:Please )?[A-Z][a-z]+ [^,;:]{6,90}?) (?:in order )?to ([a-z]+) (.{8,90})\Z")
THERE = re.compile(rf"\AThere (is|are|was|were) ({_BOUND}{_NUMBER}) ((?:{_NOUN} ){{0,2}}{_NOUN}s|people) (.{{4,80}})\Z")
PLACED = re.compile(
    r"\A(?:Please )?(Send|Post|File|Report|Submit|Ask|Store|Upload|Share|Announce|Publish|Put) "
    r"([^,;:]{4,80}?) ((?:in|to|at|via|on|through) (?:the |your |our )?(?:#[\w-]+|[A-Z][\w-]+(?: [\w-]+){0,3}))\Z"
)

# Predicates.
BECAUSE = re.compile(
    r"\A(.+?),? (because (?!of\b).{8,160}|because of .{8,120}|due to .{6,120}|in order to .{8,120}|so that .{8,120})\Z"
)
HOW = re.compile(
    r"\A(.{6,110}?),? ((?:by|through) [a-z]+ing .{6,140}|by means of .{6,120}|via (?:the |an? )?.{4,80})\Z"
)
USED_FOR = re.compile(r"\A(?:[a-z]+ly )?used ((?:to|for) .{6,160})\Z")
OFTEN = re.compile(
    r"\A(.{3,110}?),? ((?:once |twice |three times )?(?:every|per|an?|each) (?:\d+ |two |three |six |other |single )?"
    r"(?:hours?|days?|weeks?|months?|quarters?|years?|morning|Mondays?|Fridays?|business day)"
    r"|daily|weekly|bi-weekly|biweekly|monthly|quarterly|annually|hourly|on a (?:daily|weekly|monthly|quarterly|yearly|regular) basis)"
    r"(?: ((?:by|in|on|at|to|for|from|with|during|before|after|until|and) .{3,60}))?\Z"
)
WHENEVER = re.compile(
    r"\A(.{6,110}?),? ((?:as soon as|after|before|once|until|when|whenever|prior to|upon|no later than|at the end of"
    r"|at the beginning of) .{6,110})\Z"
)
CONDITION = re.compile(r"\A(.{6,110}?),? ((?:only )?(?:if|provided that|as long as) .{8,120})\Z")
WITHIN = re.compile(
    rf"\A(.+?) (within|for|after) ({_BOUND}{_NUMBER}) ((?:business |working |calendar )?{_TIME}){_TAIL}"
)
WHEN = re.compile(rf"\A(.+?) (?:in|on|by|since|until) ({_DATE}){_TAIL}")
COUNTED_SUBJECT = re.compile(rf"\A({_BOUND}{_NUMBER})[ -]{_COUNTED}")
COUNTED = re.compile(rf"(?<![\w$€£.,-])({_BOUND}{_NUMBER}) {_COUNTED}")
LAST_ALONE = re.compile(r",\s*+\w+\Z")  # "…, named": it goes on with what was cut off
RATE = re.compile(r"(?:an?|per) [a-z]+\Z")  # "7 days a week" does not tell how often
OF_COUNTED = re.compile(
    r"of (?:[a-z-]+ ){0,2}?[a-z-]+(?= (?:per|an?|in|for|to|at|on|each|every|and|from|with|by|during|when|if)\b|\Z)"
)
BY = re.compile(
    r"\A(?:(?:[a-z]+ly |be |been |being )?)([a-z]+)(.{0,60}?) by ((?:the |a |an )?[^,;]{3,60}?)"
    r"(?: ((?:in|on|at|for|after|during) .{3,60}))?\Z"
)
PLACE = re.compile(
    r"\A(?:been )?(?:[a-z]+ly )?(located|based|situated|stored|held|kept|found|born|headquartered|hosted|built|buried|published|tracked"
    r"|documented|recorded) ((?:in|at|on|within|near) .{3,70})\Z"
)
CALLED = re.compile(r"\A((?:[a-z]+ ){0,2}(?:called|known as|named|referred to as)) (.{2,50})\Z")
RESPONSIBLE = re.compile(r"\A(?:[a-z]+ly )?(responsible|accountable) for (.{6,140})\Z")
DEFINITION = re.compile(
    r"\A(?:an?|one of the|the (?:[a-z]+ ){0,2}(?:process|practice|act|art|way|method|set|science|study|ability|part|name|place|person"
    r"|team|tool|group|point|time|amount|number|degree)) "
)
SUPERLATIVE = re.compile(
    r"\A(the (?:(?:\w+ )?(?:[a-z]{2,}est|first|last|only|main|primary|sole)|most \w+|second[- ]\w+est) .{6,90})\Z"
)
OF_WHAT = re.compile(r"\A(?:The|Our|Your) (?!same|other|following|above|next|former|latter|rest)(.{4,70})\Z")
VALUE = re.compile(
    rf"\A(?:{_BOUND}[$€£]?{_NUMBER}\b.{{0,40}}|to [a-z]+ .{{6,140}}|[\"“'‘`]?[A-Z#][\w#.-]*(?: [\w.-]+){{0,5}}"
    r"|(?:an?|the) .{4,110})\Z"
)
SIZED = re.compile(
    rf"\A({_BOUND}(?:{_NUMBER}|\d+(?:\.\d+)?)[ -]?[\w%°/]{{1,14}}(?: and {_NUMBER} \w+)?) "
    r"(in size|long|wide|high|tall|deep|old|apart|thick|in length|in diameter|in width|in height|away|above sea level)\b"
)
HOW_SIZED = {
    "in size": "How large",
    "long": "How long",
    "wide": "How wide",
    "high": "How high",
    "tall": "How tall",
    "deep": "How deep",
    "old": "How old",
    "apart": "How far apart",
    "thick": "How thick",
    "in length": "How long",
    "in diameter": "How large in diameter",
    "in width": "How wide",
    "in height": "How high",
    "away": "How far away",
    "above sea level": "How high above sea level",
}
NOT_DONE = re.compile(
    r"\A(?:be|want|need|have|like|also|still|now|expect|see|notice|get|find|feel|think|hear|know|miss|fail|run into|encounter|experience"
    r"|owe|qualify|lose|receive)\b"
)
TAIL = re.compile(r" (?:for|to|as|from|with|during|when|in order to|so that|by|on|in|at|through|via|into) ")

# Who a subject is.
ROLE = re.compile(
    r"\b(?:team|teams|manager|managers|engineers?|lead|leads|leaders?|leadership|director|directors|board|committee|officer|president"
    r"|minister|council|court|department|staff|people|owners?|authors?|customers?|users?|admins?|administrators?|employees?|teammates?"
    r"|members?|editor|chair|king|queen|company|agency|commission|secretary|governor|congress|senate|government|army|police|researchers"
    r"|scientists|students|teacher|teachers|developers?|representatives?|specialists?|coordinator|candidates?|participants?|supplier"
    r"|vendor|contractors?|patients?|doctors?|physician|executives?|desk|office|division|spouse|bank|university|ministry|authority|organi[sz]ation|corporation|union|ceo|cto|cfo|em|pm|ae|hr)\Z",
    re.IGNORECASE,
)
