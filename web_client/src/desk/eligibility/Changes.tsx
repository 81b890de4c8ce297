import { Minus, MoveRight, Plus } from "lucide-react";

import { Cite, OUTCOME_ICON } from "../parts";
import type { DeterminationChanges, NamedFinding, NamedPerson, Outcome } from "../wire";
import { roleLabel, useReader, useWords, type Translate } from "../words";

/** 被告罗启明、证人孙：names with their roles, in one phrase. */
export function peopleWords(t: Translate, people: readonly NamedPerson[]): string {
  return people
    .map((one) =>
      one.role === null ? one.name : t("nameWithRole", { role: roleLabel(t, one.role, one.side), name: one.name }),
    )
    .join(t("listComma"));
}

export function OutcomeShape({ outcome }: { outcome: Outcome }) {
  const t = useWords();
  const Icon = OUTCOME_ICON[outcome];
  return (
    <Icon size={16} role="img" aria-label={t(`outcome.${outcome}.finding`)} className={`desk-o-${outcome}`} />
  );
}

type Found = Pick<NamedFinding, "rule" | "outcome" | "citation" | "text"> & { about: string | null };

export function FindingList({ findings }: { findings: readonly Found[] }) {
  const { text } = useReader();
  return (
    <ul className="desk-found">
      {findings.map((found) => (
        <li key={`${found.rule} ${found.about ?? ""}`}>
          <OutcomeShape outcome={found.outcome} />
          <span>
            {text(found.text)} <Cite>{found.citation}</Cite>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What a determination says other than the one before it. */
export function Changes({ changes }: { changes: DeterminationChanges | null }) {
  const t = useWords();
  const { text } = useReader();
  if (changes === null) return <p className="small soft">{t("timeline.first")}</p>;
  if (changes.same) return <p className="small soft">{t(changes.facts ? "timeline.sameOtherFacts" : "timeline.same")}</p>;
  return (
    <ul className="desk-changes" aria-label={t("timeline.changes")}>
      {changes.outcome === null ? null : (
        <li>
          <MoveRight size={16} aria-hidden="true" />
          <span>
            {t("timeline.fromTo", {
              from: t(`timeline.outcome.${changes.outcome.before}`),
              to: t(`timeline.outcome.${changes.outcome.after}`),
            })}
          </span>
        </li>
      )}
      {changes.ruleset === null ? null : (
        <li>
          <MoveRight size={16} aria-hidden="true" />
          <span>{t("timeline.fromTo", { from: changes.ruleset.before, to: changes.ruleset.after })}</span>
        </li>
      )}
      {changes.gallery === null ? null : (
        <li>
          <MoveRight size={16} aria-hidden="true" />
          <span>{t(changes.gallery.after ? "timeline.galleryOpen" : "timeline.galleryClosed")}</span>
        </li>
      )}
      {changes.findings_added.map((found) => (
        <li key={`+${found.rule}${found.about}`}>
          <Plus size={16} role="img" aria-label={t("timeline.added")} />
          <span>
            {text(found.text)} <Cite>{found.citation}</Cite>
          </span>
        </li>
      ))}
      {changes.findings_moved.map((found) => (
        <li key={`~${found.rule}${found.about}`}>
          <MoveRight size={16} aria-hidden="true" />
          <span>
            {t("timeline.fromTo", {
              from: t(`outcome.${found.before}.finding`),
              to: t(`outcome.${found.outcome}.finding`),
            })}
            {t("colon")}
            {text(found.text)} <Cite>{found.citation}</Cite>
          </span>
        </li>
      ))}
      {changes.findings_removed.map((found) => (
        <li key={`-${found.rule}${found.about}`} className="soft">
          <Minus size={16} role="img" aria-label={t("timeline.removed")} />
          <span>{text(found.text)}</span>
        </li>
      ))}
    </ul>
  );
}
