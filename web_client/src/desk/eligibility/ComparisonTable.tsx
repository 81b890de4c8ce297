import { ShieldAlert, ShieldCheck } from "lucide-react";

import { Cite, FindingTag, OutcomeTag } from "../parts";
import type { ComparisonCell, ComparisonColumn, ComparisonRow, EligibilityComparison } from "../wire";
import { useReader, useWords, type Translate } from "../words";
import { FindingList, peopleWords } from "./Changes";
import { parted } from "./comparison";
import { sentence } from "./timeline";

function columnName(t: Translate, title: string, column: ComparisonColumn): string {
  const day = t("compare.day", { date: column.on });
  return column.stored ? `${t("compare.stored")} · ${title} · ${day}` : `${title} · ${day}`;
}

function Head({ columns }: { columns: readonly ComparisonColumn[] }) {
  const t = useWords();
  const { text } = useReader();
  return (
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">
          <span className="sr">{t("compare.aspect")}</span>
        </th>
        {columns.map((column, index) => (
          <th key={index} role="columnheader" scope="col" data-testid="compared-column" data-outcome={column.outcome}>
            <span className="desk-cols__name">{text(column.title)}</span>
            <span className="small soft">
              {column.stored ? `${t("compare.stored")} · ` : ""}
              {t("compare.day", { date: column.on })}
            </span>
            {column.superseded_by && column.superseded_by.since <= column.on ? (
              <span className="small soft">
                {t("compare.supersededBy", { ruleset: column.superseded_by.ruleset, since: column.superseded_by.since })}
              </span>
            ) : null}
          </th>
        ))}
      </tr>
    </thead>
  );
}

const ASPECTS = ["outcome", "in_person", "awaiting", "gallery"] as const;
type AspectName = (typeof ASPECTS)[number];

function differsIn(found: EligibilityComparison, name: AspectName): boolean {
  return found.aspects.includes(name) || (name === "outcome" && found.aspects.includes("final"));
}

interface AspectProps {
  name: AspectName;
  found: EligibilityComparison;
  names: readonly string[];
}

function Aspect({ name, found, names }: AspectProps) {
  const t = useWords();
  const { text } = useReader();
  const cell = (column: ComparisonColumn) => {
    switch (name) {
      case "outcome":
        return (
          <>
            <OutcomeTag outcome={column.outcome} />
            {column.final ? <span className="small"> {t("timeline.final")}</span> : null}
          </>
        );
      case "in_person":
        return column.in_person.length > 0 ? peopleWords(t, column.in_person) : t("compare.nobody");
      case "awaiting":
        return column.awaiting.length > 0
          ? column.awaiting.map((one) => text(one.text)).join(t("listComma"))
          : t("compare.nothing");
      case "gallery":
        return t(column.gallery ? "compare.galleryOpen" : "compare.galleryClosed");
    }
  };
  const differs = differsIn(found, name);
  return (
    <tr role="row" data-differs={differs} data-aspect={name}>
      <th role="rowheader" scope="row">
        {t(`compare.aspects.${name}`)}
        {differs ? <span className="small desk-cols__differs">{t("compare.differs")}</span> : null}
      </th>
      {found.columns.map((column, index) => (
        <td key={index} role="cell" data-column={names[index]}>
          {cell(column)}
        </td>
      ))}
    </tr>
  );
}

function Cell({ cell }: { cell: ComparisonCell | null }) {
  const t = useWords();
  const { text } = useReader();
  if (cell === null) return <span className="soft">{t("compare.noRule")}</span>;
  return (
    <>
      <p className="row wrap">
        <FindingTag outcome={cell.outcome} />
        <Cite>{cell.citation}</Cite>
      </p>
      <p>{text(cell.text)}</p>
      {cell.final || !cell.gallery ? (
        <p className="small">
          {cell.final ? t("timeline.final") : ""} {cell.gallery ? "" : t("compare.galleryClosed")}
        </p>
      ) : null}
      <details className="desk-fold">
        <summary>{t("compare.source")}</summary>
        <p className="small">{text(cell.source)}</p>
        <p className="small soft">{t("compare.since", { date: cell.since })}</p>
      </details>
    </>
  );
}

