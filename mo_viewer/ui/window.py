"""The one window: lays the parts out and lets them hear of each other."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.series import Series
from mo_viewer.plugin_host.api import PluginChange, Scene, Tone
from mo_viewer.plugin_host.host import Contribution, Host, PluginFault
from mo_viewer.session.session import Change, Session
from mo_viewer.session.store import Store
from mo_viewer.ui import findings_words, grips, overlays, palette, pictures, shell_actions
from mo_viewer.ui.actions import ActionTable
from mo_viewer.ui.desk import Room
from mo_viewer.ui.faults import Message
from mo_viewer.ui.first_page import FirstPage
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.library import Library
from mo_viewer.ui.opening import Opener
from mo_viewer.ui.pane import Pane
from mo_viewer.ui.panels import PanelSide
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.presets import Preset, read_presets
from mo_viewer.ui.stack import Picture
from mo_viewer.ui.status_line import StatusLine
from mo_viewer.ui.study_list import StudyList
from mo_viewer.ui.tool_row import ToolRow
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window as GreyWindow
