import { Ban, Hand, HandHeart, House, Scale, Wifi, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { declare } from "../../core/api";
import { markJoinClicked } from "../../core/room";
import type { JoinInfo } from "../../protocol";
import { Button, Checkbox, ErrorBanner } from "../../ui";
import { JoinFrame } from "./JoinFrame";

const RULES: readonly [string, LucideIcon][] = [
  ["quiet", House],
  ["noRecording", Ban],
  ["hand", Hand],
  ["network", Wifi],
];

const MEDIATION_RULES: readonly [string, LucideIcon][] = [
  ["free", HandHeart],
  ["private", Ban],
  ["honest", Scale],
  ["network", Wifi],
];

interface RulesStepProps {
  info: JoinInfo;
  onDone: (info: JoinInfo) => void;
}

/** The rules of the courtroom and the declaration not to record, made once. */
export function RulesStep({ info, onDone }: RulesStepProps) {
  const { t } = useTranslation();
  const [accepted, setAccepted] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);

  const submit = async () => {
    setWorking(true);
    setError(null);
    markJoinClicked();
    try {
      onDone(await declare(info.participation, { accepted: true, text_version: info.declaration_version }));
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <JoinFrame step={3} court={info.court} info={info}>
      <h1>{t("rules.title")}</h1>
      <ul className="rules">
        {(info.kind === "mediation" ? MEDIATION_RULES : RULES).map(([key, Icon]) => (
          <li key={key}>
            <span className="rules__dot">
              <Icon size={22} aria-hidden="true" />
            </span>
            <div>
              <b>{t(`rules.${key}.title`)}</b>
              <p>{t(`rules.${key}.text`)}</p>
            </div>
          </li>
        ))}
      </ul>
      <Checkbox checked={accepted} onChange={setAccepted} testId="declare-check">
        {t("rules.declaration")}
      </Checkbox>
      <ErrorBanner error={error} />
      <div className="acts">
        <Button
          variant="primary"
          large
          working={working}
          reason={accepted ? null : t("rules.tickFirst")}
          onPress={() => void submit()}
          testId="declare"
        >
          {t("rules.declare")}
        </Button>
      </div>
    </JoinFrame>
  );
}
