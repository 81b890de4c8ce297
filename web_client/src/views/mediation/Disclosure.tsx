import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answerDisclosure, ApiError, getParticipation } from "../../core/api";
import type { JoinInfo, MediationView } from "../../protocol";
import { Banner, Button, ErrorBanner } from "../../ui";
import { JoinFrame } from "../join/JoinFrame";
import { useRoomContext } from "../room/useRoom";

/** Whether the mediator has disclosed a tie and this side has still to say whether it accepts. */
export function isAsked(mediation: MediationView | null | undefined): mediation is Disclosed {
  return mayAnswer(mediation) && mediation.own_answer === null;
}

/** A mediation whose mediator has disclosed a tie that this side may answer. */
type Disclosed = MediationView & { disclosure_version: number };

function mayAnswer(mediation: MediationView | null | undefined): mediation is Disclosed {
  return Boolean(mediation?.may_answer) && mediation?.disclosure_version != null;
}

/** The answer names the text that is on the page. Where another stands by now, the page shows it, with what is to be done. */
function useAnswer(participation: string, version: number, onDone: (info: JoinInfo) => void) {
  const [working, setWorking] = useState<boolean | null>(null);
  const [error, setError] = useState<unknown>(null);
  const answer = async (accepts: boolean) => {
    setWorking(accepts);
    setError(null);
    try {
      onDone(await answerDisclosure(participation, { accepts, version }));
    } catch (cause) {
      setError(cause);
      if (cause instanceof ApiError && OUTDATED.has(cause.code)) {
        await getParticipation(participation).then(onDone, () => undefined);
      }
    } finally {
      setWorking(null);
    }
  };
  return { working, error, answer };
}

/** The refusals of an answer to what no longer stands. */
const OUTDATED = new Set(["disclosure_changed", "nothing_disclosed"]);

interface ChoiceProps {
  participation: string;
  version: number;
  onDone: (info: JoinInfo) => void;
  onLater?: (() => void) | undefined;
  large?: boolean;
}

function Answers({ participation, version, onDone, onLater, large = false }: ChoiceProps) {
  const { t } = useTranslation();
  const { working, error, answer } = useAnswer(participation, version, onDone);
  return (
    <>
      <ErrorBanner error={error} testId="disclosure-error" />
      <div className={large ? "acts" : "row wrap"}>
        <Button
          variant="primary"
          large={large}
          working={working === true}
          disabled={working === false}
          onPress={() => void answer(true)}
          testId="accept-mediator"
        >
          {t("mediation.disclosure.accept")}
        </Button>
        <Button
          large={large}
          working={working === false}
          disabled={working === true}
          onPress={() => void answer(false)}
          testId="refuse-mediator"
        >
          {t("mediation.disclosure.refuse")}
        </Button>
        {onLater ? (
          <Button variant="quiet" large={large} onPress={onLater} testId="answer-later">
            {t("mediation.disclosure.later")}
          </Button>
        ) : null}
      </div>
    </>
  );
}

interface QuestionProps {
  info: JoinInfo;
  mediation: Disclosed;
  onDone: (info: JoinInfo) => void;
  onLater: () => void;
}

/** A page of its own on the way in: what the mediator disclosed, and whether this side accepts the mediator. */
export function DisclosureQuestion({ info, mediation, onDone, onLater }: QuestionProps) {
  const { t } = useTranslation();
  return (
    <JoinFrame court={info.court} info={info}>
      <div className="stack-4" data-testid="disclosure-question">
        <div className="stack">
          <h1>{t("mediation.disclosure.title")}</h1>
          <p className="lead">{t("mediation.disclosure.lead", { name: mediation.mediator })}</p>
        </div>
        <Told mediation={mediation} />
        <p>{t("mediation.disclosure.free")}</p>
        <Answers
          participation={info.participation}
          version={mediation.disclosure_version}
          onDone={onDone}
          onLater={onLater}
          large
        />
      </div>
    </JoinFrame>
  );
}

function Told({ mediation }: { mediation: MediationView }) {
  const { t } = useTranslation();
  return (
    <blockquote className="told">
      <span className="kicker">{t("mediation.disclosure.told")}</span>
      <p>{mediation.conflict}</p>
    </blockquote>
  );
}

/** On the page of who came too early: the mediator's disclosure and the answer that stands, which may be changed. */
export function DisclosureLine({ info, onDone }: { info: JoinInfo; onDone: (info: JoinInfo) => void }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  const mediation = info.mediation;
  if (!mediation?.disclosed) return null;
  if (mediation.conflict === null) {
    return (
      <p className="soft" data-testid="no-conflict">
        {t("mediation.disclosure.none", { name: mediation.mediator })}
      </p>
    );
  }
  if (!mayAnswer(mediation)) return null;
  const asked = mediation.own_answer === null;
  const done = (now: JoinInfo) => {
    setChanging(false);
    onDone(now);
  };
  return (
    <section className="disclosure-line" data-testid="disclosure-line" data-answer={String(mediation.own_answer)}>
      <b>
        {asked
          ? t("mediation.disclosure.open")
          : t(mediation.own_answer ? "mediation.disclosure.accepted" : "mediation.disclosure.refused")}
      </b>
      <Told mediation={mediation} />
      {asked || changing ? (
        <Answers participation={info.participation} version={mediation.disclosure_version} onDone={done} />
      ) : (
        <Button onPress={() => setChanging(true)} testId="change-answer">
          {t("mediation.disclosure.change")}
        </Button>
      )}
    </section>
  );
}

/** In the room: a disclosure made while the mediation goes on is answered there. */
export function DisclosureNotice({ participation }: { participation: string }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  if (!isAsked(view.mediation)) return null;
  return (
    <Banner tone="wait" role="status" testId="disclosure-notice">
      <div className="stack">
        <b>{t("mediation.disclosure.lead", { name: view.mediation.mediator })}</b>
        <Told mediation={view.mediation} />
        <p>{t("mediation.disclosure.freeLive")}</p>
        <Answers
          participation={participation}
          version={view.mediation.disclosure_version}
          onDone={() => undefined}
        />
      </div>
    </Banner>
  );
}

/** Where the mediation does not take place now: the same sentence for everybody. */
export function OffBanner({ text }: { text: string }) {
  const { t } = useTranslation();
  if (!text) return null;
  return (
    <Banner tone="wait" role="status" testId="mediation-off">
      <b>{t("mediation.off.title")}</b>
      <p>{text}</p>
    </Banner>
  );
}
