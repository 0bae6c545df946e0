"""The settings that one plugin declares, as a form; every change counts at once."""

from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.data import Setting, SettingValue
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.settings import set_value, settings_of, values_of
from mo_viewer.ui.plain_text import plain, tooltip

_FARTHEST = 1e9


class PluginSettings(QWidget):
    """One field for each setting; a value that is not taken is answered by the old one."""

    def __init__(self, host: Host, plugin_id: str) -> None:
        super().__init__()
        self._host, self._id = host, plugin_id
        form = QFormLayout(self)
        form.setHorizontalSpacing(12)
        form.setContentsMargins(4, 4, 4, 4)
        values = values_of(host, plugin_id)
        self.fields: dict[str, QWidget] = {}
        for setting in settings_of(host, plugin_id):
            field = self._field(setting, values[setting.name])
            field.setToolTip(tooltip(plain(setting.tip or setting.title)))
            field.setAccessibleName(plain(setting.title))
            self.fields[setting.name] = field
            form.addRow(plain(setting.title), field)

    def _field(self, setting: Setting, value: SettingValue) -> QWidget:
        if setting.choices:
            choice = QComboBox()
            for one in setting.choices:
                choice.addItem(plain(str(one)), one)
            choice.setCurrentIndex(setting.choices.index(value))
            choice.activated.connect(lambda _: self._set(setting, choice.currentData()))
            return choice
        if isinstance(value, bool):
            box = QCheckBox()
            box.setChecked(value)
            box.clicked.connect(lambda on: self._set(setting, bool(on)))
            return box
        if isinstance(value, int | float):
            return self._number(setting, value)
        line = QLineEdit(value)
        line.editingFinished.connect(lambda: self._set(setting, line.text()))
        return line

    def _number(self, setting: Setting, value: float) -> QWidget:
        whole = isinstance(setting.default, int)
        spin = QSpinBox() if whole else QDoubleSpinBox(decimals=4)
        spin.lineEdit().setTextMargins(5, 0, 0, 0)
        ends = (
            -_FARTHEST if setting.least is None else setting.least,
            _FARTHEST if setting.most is None else setting.most,
        )
        if isinstance(spin, QSpinBox):
            spin.setRange(int(ends[0]), int(ends[1]))
            spin.setValue(int(value))
        else:
            spin.setRange(*ends)
            spin.setValue(value)
        spin.editingFinished.connect(lambda: self._set(setting, spin.value()))
        return spin

    def _set(self, setting: Setting, value: SettingValue) -> None:
        try:
            set_value(self._host, self._id, setting.name, value)
        except Fault as fault:
            self.fields[setting.name].setToolTip(tooltip(plain(fault.sentence)))
