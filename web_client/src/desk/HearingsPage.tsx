import { ArrowLeft, CalendarDays, FolderPlus, Plus, Search, Video } from "lucide-react";
import { useState } from "react";

import { Link, navigate } from "../router";
import { Button, Loading, Tag } from "../ui";
import { Kind } from "../views/mediation/Kind";
import { HearingView } from "./HearingView";
import { mayHaveRecording } from "./lifecycle";
import { grouped, searchCases, searchHearings } from "./listing";
import { Empty, ErrorNote, StandingTags } from "./parts";
import { useResource } from "./resource";
import type { Show } from "./route";
import { useHasRole } from "./session";
import { longDay } from "./time";
import type { CaseLine, CaseList, HearingLine, HearingList } from "./wire";
import { useReader, useWords } from "./words";

const LIST_POLL_MS = 5_000;

export function SearchBox({ value, onChange, label }: { value: string; onChange: (value: string) => void; label: string }) {
  return (
    <div className="desk-search">
      <Search size={20} aria-hidden="true" />
      <input
        className="input"
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        data-testid="search"
      />
    </div>
  );
}

function HearingRow({ line, current, dated }: { line: HearingLine; current: boolean; dated: boolean }) {
  const t = useWords();
  const { clock, rowDay } = useReader();
  return (
    <Link
      className="desk-hear"
      href={`/desk/hearings/${line.id}`}
      aria-current={current ? "true" : undefined}
      data-testid={`hearing-${line.id}`}
    >
      <span className="desk-hear__t">
        {line.scheduled_at === null ? (
          <span className="muted">–</span>
        ) : (
          <>
            {dated ? <span className="desk-hear__day small">{rowDay(line.scheduled_at)}</span> : null}
            <time dateTime={line.scheduled_at}>{clock(line.scheduled_at)}</time>
          </>
        )}
      </span>
      <span className="desk-hear__n">{line.title}</span>
      <span className="small soft">
        {line.case_number} · {line.cause}
      </span>
      <span className="desk-hear__tags">
        <Kind kind={line.kind} local>
          <StandingTags line={line} />
        </Kind>
        {line.waiting > 0 ? <Tag tone="wait">{t("list.waiting", { count: line.waiting })}</Tag> : null}
      </span>
    </Link>
  );
}

function CaseRow({ line }: { line: CaseLine }) {
  return (
    <Link className="desk-hear" href={`/desk/cases/${line.id}`}>
      <span className="desk-hear__t muted">–</span>
      <span className="desk-hear__n">{line.title}</span>
      <span className="small soft">
        {line.number} · {line.cause}
      </span>
    </Link>
  );
}

interface GroupProps {
  title: string;
  lines: HearingLine[];
  id: string | null;
  dated: boolean;
}

function Group({ title, lines, id, dated }: GroupProps) {
  if (lines.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="desk-group">
        <span>{title}</span>
        <span>{lines.length}</span>
      </h3>
      {lines.map((line) => (
        <HearingRow key={line.id} line={line} current={line.id === id} dated={dated} />
      ))}
    </section>
  );
}

function shown(lines: HearingLine[], show: Show): HearingLine[] {
  if (show === "recordings") return lines.filter((one) => one.kind === "hearing" && mayHaveRecording(one.phase));
  return lines;
}

function ListEmpty({ show, searching }: { show: Show; searching: boolean }) {
  const t = useWords();
  const clerk = useHasRole("clerk");
  const judge = useHasRole("judge");
  if (searching) return <Empty icon={Search} title={t("list.noMatch")} />;
  if (show === "recordings") return <Empty icon={Video} title={t("list.noRecordings")} />;
  return (
    <Empty icon={CalendarDays} title={t("list.none")}>
      <p className="soft">{clerk ? t("list.noneClerk") : t(judge ? "list.noneJudge" : "list.noneMediator")}</p>
    </Empty>
  );
}

