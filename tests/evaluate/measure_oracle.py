"""The measures agree with straightforward NumPy of the papers' formulas."""
import os
import subprocess
import sys

python = os.environ.get("PYTHON_ORACLE")
here = os.path.join(os.environ.get("top_srcdir", "."), "tests", "evaluate")
tool = os.path.join(os.environ.get("top_builddir", "."), "tests", "evaluate",
                    "measure_tool")
if not python or subprocess.run([python, "-c", "import numpy"],
                                capture_output=True).returncode:
    print("SKIP: there is no Python with NumPy")
    sys.exit(77)
if not os.path.exists(tool):
    print("cannot be set up: there is no", tool)
    sys.exit(99)
sys.exit(subprocess.run([python, os.path.join(here, "measure_oracle_numpy.py"), tool])
         .returncode)
