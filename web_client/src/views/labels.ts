import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import type { PhaseName, Role, Side } from "../protocol";

/** Roles whose name says the side as well: a claimant is not "a party". */
const SIDED: ReadonlySet<Role> = new Set(["party", "legal_representative", "counsel", "defender", "witness"]);

/** The role as it stands on the plate. */
export function roleLabel(t: TFunction, role: Role, side: Side | null): string {
  if (side && SIDED.has(role) && role !== "witness") return t(`role.${role}.${side}`);
  return t(`role.${role}.none`);
}

export function useRoleLabel(): (role: Role, side: Side | null) => string {
  const { t } = useTranslation();
  return (role, side) => roleLabel(t, role, side);
}

export function phaseLabel(t: TFunction, phase: PhaseName): string {
  return t(`phase.${phase}`);
}

/** Why a phase began: the system's reasons are codes, a person's are their own words. */
export function phaseReason(t: TFunction, reason: string): string {
  return /^[a-z_]+$/.test(reason) ? t(`phaseReason.${reason}`, { defaultValue: reason }) : reason;
}

export function useOrdinal(): (place: number) => string {
  const { t, i18n } = useTranslation();
  return (place) => {
    if (i18n.language !== "en") return t("ordinal.other", { place });
    const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(place);
    return t(`ordinal.${rule === "zero" || rule === "many" ? "other" : rule}`, { place });
  };
}
