"""The drive of the self-test, run in a real Slicer: by CTest, or by run_in_slicer.py in a downloaded one."""

import unittest

import slicer


class HimarsPlannerInSlicer(unittest.TestCase):
    """What the tests under the stand-in host do, with Slicer's own widgets and nodes."""

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def test_this_slicer_is_one_that_the_module_is_made_for(self):
        """5.12 or later; an older one would fail for reasons of its own."""
        self.assertGreaterEqual((slicer.app.majorVersion, slicer.app.minorVersion), (5, 12))

    def test_the_module_is_loaded(self):
        """Slicer has found the module and its resources."""
        self.assertIn("HimarsPlanner", slicer.util.moduleNames())

    def test_the_drive(self):
        """Demo patient, plan, level, pin, exclude, edit, PET, export, saved and reloaded scene."""
        from HimarsPlannerLib.panel.drive import drive

        slicer.util.selectModule("HimarsPlanner")
        drive(slicer.util.getModuleWidget("HimarsPlanner"))

    def test_the_demo_patient_is_among_the_sample_data(self):
        """Sample Data offers it."""
        import SampleData

        sources = SampleData.SampleDataLogic.sampleDataSourcesByCategory()
        names = [source.sampleName for group in sources.values() for source in group]
        self.assertIn("HIMARS demo patient", names)
