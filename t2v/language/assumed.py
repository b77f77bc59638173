"""What a text leaves open, of shapes as of stories: how many, the rest of a motion, and which one may be offered."""

from t2v.language.find import Phrase
from t2v.language.interpretation import Reading
from t2v.language.motion import MOVING, Motion
from t2v.language.plurals import several

OF_MOTION = ("motion", "direction", "axis", "sense", "diagonal", "order")
NEAREST_MOTIONS = (
    "moving right",
    "moving up",
    "moving left",
    "moving down",
    "rotating clockwise",
)  # where none is said


def assumed_counts(phrases: list[Phrase], number: str) -> list[Reading]:
    """That there are so many of what was said in the plural alone."""
    return [Reading(item.start, item.end, item.typed, "count", number, "assumed", 0.0) for item in several(phrases)]


def assumed_motion(phrases: list[Phrase], motion: Motion | None) -> list[Reading]:
    """What of a motion nobody said, at the last word that says the rest; [] where all was said."""
    given = [item for item in phrases if item.slots & set(OF_MOTION) and item.value("order") is None]
    if motion is None or not motion.assumed or not given:
        return []
    return [Reading(given[-1].start, given[-1].end, given[-1].typed, "motion", motion.assumed, "assumed", 0.0)]


def stillness(phrases: list[Phrase]) -> tuple[Phrase | None, list[Phrase]]:
    """What asks for something that no clip shows (`stop the circle`), and what may be left aside: `moves up, then
    stops` shows the movement before it."""
    going, left = False, list[Phrase]()
    for item in phrases:
        going = going or bool(item.slots & {"motion", "direction", "relation", "undergone"})
        if item.value("still") and not going:
            return item, left
        left += [item] if item.value("still") else []
    return None, left


def nearest_motion(phrases: list[Phrase]) -> str:
    """What may be offered where no motion was said: nothing that was denied."""
    denied = {value for item in phrases for _, value in item.denied}
    denied -= {MOVING} if len(denied) > 1 else set()  # `not moving up` leaves the other ways
    return next(motion for motion in NEAREST_MOTIONS if not denied & set(motion.split()))
