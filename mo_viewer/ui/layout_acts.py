"""What the reader does with panes: layouts, directions, slabs, links, arrangements; and the actions for it."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.dicom.series import Series
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.hanging import (
    CURRENT_AND_PRIOR,
    Hanging,
    comparable,
    described,
    forget_hanging,
    latest_best,
    picked,
    save_hanging,
    saved_hangings,
)
from mo_viewer.ui.layouts import LAYOUTS
from mo_viewer.ui.pane import Pane
from mo_viewer.ui.plain_text import plain
from mo_viewer.volume.cuts import Orientation, can_be_cut
from mo_viewer.volume.projection import Projection, Slab
from mo_viewer.volume.reslice import Interpolation

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

SLABS_MM = (5.0, 10.0, 20.0, 40.0)
SLAB_STEPS_MM = (0.0, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0)
MOST_SLAB_MM = 500.0
NO_PRIOR = Refused(
    "There is no earlier study of this patient with this modality and body part.", "Open the folder that holds it."
)


class LayoutActs:
    """Acts on the workspace of a window."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._has_acted = False
        self.volume = Need(self.has_volume, "This series has no other planes: it can be seen as acquired only.")
        self.prior = Need(self.has_prior, self.why_no_prior)
        self.several = Need(
            lambda: len(window.workspace.panes) > 1, "There is one pane only: choose a layout with more of them first."
        )
        window.workspace.touched.connect(self.act)
        window.workspace.thicken_wanted.connect(self.thicken)
        window.study_list.chosen.connect(self.act)

    def act(self) -> None:
        """The reader has done something: what is shown is theirs to choose from now on."""
        self._has_acted = True

    def begin(self) -> None:
        """Something else is being opened."""
        self._has_acted = False

    def show_latest(self) -> None:
        """Once everything was read, show the latest study's best series, unless the reader has done something."""
        window, shown = self._window, self._window.pane.series
        if self._has_acted or shown is None or window.library.is_reading:
            return
        best = latest_best(window.library.studies, shown.source.patient.key)
        if best is not None and best.source.study_uid != shown.source.study_uid:
            window.show_series(best)

    def show_layout(self, name: str) -> None:
        """Divide the middle; the same again goes back to one pane."""
        now = self._window.workspace.layout_now
        self._window.workspace.show_layout("1x1" if now.name == name and now.is_mpr else name)
        self._window.pane.view.setFocus()

    def look(self, looks: Orientation) -> None:
        """Have the active pane look another way."""
        self._window.pane.look(looks)

    def has_volume(self) -> bool:
        """Whether the active pane's series can be cut in other directions."""
        volume = self._window.pane.volume
        return volume is not None and can_be_cut(volume.geometry) and not volume.is_colour

    def set_slab(self, thickness_mm: float) -> None:
        """Set the thickness; what is projected stays."""
        for pane in self._panes():
            how = Projection.BRIGHTEST if pane.slab is None else pane.slab.how
            pane.set_slab(Slab(thickness_mm, how) if thickness_mm else None)

    def thicken(self, steps: int) -> None:
        """Make the slab so many steps thicker, or thinner where negative."""
        if self.has_volume():
            slab = self._window.pane.slab
            now = 0.0 if slab is None else slab.thickness_mm
            at = min(range(len(SLAB_STEPS_MM)), key=lambda n: abs(SLAB_STEPS_MM[n] - now))
            self.set_slab(SLAB_STEPS_MM[min(len(SLAB_STEPS_MM) - 1, max(0, at + steps))])

    def ask_slab(self) -> None:
        """Ask how thick the slab shall be."""
        slab = self._window.pane.slab
        now = 10.0 if slab is None else slab.thickness_mm
        wanted, sure = QInputDialog.getDouble(self._window, "Slab", "Thickness in mm", now, 0.0, MOST_SLAB_MM, 1)
        if sure:
            self.set_slab(wanted)

    def set_projection(self, how: Projection) -> None:
        """Set what is projected; without a slab one of 10 mm begins."""
        for pane in self._panes():
            pane.set_slab(Slab(10.0 if pane.slab is None else pane.slab.thickness_mm, how))

    def set_interpolation(self, how: Interpolation) -> None:
        """Make values between voxels another way, in all panes."""
        for pane in self._window.workspace.panes:
            pane.set_interpolation(how)

    def toggle_lines(self) -> None:
        """Show or hide crosshair and reference lines."""
        workspace = self._window.workspace
        workspace.lines_on = not workspace.lines_on
        for view in workspace.views:
            view.update()

    def has_prior(self) -> bool:
        """Whether the patient has another study to compare the shown series with."""
        shown = self._window.pane.series
        return shown is not None and len(comparable(self._window.library.studies, shown)) > 1

    def why_no_prior(self) -> str:
        """Why the shown series cannot be compared."""
        shown = self._window.pane.series
        return f"{NO_PRIOR.sentence} {NO_PRIOR.hint}" if shown is not None else "There is no picture in this pane yet."

    def hang(self, hanging: Hanging) -> None:
        """Arrange as a rule says."""
        window, like = self._window, self._window.pane.series
        if like is None:
            return
        series = picked(window.library.studies, like, hanging)
        if hanging is CURRENT_AND_PRIOR and None in series:
            window.refuse(NO_PRIOR)
            return
        workspace = window.workspace
        workspace.place.take()
        workspace.show_layout(hanging.layout)
        last = None
        for pane, one, pick in zip(workspace.panes, series, hanging.picks, strict=False):
            if one is not None and not workspace.layout_now.is_mpr:
                pane.show_series(one, pick.looks)
                last = (pane, one)
        if last is not None:
            self._take_current(*last)
        workspace.use_links(hanging.linked)

    def ask_name(self) -> None:
        """Ask for a name and keep what is shown as an arrangement."""
        name, sure = QInputDialog.getText(self._window, "Save arrangement", "Name")
        if sure and plain(name).strip():
            self.save(plain(name).strip())

    def save(self, name: str) -> None:
        """Keep what is shown as an arrangement, in the menu from now on."""
        window, workspace = self._window, self._window.workspace
        shown = [(pane.series, pane.looks) for pane in workspace.panes]
        made = described(name, workspace.layout_now.name, shown, window.library.studies, workspace.linking.linked)
        try:
            save_hanging(made)
        except Fault as fault:
            window.show_fault(fault)
            return
        window.actions_table.remove(f"hang.{name}")
        window.actions_table.add([hanging_action(window, made)])
        self._renew_menus()
        window.say(f"Arrangement {name} saved.", "good")

    def ask_forget(self) -> None:
        """Ask which of the saved arrangements is no longer wanted."""
        names = [one.name for one in saved_hangings()]
        name, sure = QInputDialog.getItem(self._window, "Forget arrangement", "Name", names, 0, False)
        if sure and name in names:
            try:
                forget_hanging(name)
            except Fault as fault:
                self._window.show_fault(fault)
                return
            self._window.actions_table.remove(f"hang.{name}")
            self._renew_menus()

    def _renew_menus(self) -> None:
        """The menus of the toolbar list actions that may be new or gone."""
        self._window.actions_table.refresh()
        self._window.show_tool_row()

    def _take_current(self, pane: Pane, series: Series) -> None:
        self._window.workspace.activate(pane)
        self._window.show_series(series)

    def _panes(self) -> tuple[Pane, ...]:
        workspace = self._window.workspace
        return workspace.panes if workspace.layout_now.is_mpr else (workspace.active,)


