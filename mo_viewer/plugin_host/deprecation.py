"""What the API still takes and will not take for ever: said in the plugin list for one minor version at least."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")
Owner = TypeVar("Owner")


@dataclass(frozen=True)
class Deprecation:
    """One thing that should not be used any more.

    `since` is the API version that says so first; `gone` the first that does not take it.
    """

    what: str
    instead: str
    since: str
    gone: str

    @property
    def sentence(self) -> str:
        """As the plugin list says it."""
        return f"{self.what} is deprecated since plugin API {self.since} and gone in {self.gone}: {self.instead}."


SILENT_PERMISSIONS = Deprecation(
    "A plugin.toml without permissions (it is given all)",
    'write permissions = [...] with what it needs of "reads-images", "writes-findings", "writes-files"',
    since="1.0",
    gone="2.0",
)


def deprecated(
    deprecation: Deprecation, say: Callable[[Any, str], None]
) -> Callable[[Callable[Concatenate[Owner, Parameters], Returned]], Callable[Concatenate[Owner, Parameters], Returned]]:
    """Mark a method of the host's side of the API; `say` is called with its owner and the sentence at every use."""

    def marked(
        method: Callable[Concatenate[Owner, Parameters], Returned],
    ) -> Callable[Concatenate[Owner, Parameters], Returned]:
        @wraps(method)
        def used(owner: Owner, /, *arguments: Parameters.args, **named: Parameters.kwargs) -> Returned:
            say(owner, deprecation.sentence)
            return method(owner, *arguments, **named)

        return used

    return marked
