"""What stands around the pictures: marks, key images, cine, lens, tags, preferences; made once for a window."""

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from mo_viewer.base.faults import Fault
from mo_viewer.ui import theme
from mo_viewer.ui.actions import Action
from mo_viewer.ui.archives import Archives
from mo_viewer.ui.cine import Cine
from mo_viewer.ui.comparing.aligning import Aligning
from mo_viewer.ui.comparing.dates import Dates
from mo_viewer.ui.comparing.room import Comparing
from mo_viewer.ui.findings_in import FindingsIn
from mo_viewer.ui.follow_acts import FollowActs
from mo_viewer.ui.going import Going
from mo_viewer.ui.join_acts import JoinActs
from mo_viewer.ui.key_images import KeyImages
from mo_viewer.ui.marks.actions import mark_actions
from mo_viewer.ui.marks.room import MarkRoom
from mo_viewer.ui.mouse import Mouse
from mo_viewer.ui.notes import Notes
from mo_viewer.ui.own_keys import OwnKeys
from mo_viewer.ui.passwords import Passwords
from mo_viewer.ui.presets import Preset, kept_presets
from mo_viewer.ui.purge_acts import PurgeActs
from mo_viewer.ui.refusals import Refusals
from mo_viewer.ui.same_patient import SamePatient
from mo_viewer.ui.second_series import SecondSeries
from mo_viewer.ui.shell_actions import preset_actions
from mo_viewer.ui.signing import SignActs
from mo_viewer.ui.view_actions import view_actions

if TYPE_CHECKING:
    from mo_viewer.ui.audit_view import AuditView
    from mo_viewer.ui.glossary import Glossary
    from mo_viewer.ui.preferences.dialog import Preferences
    from mo_viewer.ui.shortcut_sheet import ShortcutSheet
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.solid.window import SolidWindow
    from mo_viewer.ui.tag_browser import TagBrowser
    from mo_viewer.ui.window import Window


