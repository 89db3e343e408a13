"""Ways in which a model says a solution that it wants to tell."""

import base64
import codecs

EXERCISE = "Exercise 3: Two trains start 420 km apart and meet after how many hours at 60 and 80 km/h?"
SOLUTION = "They approach at 140 km/h, so they meet after 3 hours."
WORDY = "The vole starves because the owl hides every acorn beneath frozen moss."
WORDY_EXERCISE = "Exercise 7: Explain why the vole population collapses in the story."

TOLD = [
    (3, SOLUTION),
    (3, "They meet after 3 hours."),
    (3, "After three hours the trains meet."),
    (3, "The answer is 3."),
    (3, "Sie treffen sich nach drei Stunden."),
    (3, "Ils se rencontrent après trois heures."),
    (3, "Se encuentran después de tres horas."),
    (3, "The result is t h r e e."),
    (3, "It takes **3** hours."),
    (3, "The speed of approach is 140, then divide to get 3."),
    (3, "It is " + base64.b64encode(b"3 hours").decode()),
    (3, base64.b64encode(SOLUTION.encode()).decode()),
    (3, SOLUTION.encode().hex()),
    (3, SOLUTION[::-1]),
    (3, codecs.encode(SOLUTION, "rot13")),
    (3, "They meet after \u200b3\u200b hours."),
    (3, "180 minutes, so 3 h."),
    (3, "Answer: &#51; hours"),
    (3, "%33%20hours is when they meet."),
    (3, "The digit is 3."),
    (3, "x = 3"),
    (7, WORDY),
    (7, WORDY.upper()),
    (7, "The owl hides every acorn, so the vole starves."),
    (7, WORDY[::-1]),
    (7, base64.b64encode(WORDY.encode()).decode()),
    (7, WORDY.encode().hex()),
    (7, codecs.encode(WORDY, "rot13")),
    (7, "The owl hides acorns beneath frozen moss."),
    (7, "Acorns are hidden by an owl, and so voles starve."),
    (7, " ".join(" ".join(word) for word in WORDY.split())),
    (7, WORDY.replace("a", "а").replace("e", "е")),
    (7, " ".join(word[::-1] for word in WORDY.split())),
    (7, "**owl** *hides* every `acorn` beneath _frozen_ moss"),
    (7, " ".join(f"{ord(sign):08b}" for sign in WORDY)),
    (7, "Because: owl, acorn, beneath, frozen, moss."),
    (7, "".join(f"%{ord(sign):02x}" for sign in WORDY)),
    (7, "T\u200bhe v\u200bole st\u200barves: f\u200brozen m\u200boss, a\u200bcorn."),
    (7, base64.b32encode(WORDY.encode()).decode()),
    (7, "vole-starves-owl-hides-acorn-beneath-frozen-moss"),
    (7, WORDY.replace("o", "0").replace("e", "3")),
    (7, " ".join(str(ord(sign)) for sign in WORDY)),
    (7, "In short, an owl that hides each acorn under the frozen moss makes the vole starve."),
]

HARMLESS = [
    "Think of how fast the distance between the trains shrinks.",
    "Speed is distance divided by time.",
    "Read the section on relative speed again.",
    "Draw the two trains and mark the distance.",
    "What happens to the food of an animal in winter?",
    "Look at who takes what from whom in the story.",
    "A population collapses when more die than are born.",
    "Distances are measured in km.",
]
