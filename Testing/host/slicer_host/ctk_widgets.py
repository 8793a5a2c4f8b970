"""The CTK widgets that the panel uses (commontk/CTK, Libs/Widgets)."""

from __future__ import annotations

from PySide6.QtCore import Property, QDir, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QProxyStyle,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

HEADER_PX = 24
TITLE_PX, COLLAPSED_PX = 18, 14


class Folded(QObject):
    """Contents of a folded widget: hidden by it, shown again unless they were hidden for themselves.

    As setChildVisibility and eventFilter of ctkCollapsibleButton.cpp and ctkCollapsibleGroupBox.cpp do it: a child that
    is told to be visible meanwhile stays hidden, and is visible when its parent is opened.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._hidden: list[QWidget] = []
        self._forcing = False

    def fold(self) -> None:
        """Hide the contents."""
        for child in self._parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if not child.isHidden():
                self._hide(child)
            child.removeEventFilter(self)
            child.installEventFilter(self)

    def open(self) -> None:
        """Show what was hidden by `fold`."""
        hidden, self._hidden = self._hidden, []
        for child in hidden:
            child.setVisible(True)

    def _hide(self, child: QWidget) -> None:
        self._forcing = True
        self._hidden.append(child)
        child.setVisible(False)
        # Else Qt would take a later setVisible(False) for nothing new and send no event.
        child.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        self._forcing = False

    def eventFilter(self, child: QObject, event: QEvent) -> bool:
        """Keep what is shown meanwhile hidden."""
        if not self._forcing and self._parent.property("collapsed") and isinstance(child, QWidget):
            if event.type() == QEvent.Type.ShowToParent:
                self._hide(child)
            elif event.type() == QEvent.Type.HideToParent and child in self._hidden:
                self._hidden.remove(child)
        return False


class ctkCollapsibleButton(QWidget):
    """A header with a title above contents that can be folded away."""

    contentsCollapsed = Signal(bool)
    SIGNALS = {"contentsCollapsed(bool)": "contentsCollapsed"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._collapsed = "", False
        self._folded = Folded(self)
        self.setContentsMargins(0, HEADER_PX, 0, 0)

    def _get_text(self) -> str:
        return self._text

    def _set_text(self, text: str) -> None:
        self._text = text
        self.update()

    def _get_collapsed(self) -> bool:
        return self._collapsed

    def _set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        self.setMaximumHeight(HEADER_PX if collapsed else 16777215)
        if collapsed:
            self._folded.fold()
        else:
            self._folded.open()
        self.contentsCollapsed.emit(collapsed)

    def showEvent(self, event: QShowEvent) -> None:
        """Hide what was put in after it was folded."""
        if self._collapsed:
            self._folded.fold()
        super().showEvent(event)

    text = Property(str, _get_text, _set_text)
    collapsed = Property(bool, _get_collapsed, _set_collapsed)

    def sizeHint(self) -> QSize:
        """Header alone where it is collapsed."""
        hint = super().sizeHint()
        return QSize(hint.width(), HEADER_PX) if self._collapsed else hint

    def minimumSizeHint(self) -> QSize:
        """Header alone where it is collapsed."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), HEADER_PX) if self._collapsed else hint

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the header."""
        painter = QPainter(self)
        option = QStyleOptionButton()
        option.initFrom(self)
        option.rect.setHeight(HEADER_PX - 2)
        self.style().drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
        mark = "▸" if self._collapsed else "▾"
        painter.drawText(option.rect.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, f"{mark}  {self._text}")


class _ArrowStyle(QProxyStyle):
    """The check mark of a group box drawn as an arrow."""

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw an arrow down where the box is open, else one to the right."""
        primitive = QStyle.PrimitiveElement
        if element == primitive.PE_IndicatorCheckBox and isinstance(widget, ctkCollapsibleGroupBox):
            element = primitive.PE_IndicatorArrowDown if widget.isChecked() else primitive.PE_IndicatorArrowRight
        super().drawPrimitive(element, option, painter, widget)


