"""Units of measurement by their names and signs, and what one is in the base unit of its kind."""

from decimal import Decimal

_METRES = (("km", "1000"), ("m", "1"), ("cm", "0.01"), ("mm", "0.001"), ("µm", "0.000001"), ("nm", "0.000000001"))
_ROWS: tuple[tuple[str, str, str], ...] = (
    *((sign, "length", factor) for sign, factor in _METRES),
    (
        "kilometer kilometers kilometre kilometres kilometern kilomètre kilomètres kilómetro kilómetros",
        "length",
        "1000",
    ),
    ("meter meters metre metres metern mètre mètres metro metros", "length", "1"),
    ("centimeter centimeters centimetre centimetres zentimeter", "length", "0.01"),
    ("millimeter millimeters millimetre millimetres", "length", "0.001"),
    ("micrometer micrometers micrometre micrometres micron microns μm um", "length", "0.000001"),
    ("nanometer nanometers nanometre nanometres", "length", "0.000000001"),
    ("mile miles", "miles", "1"),
    ("foot feet ft", "feet", "1"),
    ("inch inches", "inches", "1"),
    ("kg kilogram kilograms kilogramm kilogramme kilogrammes kilo kilos", "mass", "1000"),
    ("g gram grams gramm gramme grammes gramo gramos", "mass", "1"),
    ("mg milligram milligrams milligramm", "mass", "0.001"),
    ("µg μg microgram micrograms", "mass", "0.000001"),
    ("ton tons tonne tonnes tonnen", "mass", "1000000"),
    ("pound pounds lb lbs", "pounds", "1"),
    ("l liter liters litre litres litro litros", "volume", "1"),
    ("ml milliliter milliliters millilitre millilitres", "volume", "0.001"),
    ("dl deciliter deciliters", "volume", "0.1"),
    ("gallon gallons", "gallons", "1"),
    ("ms millisecond milliseconds", "time", "0.001"),
    ("s sec second seconds sekunde sekunden seconde secondes segundo segundos", "time", "1"),
    ("min minute minutes minuten minuto minutos", "time", "60"),
    ("h hour hours stunde stunden heure heures hora horas", "time", "3600"),
    ("day days tag tage tagen jour jours día días", "time", "86400"),
    ("week weeks woche wochen semaine semaines semana semanas", "time", "604800"),
    ("month months monat monate monaten mois mes meses", "months", "1"),
    ("year years jahr jahre jahren an ans année années año años", "months", "12"),
    ("decade decades jahrzehnt jahrzehnte", "months", "120"),
    ("century centuries jahrhundert jahrhunderte siècle siècles siglo siglos", "months", "1200"),
    ("% percent prozent", "percent", "1"),
    ("°c celsius", "celsius", "1"),
    ("°f fahrenheit", "fahrenheit", "1"),
    ("k kelvin", "kelvin", "1"),
    ("° degree degrees grad", "degrees", "1"),
    ("v volt volts", "voltage", "1"),
    ("mv millivolt millivolts", "voltage", "0.001"),
    ("w watt watts", "power", "1"),
    ("kw kilowatt kilowatts", "power", "1000"),
    ("j joule joules", "energy", "1"),
    ("kj kilojoule kilojoules", "energy", "1000"),
    ("cal calorie calories", "calories", "1"),
    ("kcal kilocalorie kilocalories", "calories", "1000"),
    ("hz hertz", "frequency", "1"),
    ("mmhg", "mmhg", "1"),
    ("$ usd dollar dollars", "dollars", "1"),
    ("€ eur euro euros", "euros", "1"),
    ("£ gbp", "pounds sterling", "1"),
)
UNITS: dict[str, tuple[str, Decimal]] = {
    name: (kind, Decimal(factor)) for names, kind, factor in _ROWS for name in names.split()
}
"""By sign or name in lower case: the kind, and the factor to its base unit."""
