"""Numbers as lists count: ``iv``, ``C``, ``2nd``, ``③``, ``三``."""

ROMAN_VALUES = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
ROMAN_LETTERS = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
MOST_ROMAN = 3999
MOST_LETTERS = 1000
LATIN = "abcdefghijklmnopqrstuvwxyz"
RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
HEBREW_UNITS, HEBREW_TENS = "אבגדהוזחט", "יכלמנסעפצ"
CHINESE = "〇一二三四五六七八九"
CIRCLED_FIRST, MOST_CIRCLED = ord("①"), 20
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
CHINESE_FORMS = (
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand", "koreanCounting",
)  # fmt: skip
CYCLES = {  # one character each
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸", "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "aiueoFullWidth": "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
    "irohaFullWidth": "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン",
    "ganada": "가나다라마바사아자차카타파하", "thaiLetters": "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
}  # fmt: skip


def counted(number: int, form: str) -> str:
    """A number in a form by its name in Word, where it is known; else in digits."""
    if form in ("upperLetter", "lowerLetter"):
        return _cased(_repeated(number, LATIN), form)
    if form in ("russianUpper", "russianLower"):
        return _cased(_repeated(number, RUSSIAN), form)
    if form in ("upperRoman", "lowerRoman") and 0 < number <= MOST_ROMAN:
        return _cased(_roman(number), form)
    if form in CYCLES and 0 < number <= len(CYCLES[form]):
        return CYCLES[form][number - 1]
    if form in CHINESE_FORMS and 0 < number < 1000:
        return _chinese(number)
    if form == "hebrew1" and 0 < number < 100:
        return HEBREW_TENS[number // 10 - 1 :][:1] * (number > 9) + HEBREW_UNITS[number % 10 - 1 :][:1] * (
            number % 10 > 0
        )
    if form.startswith("decimalEnclosedCircle") and 0 < number <= MOST_CIRCLED:
        return chr(CIRCLED_FIRST + number - 1)
    return _in_digits(number, form)


def _in_digits(number: int, form: str) -> str:
    if form == "ordinal":
        ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    if form == "numberInDash":
        return f"- {number} -"
    if form.startswith("decimalFullWidth"):
        return str(number).translate(FULL_WIDTH)
    if form.startswith("decimalZero"):
        return f"{number:02d}"
    if form.startswith("custom:"):
        return str(number).zfill(len(form.partition(":")[2]))
    return str(number)


def _cased(text: str, form: str) -> str:
    return text.upper() if "pper" in form else text


def _repeated(number: int, letters: str) -> str:
    """``a`` to ``z``, then ``aa``, ``bb``."""
    if not 0 < number < MOST_LETTERS:
        return str(number)
    return letters[(number - 1) % len(letters)] * ((number - 1) // len(letters) + 1)


def _roman(number: int) -> str:
    roman = ""
    for value, letters in zip(ROMAN_VALUES, ROMAN_LETTERS, strict=True):
        roman += letters * (number // value)
        number %= value
    return roman


def _chinese(number: int) -> str:
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{CHINESE[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{CHINESE[tens]}十"
    elif hundreds and ones:
        text += "〇"
    return text + (CHINESE[ones] if ones else "")