function Row({ row, names }: { row: ComparisonRow; names: readonly string[] }) {
  const t = useWords();
  const { text } = useReader();
  return (
    <tr role="row" data-testid="compared-row" data-differs={row.differs} data-rule={row.rule}>
      <th role="rowheader" scope="row">
        {row.who ? <span>{peopleWords(t, [row.who])}</span> : null}
        <span className={row.who ? "small soft" : undefined}>{sentence(text(row.fact))}</span>
      </th>
      {row.cells.map((cell, index) => (
        <td key={index} role="cell" data-column={names[index]}>
          <Cell cell={cell} />
        </td>
      ))}
    </tr>
  );
}

function Replayed({ found }: { found: EligibilityComparison }) {
  const t = useWords();
  const { text, moment } = useReader();
  const { replay } = found;
  if (replay === null) return null;
  if (replay.same) {
    return (
      <p className="banner banner--ok" data-testid="replay" data-same>
        <ShieldCheck size={20} aria-hidden="true" />
        <span>{t("compare.replays", { at: moment(replay.at), ruleset: replay.stored.ruleset })}</span>
      </p>
    );
  }
  return (
    <div className="banner banner--stop" role="alert" data-testid="replay" data-same={false}>
      <ShieldAlert size={20} aria-hidden="true" />
      <div className="grow desk-stack">
        <p>{text(replay.problem)}</p>
        <p className="row wrap">
          {t("compare.storedAnswer", { at: moment(replay.at) })} <OutcomeTag outcome={replay.stored.outcome} />
        </p>
        <FindingList findings={replay.stored.findings} />
      </div>
    </div>
  );
}

interface Props {
  found: EligibilityComparison;
  /** Something else has been chosen since. */
  stale: boolean;
}

/** Columns side by side, on a phone one below the other; what differs first, what is equal folded away. */
export function ComparisonTable({ found, stale }: Props) {
  const t = useWords();
  const { text } = useReader();
  const names = found.columns.map((column) => columnName(t, text(column.title), column));
  const { differing, equal } = parted(found.rows);
  const same = ASPECTS.filter((name) => name !== "outcome" && !differsIn(found, name));
  return (
    <div className="desk-stack" data-testid="comparison" data-differs={found.differs}>
      {stale ? <p className="banner banner--wait">{t("compare.stale")}</p> : null}
      <Replayed found={found} />
      <p className="desk-compare__result" role="status">
        <b>
          {found.columns.length < 2
            ? t("compare.oneColumn")
            : t(found.differs ? "compare.isDifferent" : "compare.isSame", { count: differing.length })}
        </b>
      </p>
      <table className="desk-cols" role="table" data-columns={found.columns.length}>
        <caption className="sr">{t("compare.title")}</caption>
        <Head columns={found.columns} />
        <tbody role="rowgroup">
          {ASPECTS.filter((name) => !same.includes(name)).map((name) => (
            <Aspect key={name} name={name} found={found} names={names} />
          ))}
          {differing.map((row) => (
            <Row key={`${row.rule} ${row.about}`} row={row} names={names} />
          ))}
        </tbody>
      </table>
      {equal.length + same.length > 0 ? (
        <details className="desk-fold" data-testid="equal-findings">
          <summary>{t("compare.equal", { count: equal.length + same.length })}</summary>
          <table className="desk-cols" role="table" data-columns={found.columns.length}>
            <caption className="sr">{t("compare.equal", { count: equal.length + same.length })}</caption>
            <Head columns={found.columns} />
            <tbody role="rowgroup">
              {same.map((name) => (
                <Aspect key={name} name={name} found={found} names={names} />
              ))}
              {equal.map((row) => (
                <Row key={`${row.rule} ${row.about}`} row={row} names={names} />
              ))}
            </tbody>
          </table>
        </details>
      ) : null}
    </div>
  );
}
