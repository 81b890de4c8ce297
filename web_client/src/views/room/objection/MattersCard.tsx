import { Gavel, Landmark } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { citationFor } from "../../../desk/citation";
import { useDates, useText } from "../../../i18n";
import type { View } from "../../../protocol";
import { Banner, Button, Card, Tag } from "../../../ui";
import { useAllowed, useRoomContext } from "../useRoom";
import { blankRuling, RulingDialog, type RulingDraft } from "./RulingDialog";

export type Matter = NonNullable<View["eligibility"]>["matters"][number];

const MAY_RULE: ReadonlySet<string> = new Set(["presiding_judge", "panel_judge"]);

/** Whether the judge has something to do: a ruling to make, or what follows from one. */
export function awaitsTheJudge(view: View): boolean {
  const gate = view.eligibility;
  if (!gate) return false;
  return gate.must_convert !== null || gate.must_attend.length > 0 || gate.matters.some(isOpen);
}

function isOpen(matter: Matter): boolean {
  return matter.held === null && matter.ground !== null;
}

/** For clerk and bench: what was lodged against going on online, what the judge ruled, and what follows from it. */
export function MattersCard() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const [ruling, setRuling] = useState<Matter | null>(null);
  // What was typed stays while the dialog is closed: the judge may want to hear somebody first.
  const drafts = useRef(new Map<string, RulingDraft>());
  const gate = view.eligibility;
  if (!gate || (gate.matters.length === 0 && !gate.must_convert && gate.must_attend.length === 0)) return null;
  const open = gate.matters.filter(isOpen).length;
  return (
    <Card
      className="matters-card"
      title={t("objection.matters.title")}
      aside={open > 0 ? <span className="count count--hot">{open}</span> : null}
      testId="matters"
    >
      <div className="stack">
        <Consequence gate={gate} />
        <ul className="people">
          {gate.matters.map((matter) => (
            <MatterLine key={matter.id} matter={matter} onRule={() => setRuling(matter)} />
          ))}
        </ul>
      </div>
      {ruling ? (
        <RulingDialog
          matter={ruling}
          draft={drafts.current.get(ruling.id) ?? null}
          onDraft={(draft) => drafts.current.set(ruling.id, draft ?? blankRuling)}
          onClose={() => setRuling(null)}
        />
      ) : null}
    </Card>
  );
}

/** What the judge has to do now: convert, or have a side attend at court. */
function Consequence({ gate }: { gate: NonNullable<View["eligibility"]> }) {
  const { t, i18n } = useTranslation();
  const { view, ask } = useRoomContext();
  const text = useText();
  const convert = useAllowed()("convert_offline");
  if (!gate.must_convert && gate.must_attend.length === 0) return null;
  const names = gate.must_attend.map((id) => view.participants.find((one) => one.id === id)?.name ?? id);
  const reader = i18n.language === "en" ? "en" : "zh";
  return (
    <>
      <Banner
        tone={gate.must_convert ? "stop" : "wait"}
        role="status"
        citation={gate.citation ? citationFor(gate.citation, reader) : null}
        testId={gate.must_convert ? "must-convert" : "must-attend"}
      >
        <b>
          {gate.must_convert
            ? t("objection.matters.mustConvert")
            : t("objection.matters.mustAttend", { names: names.join(reader === "en" ? ", " : "、") })}
        </b>
        <p>{gate.must_convert ? text(gate.must_convert) : t("objection.matters.mustAttendHint")}</p>
      </Banner>
      {convert.shown ? (
        <Button
          variant={gate.must_convert ? "stop" : "plain"}
          reason={convert.reason}
          onPress={() => ask({ event: "convert_offline" })}
          testId="convert-now"
        >
          <Landmark size={18} aria-hidden="true" />
          {t("control.rare.convert_offline")}
        </Button>
      ) : null}
    </>
  );
}

function MatterLine({ matter, onRule }: { matter: Matter; onRule: () => void }) {
  const { t } = useTranslation();
  const { view, state } = useRoomContext();
  const text = useText();
  const dates = useDates();
  const awaits = isOpen(matter);
  // Another ruling in its place: to hold what was not held, or to take back what compels the conversion.
  const again = matter.held === true || (matter.held === false && !view.eligibility?.must_convert);
  return (
    <li className="person" data-testid={`matter-${matter.id}`} data-held={String(matter.held)} data-ground={matter.ground ?? ""}>
      <div className="row between">
        <b className="grow">{text(matter.text)}</b>
        <time className="small soft">{dates.time(matter.ruled_at ?? matter.at)}</time>
      </div>
      {matter.reasons || matter.side ? (
        <p className="matter__reasons">{matter.reasons || t("objection.matters.noReasons")}</p>
      ) : null}
      <div className="row wrap between">
        <MatterTag matter={matter} />
        {awaits && MAY_RULE.has(view.me.role) ? (
          <Button
            variant="primary"
            onPress={onRule}
            reason={state.status === "connected" ? null : t("control.notConnected")}
            testId={`rule-${matter.id}`}
          >
            <Gavel size={18} aria-hidden="true" />
            {t("objection.matters.rule")}
          </Button>
        ) : null}
        {!awaits && again && MAY_RULE.has(view.me.role) ? (
          <Button variant="quiet" onPress={onRule} testId={`rule-anew-${matter.id}`}>
            {t("objection.matters.ruleAnew")}
          </Button>
        ) : null}
      </div>
    </li>
  );
}

function MatterTag({ matter }: { matter: Matter }) {
  const { t } = useTranslation();
  if (matter.held === true) return <Tag tone="stop">{t("objection.matters.held")}</Tag>;
  if (matter.held === false) return <Tag tone="ok">{t("objection.matters.notHeld")}</Tag>;
  if (matter.ground === null) return <Tag>{t("objection.matters.noted")}</Tag>;
  return <Tag tone="wait">{t("objection.matters.open")}</Tag>;
}
