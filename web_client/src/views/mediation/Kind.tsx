import "./mediation.css";

import type { i18n as I18n, TFunction } from "i18next";
import { useEffect, type ReactNode } from "react";
import { I18nextProvider } from "react-i18next";

import { i18next } from "../../i18n";
import type { JoinInfo } from "../../protocol";

/**
 * Texts of a mediation: where a key has words of its own for it (`…_mediation`), these are taken, else those of every
 * proceeding. All else is the one instance of the page.
 */
const inItsWords: I18n = new Proxy(i18next, {
  get(target, key) {
    if (key === "getFixedT") {
      return (...which: Parameters<I18n["getFixedT"]>) => withContext(target.getFixedT(...which));
    }
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
  },
  set(target, key, value) {
    return Reflect.set(target, key, value, target);
  },
});

function withContext(t: TFunction): TFunction {
  const spoken = (key: string | string[], options: unknown) =>
    typeof options === "string"
      ? t(key as string, options, { context: "mediation" })
      : t(key as string, { context: "mediation", ...(options as object | undefined) });
  return Object.assign(spoken, t) as unknown as TFunction;
}

interface KindProps {
  kind: JoinInfo["kind"] | undefined;
  /** Only the words: the look stays with the page around it. */
  local?: boolean;
  children: ReactNode;
}

/** A mediation looks and speaks differently from a hearing; everything below follows, dialogs too. */
export function Kind({ kind, local = false, children }: KindProps) {
  const mediation = kind === "mediation";
  useEffect(() => {
    if (!mediation || local) return;
    document.documentElement.dataset.kind = "mediation";
    return () => {
      delete document.documentElement.dataset.kind;
    };
  }, [mediation, local]);
  return mediation ? <I18nextProvider i18n={inItsWords}>{children}</I18nextProvider> : children;
}
