import { useTranslation } from "react-i18next";

import { ApiError } from "../core/api";
import { useText } from "../i18n";
import { Banner } from "./Banner";

/** Says what went wrong with a request, in the reader's language, with the rule it rests on. */
export function ErrorBanner({ error, testId = "error" }: { error: unknown; testId?: string }) {
  const { t } = useTranslation();
  const text = useText();
  if (!error) return null;
  const known = error instanceof ApiError || hasText(error) ? error : null;
  return (
    <Banner tone="stop" role="alert" citation={known?.citation ?? null} testId={testId}>
      {known ? text(known.text) : t("error.unexpected")}
    </Banner>
  );
}

function hasText(error: unknown): error is ApiError {
  return typeof error === "object" && error !== null && "text" in error && "code" in error;
}
