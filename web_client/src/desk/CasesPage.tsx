import { ArrowLeft, FolderOpen, Plus, Search } from "lucide-react";
import { useState } from "react";

import { Link, navigate } from "../router";
import { Button, Loading } from "../ui";
import { CaseForm } from "./CaseForm";
import { CaseView } from "./CaseView";
import { SearchBox } from "./HearingsPage";
import { searchCases } from "./listing";
import { Empty, ErrorNote } from "./parts";
import { useResource } from "./resource";
import { useHasRole } from "./session";
import type { CaseList } from "./wire";
import { useReader, useWords } from "./words";

interface Props {
  id: string | null;
  create: boolean;
  newHearing: boolean;
}

function CaseListing({ id }: { id: string | null }) {
  const t = useWords();
  const { moment } = useReader();
  const clerk = useHasRole("clerk");
  const [query, setQuery] = useState("");
  const cases = useResource<CaseList>("cases", 15_000);
  const lines = searchCases(cases.value?.cases ?? [], query);
  return (
    <nav className="desk-list" aria-label={t("cases.title")}>
      <header>
        <div className="row between">
          <h2>{t("cases.title")}</h2>
          {clerk ? (
            <Button variant="primary" onPress={() => navigate("/desk/cases/new")} testId="new-case">
              <Plus size={16} aria-hidden="true" />
              {t("cases.new")}
            </Button>
          ) : null}
        </div>
        <SearchBox value={query} onChange={setQuery} label={t("list.search")} />
      </header>
      <ErrorNote error={cases.error} retry={cases.reload} />
      {cases.value === undefined && cases.error === null ? <Loading /> : null}
      {cases.value !== undefined && lines.length === 0 ? (
        query.trim() === "" ? (
          <Empty icon={FolderOpen} title={t("cases.none")} />
        ) : (
          <Empty icon={Search} title={t("list.noMatch")} />
        )
      ) : null}
      {lines.map((line) => (
        <Link
          key={line.id}
          className="desk-hear desk-hear--case"
          href={`/desk/cases/${line.id}`}
          aria-current={line.id === id ? "true" : undefined}
          data-testid={`case-${line.id}`}
        >
          <span className="desk-hear__n">{line.title}</span>
          <span className="small soft">
            {line.number} · {line.cause}
          </span>
          <span className="small muted">
            {line.next_hearing_at
              ? t("cases.next", { at: moment(line.next_hearing_at) })
              : line.hearings > 0
                ? t("cases.hearings", { count: line.hearings })
                : t("cases.noHearing")}
          </span>
        </Link>
      ))}
    </nav>
  );
}

/** `/desk/cases`, `/desk/cases/new`, `/desk/cases/{id}`, `/desk/cases/{id}/new-hearing` */
export function CasesPage({ id, create, newHearing }: Props) {
  const t = useWords();
  return (
    <main id="desk-main" className="desk-two" data-open={id !== null || create}>
      <CaseListing id={id} />
      <div className="desk-open">
        {id !== null || create ? (
          <Link href="/desk/cases" className="desk-back">
            <ArrowLeft size={16} aria-hidden="true" />
            {t("back.cases")}
          </Link>
        ) : null}
        {create ? <CaseForm /> : null}
        {id !== null ? <CaseView key={id} id={id} newHearing={newHearing} /> : null}
        {id === null && !create ? (
          <Empty icon={FolderOpen} title={t("cases.choose")}>
            <p className="soft">{t("cases.chooseText")}</p>
          </Empty>
        ) : null}
      </div>
    </main>
  );
}