def layout_actions(window: "Window") -> list[Action]:
    """Everything about panes, as data."""
    acts, workspace = window.panes, window.workspace
    layouts = [
        Action(f"layout.{one.name}", one.title, partial(acts.show_layout, one.name), "Layout", one.keys, one.tip,
               checked=partial(lambda name: workspace.layout_now.name == name, one.name))
        for one in LAYOUTS
    ]  # fmt: skip
    return [
        *layouts,
        Action("enlarge", "One pane alone", lambda: workspace.enlarge(workspace.active), "Layout", ("Return",),
               "Let the active pane fill the middle, or show all again; a double click does it too", where="picture",
               checked=lambda: workspace.enlarged is not None),
        hanging_action(window, CURRENT_AND_PRIOR, ("V",)),
        *(hanging_action(window, one) for one in saved_hangings()),
        Action("hang.save", "Save arrangement …", acts.ask_name, "Arrange",
               tip="Keep layout, studies, directions and links under a name"),
        Action("hang.forget", "Forget arrangement …", acts.ask_forget, "Arrange",
               tip="Take a saved arrangement out of the menu",
               enabled=Need(lambda: bool(saved_hangings()), "No arrangement is saved yet.")),
        *_link_actions(window),
        *_look_actions(window),
        *_slab_actions(window),
    ]  # fmt: skip


