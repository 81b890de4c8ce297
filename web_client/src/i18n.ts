import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";

import en from "./locales/en.json";
import zh from "./locales/zh.json";

export type Language = "zh" | "en";

/** A sentence that the server sends in both languages. */
export interface BiText {
  zh: string;
  en: string;
}

const STORAGE_KEY = "yunting.language";

function stored(): Language | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === "zh" || value === "en" ? value : null;
  } catch {
    return null; // storage is refused in some private windows
  }
}

function preferred(): Language {
  const kept = stored();
  if (kept) return kept;
  const first = navigator.languages?.[0] ?? navigator.language ?? "zh";
  return first.toLowerCase().startsWith("en") ? "en" : "zh";
}

function apply(language: string): void {
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
}

void i18next.use(initReactI18next).init({
  lng: preferred(),
  fallbackLng: false,
  resources: { zh: { translation: zh }, en: { translation: en } },
  interpolation: { escapeValue: false },
  returnNull: false,
});
apply(i18next.language);
i18next.on("languageChanged", apply);

export function setLanguage(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // the choice then lasts as long as the page
  }
  void i18next.changeLanguage(language);
}

export function useLanguage(): Language {
  return useTranslation().i18n.language === "en" ? "en" : "zh";
}

/** Picks the reader's language from a text of the server. */
export function useText(): (text: BiText | null | undefined) => string {
  const language = useLanguage();
  return (text) => (text ? text[language] : "");
}

const ZONE = "Asia/Shanghai";

function format(iso: string, language: Language, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: ZONE, ...options }).format(date);
}

/** Dates and times as a court writes them, in the court's time zone. */
export function useDates() {
  const language = useLanguage();
  return {
    day: (iso: string) =>
      format(iso, language, { year: "numeric", month: "long", day: "numeric", weekday: "long" }),
    shortDay: (iso: string) => format(iso, language, { month: "long", day: "numeric" }),
    time: (iso: string) => format(iso, language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    clock: (iso: string) =>
      format(iso, language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    dayAndTime: (iso: string) =>
      format(iso, language, {
        year: "numeric",
        month: "long",
        day: "numeric",
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      }),
  };
}

export { i18next };