class Extras:
    """Makes these parts, gives them the table of actions and every view."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self.settings, self.keep = window.settings, window.keep
        self.marks = MarkRoom(window)
        self.key_images = KeyImages(window)
        self.cine = Cine(window, self.settings, self.keep)
        self.mouse = Mouse(window, self.settings, self.keep)
        self.notes = Notes(window.jobs, window)
        self.second = SecondSeries(window)
        self.passwords = Passwords(window)
        self.findings_in, self.signing, self.following = FindingsIn(window), SignActs(window), FollowActs(window)
        self.comparing = Comparing(window)
        self.dates = Dates(window, self.comparing)
        self.aligning = Aligning(window, self.comparing)
        self.archives, self.purging, self.same = Archives(window), PurgeActs(window), SamePatient(window)
        table = window.actions_table
        table.add(self._all_actions())
        self.refusals = Refusals(window)
        self.keys = OwnKeys(table, self.settings, self.keep)
        window.workspace.changed.connect(self.marks.image_changed)
        window.sides.changed.connect(table.refresh)
        window.workspace.linking.offsets.use(self.settings, self.keep)
        for view in window.workspace.views:
            self.join(view)
        if self.settings.trouble:
            window.show_fault(Fault(self.settings.trouble), lasting=True)

    def join(self, view: "SliceView") -> None:
        """Serve one more view."""
        self.marks.join(view)
        self.refusals.join(view)
        self.mouse.dress(view)
        self.notes.join(view)
        self.second.join(view)
        self.comparing.join(view)
        self.aligning.join(view)
        view.on_top.append(self.key_images.draw)

    def names_changed(self) -> None:
        """Names were hidden, or are shown again."""
        if "tags" in self.__dict__:
            self.tags.hide_names()

    def use_theme(self, name: str) -> None:
        """Change the colours of the window."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.wear(app, theme.THEMES.get(name, theme.DARK))
        self.keep("theme", None if name == "dark" else name)

    def toggle_theme(self) -> None:
        """Dark, light, dark."""
        self.use_theme("light" if theme.colours() is theme.DARK else "dark")

    def use_presets(self, presets: tuple[Preset, ...]) -> None:
        """Use other window presets from now on, and keep them."""
        window, table = self._window, self._window.actions_table
        for action in [one for one in table.all if one.group == "Presets"]:
            table.remove(action.name)
        window.presets = presets
        window.workspace.use_presets(presets)
        table.add(preset_actions(window, presets))
        window.show_tool_row()
        self.keep("presets", kept_presets(presets))

    @cached_property
    def tags(self) -> "TagBrowser":
        """The browser of tags, made when it is first wanted."""
        from mo_viewer.ui.tag_browser import TagBrowser

        return TagBrowser(self._window)

    @cached_property
    def solid(self) -> "SolidWindow":
        """The window of surfaces, made when it is first wanted."""
        from mo_viewer.ui.solid.window import SolidWindow

        return SolidWindow(self._window)

    @cached_property
    def sheet(self) -> "ShortcutSheet":
        """The sheet of keys, made when it is first wanted."""
        from mo_viewer.ui.shortcut_sheet import ShortcutSheet

        return ShortcutSheet(self._window)

    @cached_property
    def glossary(self) -> "Glossary":
        """The sheet of words, made when it is first wanted."""
        from mo_viewer.ui.glossary import Glossary

        return Glossary(self._window)

    @cached_property
    def preferences(self) -> "Preferences":
        """The preferences, made when they are first wanted."""
        from mo_viewer.ui.preferences.dialog import Preferences

        return Preferences(self._window)

    def _all_actions(self) -> list[Action]:
        window = self._window
        return [
            *mark_actions(self.marks),
            *self.key_images.actions(),
            *self.cine.actions(),
            *self.following.actions(),
            *self.comparing.actions(),
            *self.aligning.actions(),
            *self.second.actions(),
            *self.findings_in.actions(),
            *self.signing.actions(),
            *self.archives.actions(),
            *self.same.actions(),
            *self.purging.actions(),
            *view_actions(window),
            *JoinActs(window).actions(),
            *Going(window).actions(),
            *self._actions(),
        ]

    def _actions(self) -> list[Action]:
        return [
            Action("tags", "DICOM tags …", self._open_tags, "Window", ("Ctrl+I",),
                   "Everything that the file of this image says; search and copy", enabled=self._window.acts.shows),
            Action("solid", "Surfaces in space …", self._open_solid, "Layout", ("Ctrl+6",),
                   "Lesions and the bone near them, to be turned; works without a graphics card",
                   enabled=self._window.panes.volume),
            Action("sheet", "Keys and mouse …", self._open_sheet, "Window", ("?", "F1"),
                   "All keys and what the mouse does; type to search"),
            Action("glossary", "Words used here …", self._open_glossary, "Window", ("Shift+F1",),
                   "What measurements, rules and other words of panels and reports mean; type to search"),
            Action("audit", "Audit record …", self._open_audit, "Window",
                   tip="What was done, when and by whom, and whether the record is as it was written"),
            Action("preferences", "Preferences …", partial(self._open_page, 0), "Window", ("Ctrl+,",),
                   "Keys, mouse, window presets, looks, plugins, reader, archives"),
            Action("plugins", "Plugins …", partial(self._open_page, 4), "Window",
                   tip="What was found, what runs, what it took, what failed; switch and settings"),
            Action("presets.edit", "Edit window presets …", partial(self._open_page, 2), "Window",
                   tip="Change names, widths, levels and number keys"),
            Action("theme", "Light theme", self.toggle_theme, "Window", tip="Light or dark; pictures stay on black",
                   checked=lambda: theme.colours() is not theme.DARK),
        ]  # fmt: skip

    def _open_tags(self) -> None:
        self.tags.open_browser()

    @cached_property
    def audit_view(self) -> "AuditView":
        """The audit record, made when it is first wanted."""
        from mo_viewer.ui.audit_view import AuditView

        return AuditView(self._window)

    def _open_audit(self) -> None:
        self.audit_view.open_view()

    def _open_sheet(self) -> None:
        self.sheet.open_sheet()

    def _open_glossary(self) -> None:
        self.glossary.open_sheet()

    def _open_solid(self) -> None:
        self.solid.open_surfaces()

    def _open_page(self, page: int) -> None:
        self.preferences.open_page(page)
