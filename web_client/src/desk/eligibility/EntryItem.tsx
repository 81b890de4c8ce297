import {
  CalendarClock,
  CircleDot,
  FilePenLine,
  Gavel,
  GitCompareArrows,
  HeartHandshake,
  MapPin,
  Scale,
  ShieldAlert,
  ShieldCheck,
  UserRound,
  Video,
  type LucideIcon,
} from "lucide-react";

import { Button } from "../../ui";
import { Cite, OUTCOME_ICON } from "../parts";
import type { DeterminationEntry, EligibilityEntry, RulingEntry, StatementEntry } from "../wire";
import { useReader, useWords } from "../words";
import { Changes, FindingList, peopleWords } from "./Changes";
import { byWhom, LateTag, rulingWords } from "./Tags";
import { anchorOf, sentence } from "./timeline";

const ICON: Partial<Record<EligibilityEntry["kind"], LucideIcon>> = {
  drafted: FilePenLine,
  file_changed: FilePenLine,
  statement: UserRound,
  deadline: CalendarClock,
  reminder: CalendarClock,
  deadline_passed: CalendarClock,
  equipment: Video,
  determination: Scale,
  ruling: Gavel,
  opened: Scale,
  at_court: MapPin,
  assignment: HeartHandshake,
  disclosure: HeartHandshake,
  disclosure_answer: HeartHandshake,
};

function Another({ sequence, words }: { sequence: number; words: "replacedBy" | "replaces" | "supersededBy" | "supersedes" }) {
  const t = useWords();
  return (
    <a href={`#${anchorOf(sequence)}`} className="small">
      {t(`timeline.${words}`, { sequence })}
    </a>
  );
}

function Statement({ entry, stated }: { entry: EligibilityEntry; stated: StatementEntry }) {
  const t = useWords();
  const { text } = useReader();
  const replaced = stated.replaced_by !== null;
  return (
    <>
      <p className="desk-entry__title row wrap">
        <b data-replaced={replaced || undefined}>{sentence(text(stated.fact))}</b>
        <LateTag entry={entry} />
      </p>
      {stated.after_opening ? <p className="small">{t("timeline.afterOpeningText")}</p> : null}
      <p className="small soft">
        {t("history.source", { who: stated.asserted_by, how: t(`how.${stated.how}`) })}
        {stated.how === "link" ? null : t("history.enteredBy", { name: stated.entered_by })}
        {stated.note ? ` · ${t("timeline.note", { note: stated.note })}` : null}
      </p>
      <p className="row wrap">
        {stated.replaces !== null ? <Another sequence={stated.replaces} words="replaces" /> : null}
        {stated.replaced_by !== null ? <Another sequence={stated.replaced_by} words="replacedBy" /> : null}
      </p>
    </>
  );
}

interface MilestoneProps {
  found: DeterminationEntry;
  onCompare: ((determination: string) => void) | null;
}

function Milestone({ found, onCompare }: MilestoneProps) {
  const t = useWords();
  const { text } = useReader();
  const Icon = OUTCOME_ICON[found.outcome];
  return (
    <div className="desk-milestone" data-outcome={found.outcome}>
      <p className="desk-entry__title row wrap">
        <Icon size={20} aria-hidden="true" className={`desk-o-${found.outcome}`} />
        <b>{t(`timeline.outcome.${found.outcome}`)}</b>
        {found.final ? <span className="small">{t("timeline.final")}</span> : null}
      </p>
      {found.in_person.length > 0 ? <p>{t("timeline.atCourt", { who: peopleWords(t, found.in_person) })}</p> : null}
      {found.awaiting.length > 0 ? (
        <p>{t("timeline.awaiting", { grounds: found.awaiting.map((one) => text(one.text)).join(t("listComma")) })}</p>
      ) : null}
      {found.observers_out.length > 0 ? (
        <p>{t("timeline.observersOut", { who: peopleWords(t, found.observers_out) })}</p>
      ) : null}
      <Changes changes={found.changes} />
      <details className="desk-fold">
        <summary>{t("timeline.findings", { count: found.findings.length })}</summary>
        <FindingList findings={found.findings} />
      </details>
      <p className="small soft">{t("timeline.decidedUnder", { ruleset: found.ruleset, on: found.on })}</p>
      {onCompare ? (
        <Button variant="quiet" onPress={() => onCompare(found.id)} testId="compare-this">
          <GitCompareArrows size={16} aria-hidden="true" />
          {t("timeline.compareThis")}
        </Button>
      ) : null}
    </div>
  );
}

