import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { setLanguage, useLanguage, type Language } from "../i18n";
import { Link } from "../router";

const LANGUAGES: readonly [Language, string, string][] = [
  ["zh", "中文", "zh-CN"],
  ["en", "EN", "en"],
];

export function LanguageSwitch() {
  const { t } = useTranslation();
  const current = useLanguage();
  return (
    <div className="lang" role="group" aria-label={t("head.language")}>
      {LANGUAGES.map(([language, label, tag]) => (
        <button
          key={language}
          type="button"
          className="lang__item"
          lang={tag}
          aria-pressed={language === current}
          aria-label={language === "en" ? "English" : undefined}
          onClick={() => setLanguage(language)}
          data-testid={`language-${language}`}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

/** The product's mark: a roof over an assembly. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" stroke="currentColor" aria-hidden="true">
      <path d="M5 14.500c1.700-5.500 5.700-8 11-8s9.300 2.500 11 8" strokeWidth="2.600" strokeLinecap="round" />
      <path d="M10 17.500v6M16 15.500v8M22 17.500v6M6.500 27h19" strokeWidth="2.600" strokeLinecap="round" />
    </svg>
  );
}

/** A placeholder where the court's own installation supplies its emblem. */
export function Emblem({ size = 46 }: { size?: number }) {
  return (
    <svg className="emblem" width={size} height={size} viewBox="0 0 64 64" fill="none" stroke="currentColor" aria-hidden="true">
      <circle cx="32" cy="32" r="29" strokeWidth="1.800" />
      <circle cx="32" cy="32" r="25" strokeWidth="1" opacity=".7" />
      <path d="M16 28c3-6.500 8.500-10 16-10s13 3.500 16 10" strokeWidth="2.600" strokeLinecap="round" />
      <path d="M22 33v10M32 30v13M42 33v10M18 47.500h28" strokeWidth="2.600" strokeLinecap="round" />
    </svg>
  );
}

/** Head of the pages outside the room: product, court, whatever the page adds, and the language. */
export function AppHead({ court, home = "/", children }: { court?: string; home?: string; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <header className="apphead">
      <Link href={home} className="brand">
        <Mark />
        {t("product")}
        {court ? <small>{court}</small> : null}
      </Link>
      <span className="grow" />
      {children}
      <LanguageSwitch />
    </header>
  );
}
