"""What `import leadlex_pandas` costs beside what every user has loaded anyway."""

from __future__ import annotations

import subprocess
import sys

from report import Row, ratio


def run(short: bool) -> list[Row]:
    """Compare fresh processes."""

    def importing(statement: str) -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    found, ours = ratio(
        lambda: importing("import leadlex_pandas"), lambda: importing("import pandas, requests"), 5 if short else 15
    )
    return [
        Row("import leadlex_pandas / import pandas, requests", f"{found:.2f} ({1000 * ours:.0f} ms)", "1.10 at most")
    ]
