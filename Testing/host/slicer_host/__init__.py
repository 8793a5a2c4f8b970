"""A small stand-in for the Slicer application, for tests only.

Slicer's MRML and logic libraries are the real ones (slicer-core from pip), and so is slicer.util where it can be. What
pip does not give is stood in for here: qt and ctk in PythonQt's manner over PySide6, the qMRML widgets that the panel
uses, the base classes of scripted modules, the used part of parameterNodeWrapper, i18n, packaging, slicer.app. What is
not represented raises: a misspelt property, method, signal, slot, .ui name or parameter fails as it should in Slicer,
where much of it is silent. It proves that the panel is consistent in itself and with what was read in Slicer's
sources; it does not prove that Slicer behaves so.
"""

from .application import Host, install

__all__ = ["Host", "install"]