function HearingList({ show, id }: { show: Show; id: string | null }) {
  const t = useWords();
  const { reader } = useReader();
  const clerk = useHasRole("clerk");
  const [query, setQuery] = useState("");
  const hearings = useResource<HearingList>("hearings", LIST_POLL_MS);
  const cases = useResource<CaseList>(show === "today" && clerk ? "cases" : null);
  const now = new Date();
  const lines = shown(searchHearings(hearings.value?.hearings ?? [], query), show);
  const groups = grouped(lines, now);
  const bare = searchCases(cases.value?.cases ?? [], query).filter((one) => one.hearings === 0);
  const empty = hearings.value !== undefined && lines.length === 0 && bare.length === 0;
  return (
    <nav className="desk-list" aria-label={t("list.label")}>
      <header>
        <div className="row between">
          <h2>{show === "today" ? longDay(now, reader) : t(`nav.${show}`)}</h2>
          {clerk ? (
            <Button variant="primary" onPress={() => navigate("/desk/cases/new")} testId="new-case">
              <Plus size={16} aria-hidden="true" />
              {t("cases.new")}
            </Button>
          ) : null}
        </div>
        <SearchBox value={query} onChange={setQuery} label={t("list.search")} />
      </header>
      <ErrorNote error={hearings.error} retry={hearings.reload} />
      {hearings.value === undefined && hearings.error === null ? <Loading /> : null}
      {empty ? <ListEmpty show={show} searching={query.trim() !== ""} /> : null}
      {show === "today" && !empty && hearings.value !== undefined && groups.today.length === 0 && query === "" ? (
        <p className="desk-list__none soft small">{t("list.noneToday")}</p>
      ) : null}
      <Group title={t("list.today")} lines={groups.today} id={id} dated={false} />
      <Group title={t("list.upcoming")} lines={groups.upcoming} id={id} dated />
      <Group title={t("list.undated")} lines={groups.undated} id={id} dated />
      {bare.length > 0 ? (
        <section aria-label={t("list.noHearing")}>
          <h3 className="desk-group">
            <span>{t("list.noHearing")}</span>
            <span>{bare.length}</span>
          </h3>
          {bare.map((line) => (
            <CaseRow key={line.id} line={line} />
          ))}
        </section>
      ) : null}
      <Group title={t("list.earlier")} lines={groups.earlier} id={id} dated />
    </nav>
  );
}

/** What stands at the right before a hearing is chosen: the day at a glance. */
function DayOverview() {
  const t = useWords();
  const { clock } = useReader();
  const clerk = useHasRole("clerk");
  const hearings = useResource<HearingList>("hearings", LIST_POLL_MS);
  const groups = grouped(hearings.value?.hearings ?? [], new Date());
  const waiting = groups.today.reduce((sum, one) => sum + one.waiting, 0);
  const next = groups.today.find((one) => !mayHaveRecording(one.phase) && one.phase !== "cancelled");
  if (hearings.value === undefined) return null;
  return (
    <Empty
      icon={hearings.value.hearings.length === 0 ? FolderPlus : CalendarDays}
      title={groups.today.length === 0 ? t("day.none") : t("day.count", { count: groups.today.length })}
    >
      {waiting > 0 ? <p>{t("day.waiting", { count: waiting })}</p> : null}
      {next ? (
        <p>
          {t("day.next", { time: clock(next.scheduled_at ?? "") })}{" "}
          <Link href={`/desk/hearings/${next.id}`}>{next.title}</Link>
        </p>
      ) : null}
      <p className="soft">{hearings.value.hearings.length === 0 && clerk ? t("day.start") : t("day.choose")}</p>
    </Empty>
  );
}

/** `/desk` and `/desk/hearings/{id}`: the list at the left, a hearing at the right; one after the other on a phone. */
export function HearingsPage({ show, id }: { show: Show; id: string | null }) {
  const t = useWords();
  return (
    <main id="desk-main" className="desk-two" data-open={id !== null}>
      <HearingList show={show} id={id} />
      <div className="desk-open">
        {id === null ? (
          <DayOverview />
        ) : (
          <>
            <Link href="/desk" className="desk-back">
              <ArrowLeft size={16} aria-hidden="true" />
              {t("back.hearings")}
            </Link>
            <HearingView key={id} id={id} />
          </>
        )}
      </div>
    </main>
  );
}
