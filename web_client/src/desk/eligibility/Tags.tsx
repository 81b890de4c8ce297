import { Gavel, Scale } from "lucide-react";

import { Tag } from "../../ui";
import { OutcomeTag } from "../parts";
import type { EligibilityEntry, HearingParticipant } from "../wire";
import { roleLabel, useReader, useWords, type Translate } from "../words";
import { sentence } from "./timeline";

export function LateTag({ entry }: { entry: EligibilityEntry }) {
  const t = useWords();
  const stated = entry.statement;
  if (stated === null || (!stated.late && !stated.after_opening)) return null;
  return <Tag tone="wait">{t(stated.after_opening ? "timeline.afterOpening" : "timeline.late")}</Tag>;
}

/** Who did it: the name with the role in this proceeding, 系统 for the server. */
export function byWhom(t: Translate, entry: EligibilityEntry): string {
  if (entry.by_kind === "system") return t("timeline.system");
  const role = entry.by_role.split("+")[0] ?? "";
  const named =
    entry.by_kind === "participant"
      ? roleLabel(t, role as HearingParticipant["role"], entry.by_side)
      : t(`timeline.role.${role}`, { defaultValue: t(`role.${role}`, { defaultValue: "" }) });
  return t("nameWithRole", { role: named, name: entry.by });
}

/** The entry in one line, for a list of a few: what kind of thing it is, in a shape and in words. */
export function EntryWords({ entry }: { entry: EligibilityEntry }) {
  const t = useWords();
  const { text } = useReader();
  if (entry.determination !== null) {
    return (
      <span className="row wrap">
        <Scale size={16} aria-hidden="true" />
        {t("timeline.determined")}
        <OutcomeTag outcome={entry.determination.outcome} />
      </span>
    );
  }
  if (entry.ruling !== null) {
    return (
      <span className="row">
        <Gavel size={16} aria-hidden="true" />
        <b>{rulingWords(t, text(entry.ruling.about), entry.ruling.held)}</b>
      </span>
    );
  }
  return <span>{sentence(text(entry.statement?.fact ?? entry.text))}</span>;
}

export function rulingWords(t: Translate, about: string, held: boolean): string {
  return t(held ? "timeline.held" : "timeline.notHeld", { about });
}
