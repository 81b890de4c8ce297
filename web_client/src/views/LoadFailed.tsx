import { useTranslation } from "react-i18next";

import { ApiError } from "../core/api";
import { Button, ErrorBanner } from "../ui";
import { JoinFrame } from "./join/JoinFrame";
import { useSite } from "./Landing";
import { Terminal } from "./Terminal";

interface Props {
  error: unknown;
  onRetry: () => void;
}

/** What somebody came for could not be fetched: what is wrong, and a way to try again. */
export function TryAgain({ error, onRetry }: Props) {
  const { t } = useTranslation();
  const site = useSite();
  return (
    <JoinFrame court={site?.court ?? null} hotline={site?.hotline}>
      <h1>{t("join.failed")}</h1>
      <ErrorBanner error={error} />
      <div className="acts">
        <Button variant="primary" large onPress={onRetry} testId="retry">
          {t("action.retry")}
        </Button>
      </div>
    </JoinFrame>
  );
}

/** The same for a page that belongs to one participation: who may not see it is told so, for good. */
export function LoadFailed({ error, onRetry }: Props) {
  if (error instanceof ApiError && [401, 403, 404].includes(error.status)) {
    return <Terminal kind="forbidden" text={error.text} />;
  }
  return <TryAgain error={error} onRetry={onRetry} />;
}