def hanging_action(window: "Window", hanging: Hanging, keys: tuple[str, ...] = ()) -> Action:
    """The action that arranges as a rule says."""
    if hanging is CURRENT_AND_PRIOR:
        tip = "Latest study and the one before it, of the same body part and modality, side by side and linked"
        may = window.panes.prior
    else:
        tip, may = f"Arrange as saved under {hanging.name}", window.acts.shows
    run = partial(window.panes.hang, hanging)
    return Action(f"hang.{hanging.name}", hanging.name, run, "Arrange", keys, tip, enabled=may)


def _link_actions(window: "Window") -> list[Action]:
    acts, workspace = window.panes, window.workspace
    tips = {
        "scroll": "Panes scroll together by millimetres: by the frame of reference, else from where they stand now",
        "window": "Panes of one kind share the window",
        "zoom": "Panes zoom and move together",
    }
    return [
        Action(
            f"link.{what}",
            f"Link {what}",
            partial(workspace.switch_link, what),
            "Link",
            ("Shift+L",) if what == "scroll" else (),
            tip,
            checked=partial(lambda what: bool(getattr(workspace.linking.linked, what)), what),
            enabled=acts.several,
        )
        for what, tip in tips.items()
    ]


def _look_actions(window: "Window") -> list[Action]:
    acts, workspace = window.panes, window.workspace

    def may_look() -> bool:
        return acts.has_volume() and not workspace.layout_now.is_mpr

    def why_not() -> str:
        return acts.volume.refusal or "In MPR every pane has its own direction: choose another layout first."

    listed = [
        Action(
            f"look.{looks}",
            looks.capitalize(),
            partial(acts.look, looks),
            "Direction",
            (),
            "The slices as they were acquired" if looks is Orientation.ACQUIRED else f"Cut {looks} planes",
            checked=partial(lambda looks: window.pane.looks is looks, looks),
            enabled=Need(may_look, why_not),
        )
        for looks in Orientation
    ]
    return [
        *listed,
        Action("straighten", "Straighten", workspace.crosshair.straighten, "Direction", (), "Turn oblique planes back",
               enabled=Need(lambda: workspace.crosshair.is_turned, "No plane is oblique.")),
        Action("lines", "Crosshair and lines", acts.toggle_lines, "Direction", ("H",),
               "Show or hide where the planes of other panes lie", checked=lambda: workspace.lines_on),
    ]  # fmt: skip


def _slab_actions(window: "Window") -> list[Action]:
    acts = window.panes

    def thickness() -> float:
        return 0.0 if window.pane.slab is None else window.pane.slab.thickness_mm

    thick = [
        Action(
            f"slab.{mm:g}",
            f"Slab {mm:g} mm" if mm else "Single plane",
            partial(acts.set_slab, mm),
            "Slab",
            (),
            f"Show {mm:g} mm as one picture" if mm else "No slab",
            checked=partial(lambda mm: thickness() == mm, mm),
            enabled=acts.volume,
        )
        for mm in (0.0, *SLABS_MM)
    ]
    kinds = {Projection.BRIGHTEST: "Brightest (MIP)", Projection.MEAN: "Mean", Projection.DARKEST: "Darkest (MinIP)"}
    how = [
        Action(
            f"slab.{kind.value}",
            title,
            partial(acts.set_projection, kind),
            "Slab",
            (),
            f"{title} value along the thickness of the slab",
            checked=partial(lambda kind: window.pane.slab is not None and window.pane.slab.how is kind, kind),
            enabled=acts.volume,
        )
        for kind, title in kinds.items()
    ]
    between = [
        Action(
            f"interpolation.{kind}",
            f"{kind.capitalize()} interpolation",
            partial(acts.set_interpolation, kind),
            "Slab",
            (),
            "How values between voxel centres are made for the screen; numbers come from the voxels",
            checked=partial(lambda kind: window.pane.interpolation is kind, kind),
            enabled=window.acts.shows,
        )
        for kind in Interpolation
    ]
    steps = [
        Action("slab.ask", "Slab thickness …", acts.ask_slab, "Slab", tip="Any thickness in mm",
               enabled=acts.volume),
        Action("slab.thicker", "Thicker slab", partial(acts.thicken, 1), "Slab", ("Alt+Up",), "Alt and the wheel too",
               where="picture", enabled=acts.volume),
        Action("slab.thinner", "Thinner slab", partial(acts.thicken, -1), "Slab", ("Alt+Down",),
               "Alt and the wheel too", where="picture", enabled=acts.volume),
    ]  # fmt: skip
    return [*thick, *steps, *how, *between]
