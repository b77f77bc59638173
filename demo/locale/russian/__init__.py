"""The page's words in Russian, but for the Learn tab, which has its own beside its English ones."""

from demo.locale.russian.labels import LABELS
from demo.locale.russian.sentences import SENTENCES
from demo.locale.russian.studio import STUDIO

RUSSIAN = LABELS | SENTENCES | STUDIO
