import type { TFunction } from "i18next";

import { timeLeft } from "../../core/deadline";
import type { BiText, StandingPosition, StatementSheet } from "../../protocol";
import { ownPosition, wouldRetract, type Stage, type StatedWord } from "./form";

/** The choice as its speaker would say it; who agreed before does not object but takes the consent back. */
export function choiceLabel(t: TFunction, sheet: StatementSheet, stage: Stage, choice: StatedWord): string {
  const retracts = choice === "objects" && wouldRetract(sheet, stage);
  if (sheet.kind === "mediation") {
    if (choice !== "objects") return t("statement.position.agreeToMediate");
    return t(retracts ? "statement.position.withdrawFromMediation" : "statement.position.refuseToMediate");
  }
  if (!retracts) return t(`statement.position.${choice}`);
  const own = ownPosition(sheet, stage);
  return t(own && own.position !== "silent" ? "statement.position.retract" : "statement.position.retractSide");
}

/** What was said, as the page repeats it. */
export function saidWords(t: TFunction, sheet: StatementSheet, position: StandingPosition["position"]): string {
  return t(`statement.${sheet.kind === "mediation" ? "saidMediation" : "said"}.${position}`);
}

export function stageName(t: TFunction, stage: Stage): string {
  return t(`statement.stage.${stage}`);
}

/**
 * What would follow from a choice for this hearing's stage, as the server worked it out: of an objection with reasons
 * and without, where that makes a difference.
 */
export function consequencesOf(sheet: StatementSheet, choice: StatedWord): { reasons: boolean | null; text: BiText }[] {
  const plain = sheet.consequences[choice];
  const reasoned = choice === "objects" ? sheet.consequences["objects_with_reasons"] : undefined;
  if (plain && reasoned && plain.zh !== reasoned.zh) {
    return [
      { reasons: true, text: reasoned },
      { reasons: false, text: plain },
    ];
  }
  return plain ? [{ reasons: null, text: plain }] : [];
}

/** "2 days", "5 hours" left; empty once it is over. */
export function leftWords(t: TFunction, due_at: string, now: Date): string {
  const left = timeLeft(due_at, now);
  return left ? t(`statement.deadline.${left.unit}`, { count: left.count }) : "";
}
