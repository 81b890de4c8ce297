import { asPosition, kindOf, subjectsOf } from "./facts";
import type { Assertion, HearingDetail } from "./wire";
import { nameWithRole, type Translate } from "./words";

/** What an assertion says, in words: 原告何秀兰：同意线上（庭审阶段）. */
export function assertionWords(t: Translate, hearing: HearingDetail, assertion: Assertion): string {
  const kind = kindOf(assertion.key);
  const [subject = "", further] = subjectsOf(assertion.key);
  const who = nameWithRole(t, hearing, subject);
  const { value } = assertion;
  const position = asPosition(value, hearing.stage);
  if ((kind === "position" || kind === "agent_position") && position !== null) {
    // A speaker's own key names that speaker; the party's alone stands for its agents as recorded together.
    return t(further === undefined ? `history.${kind}` : "history.position", {
      who: further === undefined ? who : nameWithRole(t, hearing, further),
      position: t(`position.${position.position}`),
      stage: t(`stage.${position.stage}`),
    });
  }
  if (kind === "need") {
    const need = t(`need.${subject}`);
    if (further === undefined) return t(value === true ? "history.needYes" : "history.needNo", { need });
    const side = nameWithRole(t, hearing, further);
    return t(value === true ? "history.sideNeedYes" : "history.sideNeedNo", { who: side, need });
  }
  if (kind === "witness_objection") return t(value === true ? "history.witnessYes" : "history.witnessNo", { who });
  const words: Record<string, string> = {
    capability: "capability",
    served_by: "served",
    closed: "closed",
    complexity: "complexity",
    social_impact: "impact",
  };
  const table = words[kind];
  if (table === undefined) return `${assertion.key}: ${JSON.stringify(value)}`;
  return t(`history.${kind}`, { who, value: t(`${table}.${String(value)}`, { defaultValue: String(value) }) });
}
