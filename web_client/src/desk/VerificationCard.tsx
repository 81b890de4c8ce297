import { Download, RefreshCw, ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";

import { post } from "../core/api";
import { Button } from "../ui";
import { CopyButton, ErrorNote } from "./parts";
import { useAction } from "./resource";
import { playTime } from "./time";
import type { RecordingDetail } from "./wire";
import { useReader, useWords } from "./words";

/** The composed file may differ from the recorded time by less than this and still count as whole. */
const SAME_LENGTH_S = 1;

function grouped(hash: string): string {
  return hash.match(/.{1,4}/g)?.join(" ") ?? hash;
}

/** What somebody needs to check the recording without this server. */
function sealText(detail: RecordingDetail): string {
  return `${JSON.stringify(
    {
      case_number: detail.case_number,
      hearing: detail.hearing,
      head_sha256: detail.verification?.head ?? null,
      public_key_ed25519: detail.public_key,
      checked_at: detail.verification?.checked_at ?? null,
      check_with: "yunting verify PATH --key PUBLIC_KEY",
    },
    null,
    2,
  )}\n`;
}

interface Props {
  detail: RecordingDetail;
  onChange: (detail: RecordingDetail) => void;
}

/** Whether the recording is what was recorded: verified, or the first thing that is wrong, by name. */
export function VerificationCard({ detail, onChange }: Props) {
  const t = useWords();
  const { text, moment } = useReader();
  const check = useAction(async () => onChange(await post<RecordingDetail>(`hearings/${detail.hearing}/recording/verify`)));
  const { verification } = detail;
  const state = verification === null ? "unchecked" : verification.ok ? "ok" : "fault";
  const Icon = { unchecked: ShieldQuestion, ok: ShieldCheck, fault: ShieldAlert }[state];
  const save = () => {
    const url = URL.createObjectURL(new Blob([sealText(detail)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${detail.hearing}-verification.json`;
    link.click();
    URL.revokeObjectURL(url);
  };
  const nothing = verification === null && !detail.video && detail.events.length === 0;
  const shorter =
    detail.duration_s !== null &&
    detail.expected_s !== null &&
    Math.abs(detail.duration_s - detail.expected_s) > SAME_LENGTH_S;
  return (
    <section className="card desk-verify" aria-labelledby="verify-h" data-testid="verification" data-state={state}>
      <div className="desk-seal" role="status">
        <Icon size={36} aria-hidden="true" />
        <div>
          <h2 id="verify-h">{t(`verify.${state}`)}</h2>
          <p className="small">
            {verification === null
              ? t("verify.uncheckedText")
              : verification.ok
                ? t("verify.okText", { at: moment(verification.checked_at), count: verification.segments })
                : text(verification.first_problem)}
          </p>
        </div>
      </div>
      <dl className="desk-integ">
        {verification !== null && !verification.ok ? (
          <div>
            <dt>{t("verify.checkedAt")}</dt>
            <dd>{moment(verification.checked_at)}</dd>
          </div>
        ) : null}
        {verification !== null ? (
          <>
            <div>
              <dt>{t("verify.head")}</dt>
              <dd className="mono small" data-testid="verification-head">
                {grouped(verification.head)} <span className="muted">SHA-256</span>
              </dd>
            </div>
            <div>
              <dt>{t("verify.entries")}</dt>
              <dd>{t("verify.entriesText", { entries: verification.entries, segments: verification.segments })}</dd>
            </div>
          </>
        ) : null}
        {detail.public_key !== null ? (
          <div>
            <dt>{t("verify.key")}</dt>
            <dd className="mono small" data-testid="public-key">
              {detail.public_key} <span className="muted">Ed25519</span>
            </dd>
          </div>
        ) : null}
        {detail.duration_s !== null ? (
          <div>
            <dt>{t("verify.length")}</dt>
            <dd>
              {playTime(detail.duration_s)}
              {detail.expected_s !== null ? (
                <span className={shorter ? "desk-differs" : "muted"}>
                  {" "}
                  {t(shorter ? "verify.lengthDiffers" : "verify.lengthMatches", { expected: playTime(detail.expected_s) })}
                </span>
              ) : null}
            </dd>
          </div>
        ) : null}
      </dl>
      <ErrorNote error={check.error} />
      <div className="row wrap desk-verify__acts">
        <Button
          variant={verification === null && !nothing ? "primary" : "plain"}
          working={check.working}
          onPress={() => void check.run()}
          reason={nothing ? t("verify.nothing") : null}
          testId="verify"
        >
          <RefreshCw size={16} aria-hidden="true" />
          {t(verification === null ? "verify.check" : "verify.again")}
        </Button>
        {verification !== null ? (
          <>
            <CopyButton text={verification.head} label={t("verify.copyHead")} testId="copy-head" />
            <Button onPress={save} testId="save-verification">
              <Download size={16} aria-hidden="true" />
              {t("verify.save")}
            </Button>
          </>
        ) : null}
      </div>
    </section>
  );
}