function Ruled({ ruled }: { ruled: RulingEntry }) {
  const t = useWords();
  const { text } = useReader();
  const Shield = ruled.signed === true ? ShieldCheck : ShieldAlert;
  const signed = ruled.signed === null ? "unsigned" : ruled.signed ? "signed" : "broken";
  return (
    <>
      <p className="desk-entry__title">
        <b data-replaced={ruled.superseded_by !== null || undefined}>{rulingWords(t, text(ruled.about), ruled.held)}</b>
      </p>
      <p className="small">
        <Cite>{ruled.article}</Cite>
      </p>
      <details className="desk-fold">
        <summary>{t("timeline.reasons")}</summary>
        <p className="desk-reasons">{ruled.reasons}</p>
      </details>
      <p className="small desk-signed" data-signed={signed}>
        <Shield size={16} aria-hidden="true" />
        <span>{t(`timeline.signature.${signed}`, { key: ruled.key_id ?? "" })}</span>
      </p>
      <p className="row wrap">
        {ruled.supersedes !== null ? <Another sequence={ruled.supersedes} words="supersedes" /> : null}
        {ruled.superseded_by !== null ? <Another sequence={ruled.superseded_by} words="supersededBy" /> : null}
      </p>
    </>
  );
}

function Body({ entry, onCompare }: EntryProps) {
  const { text } = useReader();
  const t = useWords();
  if (entry.statement !== null) return <Statement entry={entry} stated={entry.statement} />;
  if (entry.determination !== null) return <Milestone found={entry.determination} onCompare={onCompare} />;
  if (entry.ruling !== null) return <Ruled ruled={entry.ruling} />;
  return (
    <>
      <p className={entry.kind === "phase" ? "soft" : "desk-entry__title"}>{text(entry.text)}</p>
      {entry.phase?.determination ? (
        <p className="small soft">{t("timeline.openedUnder", { id: entry.phase.determination })}</p>
      ) : null}
    </>
  );
}

interface EntryProps {
  entry: EligibilityEntry;
  onCompare: ((determination: string) => void) | null;
}

/** One entry: when, what in shape and words, by whom, on what it rests, and its place in the chain. */
export function EntryItem({ entry, onCompare }: EntryProps) {
  const t = useWords();
  const { clockSeconds } = useReader();
  const Icon = ICON[entry.kind] ?? CircleDot;
  const outcome = entry.determination?.outcome;
  return (
    <li
      id={anchorOf(entry.sequence)}
      className="desk-entry"
      data-testid="entry"
      data-kind={entry.kind}
      data-outcome={outcome}
      data-late={entry.statement?.late || undefined}
      data-after-opening={entry.statement?.after_opening || undefined}
    >
      <time dateTime={entry.at}>{clockSeconds(entry.at)}</time>
      <span className="desk-entry__pt" aria-hidden="true">
        <Icon size={16} />
      </span>
      <div className="desk-entry__body">
        <Body entry={entry} onCompare={onCompare} />
        <p className="desk-entry__foot small muted">
          <span>{byWhom(t, entry)}</span>
          {entry.determination === null && entry.ruling === null && entry.citations.length > 0 ? (
            <Cite>{entry.citations.join("; ")}</Cite>
          ) : null}
          <span className="mono" title={entry.hash}>
            {t("timeline.place", { sequence: entry.sequence, hash: entry.hash.slice(0, 8) })}
          </span>
        </p>
      </div>
    </li>
  );
}

