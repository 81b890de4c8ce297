import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import { useLanguage } from "../i18n";
import { citationFor } from "./citation";
import { OFFICES, principalOf, type Office } from "./facts";
import { groundOf } from "./rulings";
import * as time from "./time";
import type { HearingDetail, HearingParticipant, PersonRole, Side } from "./wire";

export type Translate = TFunction<"desk">;

export function useWords(): Translate {
  return useTranslation("desk").t;
}

/** Dates, citations and bilingual texts for the reader. */
export function useReader() {
  const reader = useLanguage();
  return {
    reader,
    text: (text: { zh: string; en: string } | null | undefined): string => text?.[reader] ?? "",
    cite: (citation: string): string => citationFor(citation, reader),
    clock: (iso: string): string => time.clockTime(iso, reader),
    clockSeconds: (iso: string): string => time.clockTimeSeconds(iso, reader),
    moment: (iso: string): string => time.dayAndTime(iso, reader, new Date()),
    rowDay: (iso: string): string => time.rowDay(iso, reader),
  };
}

/** 原告, 被告代理人, Presiding judge: the role of a person with the side it stands on. */
export function roleLabel(t: Translate, role: HearingParticipant["role"], side: Side | null): string {
  if (role === "party" && side !== null) return t(`side.${side}`);
  if ((role === "counsel" || role === "legal_representative" || role === "defender") && side !== null) {
    return t(`${role}Of.${side}`);
  }
  return t(`role.${role}`);
}

export function personRoleLabel(t: Translate, role: PersonRole, side: Side | null | undefined): string {
  return roleLabel(t, role, side ?? null);
}

/** Colour of a person's tag: only the two sides have one. */
export function sideTone(side: Side | null | undefined): string {
  if (side === "claimant" || side === "prosecutor") return "claimant";
  if (side === "respondent" || side === "defendant") return "respondent";
  return "plain";
}

/** 被告罗启明 / Respondent Luo Qiming; an id that is nobody here stays as it is. */
export function nameWithRole(t: Translate, hearing: HearingDetail, id: string): string {
  const person = hearing.participants.find((one) => one.id === id);
  if (person === undefined) return id;
  return t("nameWithRole", { role: roleLabel(t, person.role, person.side), name: person.name });
}

/** Who asserted something, read from the record: with the role where the name is one person's alone. */
export function asserterLabel(t: Translate, hearing: HearingDetail, asserted_by: string): string {
  const office = (Object.keys(OFFICES) as Office[]).find((one) => OFFICES[one] === asserted_by);
  if (office !== undefined) return t(`office.${office}`);
  const [person, ...others] = hearing.participants.filter((one) => one.name === asserted_by);
  return person !== undefined && others.length === 0 ? nameWithRole(t, hearing, person.id) : asserted_by;
}

/** What a ruling is about, in words: 被告罗启明的异议. */
export function groundLabel(t: Translate, hearing: HearingDetail, ground: string): string {
  const { kind, subject } = groundOf(ground);
  if (kind === "need") return t(`ground.need.${subject}`, { defaultValue: subject });
  return t(`ground.${kind}`, { who: nameWithRole(t, hearing, subject) });
}

export function withPrincipal(t: Translate, hearing: HearingDetail, agent: HearingParticipant): string {
  const principal = principalOf(hearing, agent);
  return principal === null ? "–" : t("people.withParty", { role: roleLabel(t, principal.role, principal.side) });
}
