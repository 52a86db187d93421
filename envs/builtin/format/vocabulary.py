"""The words that instructions about form are made of."""

from __future__ import annotations

TOPICS = tuple(
    "acorn anchor ankle apron arrow attic badge bakery balloon banner barrel basket beach beard bench blanket bottle "
    "branch breeze brick brush bucket button cabin cactus camera candle canoe canyon carpet carrot castle cellar "
    "chain cherry chimney circus cliff clock clover coffee comet cotton cousin cradle crayon creek curtain dagger "
    "daisy desert dinner dragon drawer drum eagle elbow engine falcon feather fence ferry fiddle finger flame flute "
    "forest fountain galaxy garlic ghost giraffe glove goat grape guitar hammer harbor harvest helmet hotel hunter "
    "insect jacket jelly jungle kettle kitten ladder lantern lemon letter lily lizard magnet maple marble market "
    "meadow melon mirror monkey museum needle nest ocean olive onion orchid oven owl paddle palace parrot pebble "
    "pencil pepper piano pigeon pillow pirate planet pocket pond potato puddle pumpkin puppet rabbit radio raven "
    "ribbon rocket saddle sailor salmon school shadow shovel spider spoon squirrel statue summer teapot temple thunder "
    "tiger tomato tower tractor tunnel turtle valley velvet village violin wagon walnut whale whistle willow winter "
    "wizard zebra".split()
)
FILLERS = tuple(
    "old small warm long slow calm deep bright near under over past with from into many few some most just very "
    "quiet happy round soft loud tall young kind brave lucky plain fair rich wide open early ever often today maybe "
    "always never again still only also upon within beyond among along about big sad dry cold dark mild firm rough "
    "smooth clear sharp grand noble proud humble merry silly funny strong quick".split()
)
EXTRA_WORDS = ("friend", "journey", "morning", "picture", "question", "reason", "secret", "story", "travel", "yellow")
COMMON_WORDS = ("the", "and", "is", "of", "to", "in", "it", "was", "for", "on")
PALINDROMES = ("level", "radar", "civic", "kayak", "rotor", "refer")
OPENINGS = ("Once upon a time", "Dear friend", "As we know", "Not long ago", "To begin with")
CLOSINGS = ("that is all", "the end", "and so it goes", "nothing more to say", "until next time")
KEYS = ("title", "summary", "note", "story", "remark")
NUMBER_KEYS = ("count", "year", "score", "pages", "stars")
