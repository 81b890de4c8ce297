import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { acceptInvitation, ApiError, openInvitation } from "../../core/api";
import { useDates } from "../../i18n";
import type { InvitationInfo } from "../../protocol";
import { navigate, takeSecret } from "../../router";
import { Button, ErrorBanner, Loading, TextField } from "../../ui";
import { useRoleLabel } from "../labels";
import { useSite } from "../Landing";
import { TryAgain } from "../LoadFailed";
import { Terminal, type TerminalKind } from "../Terminal";
import { useStartOverAtNewLink } from "../newLink";
import { JoinFrame } from "./JoinFrame";
import { canTakePart, isInAppBrowser, OutsideBrowser } from "./OutsideBrowser";

const KEPT = "yunting.invitation";
const CODE = /^\d{6}$/;

/** The secret from the address or, after a reload of this tab, the one that was taken from it before. */
function invitationSecret(): string | null {
  const fresh = takeSecret();
  try {
    if (fresh) sessionStorage.setItem(KEPT, fresh);
    return fresh ?? sessionStorage.getItem(KEPT);
  } catch {
    return fresh;
  }
}

function forgetSecret(): void {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // nothing was kept then
  }
}

function terminalKind(error: ApiError): TerminalKind | null {
  const ended = /^hearing_(closed|cancelled|converted_offline|terminated)$/.exec(error.code)?.[1];
  if (ended) return ended as TerminalKind;
  if (/revoked/.test(error.code)) return "revoked";
  if (/locked/.test(error.code)) return "locked";
  if (error.code === "removed") return "removed";
  if (error.status === 404 || error.status === 410 || error.status === 400 || error.status === 422) return "broken";
  return null;
}

type State = { at: "opening" } | { at: "open"; info: InvitationInfo } | { at: "failed"; error: unknown };

/** `/join#SECRET`: what the link is for, and the code that comes another way. Opening it consumes nothing. */
export function JoinPage() {
  const [secret] = useState(invitationSecret);
  const [state, setState] = useState<State>({ at: "opening" });
  const [attempt, setAttempt] = useState(0);

  useStartOverAtNewLink();

  useEffect(() => {
    if (!secret) return;
    let current = true;
    openInvitation({ secret }).then(
      (info) => current && setState({ at: "open", info }),
      (error: unknown) => current && setState({ at: "failed", error }),
    );
    return () => {
      current = false;
    };
  }, [secret, attempt]);

  if (!secret) return <Terminal kind="broken" />;
  const inApp = isInAppBrowser();
  if (inApp || !canTakePart()) {
    return <OutsideBrowser inApp={inApp} address={`${location.origin}/join#${secret}`} />;
  }
  if (state.at === "opening") return <Loading />;
  if (state.at === "failed") {
    return (
      <Refused
        error={state.error}
        onRetry={() => {
          setState({ at: "opening" });
          setAttempt((count) => count + 1);
        }}
      />
    );
  }
  return <CodeEntry secret={secret} info={state.info} onRefused={(error) => setState({ at: "failed", error })} />;
}

function Refused({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const kind = error instanceof ApiError ? terminalKind(error) : null;
  // What the server says of a malformed link is for programs; the page's own words are enough.
  const said = error instanceof ApiError && error.status !== 400 && error.status !== 422;
  if (kind && error instanceof ApiError) return <Terminal kind={kind} text={said ? error.text : null} />;
  return <TryAgain error={error} onRetry={onRetry} />;
}

interface CodeEntryProps {
  secret: string;
  info: InvitationInfo;
  onRefused: (error: ApiError) => void;
}

function CodeEntry({ secret, info, onRefused }: CodeEntryProps) {
  const { t } = useTranslation();
  const dates = useDates();
  const role = useRoleLabel();
  const site = useSite();
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const incomplete = info.needs_code && !CODE.test(code);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (incomplete || working) return;
    setWorking(true);
    setError(null);
    try {
      const { participation } = await acceptInvitation({ secret, code: info.needs_code ? code : null });
      forgetSecret();
      navigate(`/p/${participation}`, { replace: true });
    } catch (cause) {
      setWorking(false);
      const final = cause instanceof ApiError && /revoked|locked|unknown|not_found|^hearing_/.test(cause.code);
      if (final) onRefused(cause);
      else setError(cause);
    }
  };

  return (
    <JoinFrame step={1} court={info.court} hotline={site?.hotline}>
      <div className="stack">
        <h1>{t("join.confirmTitle")}</h1>
        <p className="lead">{t("join.confirmLead")}</p>
      </div>
      <dl className="facts facts--wide">
        <div>
          <dt>{t("join.youAre")}</dt>
          <dd>{role(info.role, null)}</dd>
        </div>
        {info.scheduled_at ? (
          <div>
            <dt>{t("join.when")}</dt>
            <dd>{dates.dayAndTime(info.scheduled_at)}</dd>
          </div>
        ) : null}
      </dl>
      <form className="stack-4" onSubmit={(event) => void submit(event)}>
        {info.needs_code ? (
          <TextField
            label={t("join.code")}
            hint={t("join.codeHint")}
            error={tried && incomplete ? t("join.codeShort") : null}
            value={code}
            onChange={(value) => setCode(value.replace(/\D/g, "").slice(0, 6))}
            inputMode="numeric"
            autoComplete="one-time-code"
            className="code-input"
            testId="join-code"
          />
        ) : null}
        <ErrorBanner error={error} />
        <div className="acts">
          <Button type="submit" variant="primary" large working={working} testId="join-continue">
            {t("join.isMe")}
          </Button>
        </div>
      </form>
    </JoinFrame>
  );
}
