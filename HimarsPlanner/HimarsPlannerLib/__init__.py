"""HimarsPlanner: volume-based stereotactic radiotherapy planning of metastatic prostate cancer (NCT06978296)."""

__version__ = "0.1.0"
