"""What units measure, and how many of the smallest unit of their kind they are."""

# unit → (dimension, how many of the dimension's smallest unit)
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "night": 86400, "week": 604800}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
METRES = {
    "millimetre": 0.001,
    "centimetre": 0.01,
    "metre": 1,
    "kilometre": 1000,
    "inch": 0.0254,
    "foot": 0.3048,
    "mile": 1609.344,
}
GRAMS = {"milligram": 0.001, "gram": 1, "kilogram": 1000, "tonne": 1_000_000, "pound": 453.592}
BYTES = {"byte": 1, "kilobyte": 1e3, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12}
DIMENSIONS: dict[str, tuple[str, float]] = {
    unit: (dimension, factor)
    for dimension, units in (
        ("time", SECONDS),
        ("months", MONTHS),
        ("length", METRES),
        ("mass", GRAMS),
        ("data", BYTES),
        ("volume", {"millilitre": 0.001, "litre": 1}),
        ("power", {"watt": 1, "kilowatt": 1000}),
    )
    for unit, factor in units.items()
}
SECONDS_PER_MONTH = (28 * 86400, 31 * 86400)  # "30 days" is a month
KINDS = {"months": "time", "celsius": "temperature", "fahrenheit": "temperature"}
CURRENCIES = frozenset(["eur", "usd", "gbp", "chf", "jpy", "cny", "thb", "cent"])
