import { useTranslation } from "react-i18next";

import { useText } from "../../i18n";
import type { View } from "../../protocol";
import { Tag } from "../../ui";
import type { TagTone } from "../../ui/Tag";

type Determination = NonNullable<View["determination"]>;

const TONES: Record<Determination["outcome"], TagTone> = {
  allow: "ok",
  warn: "brass",
  hybrid: "mixed",
  await_ruling: "wait",
  block: "stop",
};

/** The determination this hearing rests on: every finding with its ground. */
export function DeterminationPanel({ determination }: { determination: Determination }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <div className="stack">
      <div className="row wrap">
        <Tag tone={TONES[determination.outcome]}>{t(`outcome.${determination.outcome}`)}</Tag>
        <span className="small soft">{t("determination.basis", { ruleset: determination.ruleset, on: determination.on })}</span>
      </div>
      <ul className="findings">
        {determination.findings.map((finding, index) => (
          <li key={`${finding.rule}-${finding.about ?? ""}-${index}`}>
            <Tag tone={TONES[finding.outcome]}>{t(`outcome.${finding.outcome}`)}</Tag>
            <span>
              {text(finding.text)} <span className="cite">{finding.citation}</span>
            </span>
          </li>
        ))}
      </ul>
      <p className="small soft mono">SHA-256 {determination.facts_sha256.slice(0, 16)}…</p>
    </div>
  );
}
