"""The one step of a build that pyproject.toml cannot say: a wheel carries the results"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithResults(build_py):
    "`transferbook claims` also has something to show where there is no clone"

    def run(self):
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "transferbook" / "results"
        target.mkdir(parents=True, exist_ok=True)
        for file in Path("results").glob("*.json"):
            shutil.copy(file, target)


setup(cmdclass={"build_py": WithResults})