class ctkCollapsibleGroupBox(QGroupBox):
    """A checkable group box that folds its contents away while it is not checked (CTK: ctkCollapsibleGroupBox.cpp).

    Children that were hidden by themselves stay hidden when it is opened; as in any group box, children cannot be used
    while it is not checked.
    """

    SIGNALS = {"toggled(bool)": "toggled"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folded = Folded(self)
        self._arrow = _ArrowStyle()
        self.setStyle(self._arrow)
        self.setCheckable(True)
        self.toggled.connect(self._expand)

    def _expand(self, expanded: bool) -> None:
        self.setMaximumHeight(16777215 if expanded else TITLE_PX + COLLAPSED_PX)
        if expanded:
            self._folded.open()
        else:
            self._folded.fold()

    def showEvent(self, event: QShowEvent) -> None:
        """Hide what was put in after it was folded."""
        if not self.isChecked():
            self._folded.fold()
        super().showEvent(event)

    collapsed = Property(
        bool, lambda self: not self.isChecked(), lambda self, collapsed: self.setChecked(not collapsed)
    )


class ctkSliderWidget(QWidget):
    """A slider beside a spin box."""

    valueChanged = Signal(float)
    SIGNALS = {"valueChanged(double)": "valueChanged"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider, self._box = QSlider(Qt.Orientation.Horizontal), QDoubleSpinBox()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self._slider.valueChanged.connect(lambda steps: self._box.setValue(self._from_steps(steps)))
        self._box.valueChanged.connect(self._box_changed)

    def _from_steps(self, steps: int) -> float:
        return self._box.minimum() + steps * self._box.singleStep()

    def _box_changed(self, value: float) -> None:
        self._slider.setValue(round((value - self._box.minimum()) / self._box.singleStep()))
        self.valueChanged.emit(value)

    def _scale(self) -> None:
        self._slider.setRange(0, round((self._box.maximum() - self._box.minimum()) / self._box.singleStep()))

    def _set_minimum(self, value: float) -> None:
        self._box.setMinimum(value)
        self._scale()

    def _set_maximum(self, value: float) -> None:
        self._box.setMaximum(value)
        self._scale()

    def _set_step(self, value: float) -> None:
        self._box.setSingleStep(value)
        self._scale()

    value = Property(float, lambda self: self._box.value(), lambda self, value: self._box.setValue(value))
    minimum = Property(float, lambda self: self._box.minimum(), _set_minimum)
    maximum = Property(float, lambda self: self._box.maximum(), _set_maximum)
    singleStep = Property(float, lambda self: self._box.singleStep(), _set_step)
    decimals = Property(int, lambda self: self._box.decimals(), lambda self, value: self._box.setDecimals(value))
    suffix = Property(str, lambda self: self._box.suffix(), lambda self, value: self._box.setSuffix(value))


class ctkDirectoryButton(QPushButton):
    """A button that shows and chooses a folder.

    After Libs/Widgets/ctkDirectoryButton.cpp of CTK: it starts at the application's own folder and shows its path; a
    folder that is set again is selected but not changed; a text, once set, stands in place of the path.
    """

    directoryChanged = Signal(str)
    directorySelected = Signal(str)
    SIGNALS = {
        "directoryChanged(QString)": "directoryChanged",
        "directorySelected(QString)": "directorySelected",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._directory = QDir()
        self._words: str | None = None
        self._show()

    def _show(self) -> None:
        super().setText(self._directory.absolutePath() if self._words is None else self._words)

    def _set_directory(self, directory: str) -> None:
        chosen = QDir(directory)
        if self._directory == chosen:
            self.directorySelected.emit(chosen.absolutePath())
            return
        self._directory.setPath(chosen.absolutePath())
        self._show()
        self.directorySelected.emit(chosen.absolutePath())
        self.directoryChanged.emit(self._directory.absolutePath())

    def _set_words(self, words: str) -> None:
        self._words = words
        self._show()

    directory = Property(str, lambda self: self._directory.path(), _set_directory)
    text = Property(str, lambda self: self._words or "", _set_words)


class ctkPathLineEdit(QWidget):
    """A line that names a file; its button opens no dialog here."""

    currentPathChanged = Signal(str)
    SIGNALS = {"currentPathChanged(QString)": "currentPathChanged"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = QLineEdit()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._line)
        browse = QToolButton()
        browse.setText("...")
        layout.addWidget(browse)
        self._line.textChanged.connect(self.currentPathChanged.emit)

    currentPath = Property(str, lambda self: self._line.text(), lambda self, path: self._line.setText(path))


CLASSES = {
    made.__name__: made
    for made in (ctkCollapsibleButton, ctkCollapsibleGroupBox, ctkSliderWidget, ctkDirectoryButton, ctkPathLineEdit)
}
