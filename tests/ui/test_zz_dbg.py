import sys; sys.path.insert(0,'/work/main/tests/ui')
from test_marks_in_window import *
def test_x(window):
    window.act("tool.mark.polygon")
    for at in (QPoint(200, 200), QPoint(300, 200), QPoint(300, 300)):
        click(window, at); print(len(window.tools.grip._fixed))
    key(window, Qt.Key.Key_Return)
    print(len(marks(window)), window.pane.view.size())
    for at in (QPoint(200, 400), QPoint(300, 400), QPoint(300, 500)):
        click(window, at); print(len(window.tools.grip._fixed))
    QTest.mouseDClick(window.pane.view, LEFT, NONE, QPoint(300, 500))
    print(len(window.tools.grip._fixed), len(marks(window)))
    assert 0
def test_menu(window):
    window._show_menu(QPoint(100,100))
    menu = next(w for w in QApplication.topLevelWidgets() if w.inherits("QMenu") and w.isVisible())
    print([a.text() for a in menu.actions()], menu.sizeHint())
    assert 0
