"""`python -m tests.eligibility.store_decisions`: decide the stored documents anew and write them back.

Only while a rule set has not been released: afterwards these files are what courts have on file, and a failing replay
is the finding. See `docs/rules.md`, versions and replays.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from eligibility import determine, load_ruleset, parse_facts

STORED = Path(__file__).parent / "stored"


def main() -> None:
    for path in sorted(STORED.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        ruleset = load_ruleset(path.stem)
        kept |= {"ruleset": ruleset.version, "sha256": ruleset.sha256}
        for entry in kept["decided"]:
            on = date.fromisoformat(entry["determination"]["on"])
            entry["determination"] = determine(parse_facts(entry["facts"]), ruleset, on).to_json()
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
