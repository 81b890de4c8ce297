import "./objection.css";

import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useText } from "../../../i18n";
import type { JoinInfo } from "../../../protocol";

type Conversion = NonNullable<JoinInfo["conversion"]>;

/** After a conversion: why, and what was done online and stays valid. */
export function CompletedSteps({ conversion }: { conversion: Conversion }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <section className="stack converted" data-testid="conversion">
      <p>{t("objection.completed.reason", { reason: conversion.reason })}</p>
      <h2 className="converted__title">{t("objection.completed.title")}</h2>
      <ul className="steps" data-testid="completed-steps">
        {conversion.completed.map((step, index) => (
          <li key={index}>
            <Check size={18} aria-hidden="true" />
            <span>{text(step)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
