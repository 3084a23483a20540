"""`python -m dedup.spark PATH… --annotate OUT`, or this file with spark-submit: `dedup scan --spark submit`."""
import runpy
import sys

if __name__ == "__main__":
    sys.argv = ["dedup", "scan", "--spark", "submit", *sys.argv[1:]]
    runpy.run_module("dedup", run_name="__main__")
