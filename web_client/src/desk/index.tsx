import { FileQuestion, ShieldAlert } from "lucide-react";

import { i18next } from "../i18n";
import en from "../locales/desk.en.json";
import zh from "../locales/desk.zh.json";
import { Link, usePath } from "../router";
import { Loading } from "../ui";
import { Kind } from "../views/mediation/Kind";
import { AccountsPage } from "./AccountsPage";
import { AwaitingPage } from "./AwaitingPage";
import { CasesPage } from "./CasesPage";
import "./desk.css";
import { TimelinePage } from "./eligibility/TimelinePage";
import { GatePage } from "./GatePage";
import { HearingEditPage } from "./HearingEditPage";
import { HearingsPage } from "./HearingsPage";
import { Empty, ErrorNote } from "./parts";
import { RecordingPage } from "./RecordingPage";
import { useResource } from "./resource";
import { routeOf, type Route } from "./route";
import { SessionProvider, useHasRole } from "./session";
import { Shell } from "./Shell";
import type { StaffMe } from "./wire";
import { useWords } from "./words";

i18next.addResourceBundle("zh", "desk", zh);
i18next.addResourceBundle("en", "desk", en);

function NoPage() {
  const t = useWords();
  return (
    <main id="desk-main" className="desk-page">
      <Empty icon={FileQuestion} title={t("noPage.title")}>
        <p>
          <Link href="/desk">{t("noPage.back")}</Link>
        </p>
      </Empty>
    </main>
  );
}

function Refused() {
  const t = useWords();
  return (
    <main id="desk-main" className="desk-page">
      <Empty icon={ShieldAlert} title={t("refused.title")}>
        <p className="soft">{t("refused.text")}</p>
      </Empty>
    </main>
  );
}

/** Pages of who mediates and is neither clerk nor judge. */
const MEDIATORS: ReadonlySet<Route["page"]> = new Set(["hearings", "gate", "eligibility"]);

function Page({ route }: { route: Route }) {
  const administrator = useHasRole("administrator");
  const clerk = useHasRole("clerk");
  const judge = useHasRole("judge");
  const mediator = useHasRole("mediator");
  if (route.page === "none") return <NoPage />;
  if (route.page === "accounts") return administrator ? <AccountsPage /> : <Refused />;
  if (!clerk && !judge && !(mediator && MEDIATORS.has(route.page))) return administrator && !mediator ? <AccountsPage /> : <Refused />;
  switch (route.page) {
    case "hearings":
      return (
        <Kind kind={clerk || judge ? "hearing" : "mediation"} local>
          <HearingsPage show={route.show} id={route.id} />
        </Kind>
      );
    case "awaiting":
      return <AwaitingPage />;
    case "edit":
      return clerk ? <HearingEditPage key={route.id} id={route.id} /> : <Refused />;
    case "gate":
      return <GatePage key={route.id} id={route.id} />;
    case "eligibility":
      return <TimelinePage key={route.id} id={route.id} />;
    case "recording":
      return <RecordingPage key={route.id} id={route.id} />;
    case "cases":
      if (!clerk) return <Refused />;
      return <CasesPage id={route.id} create={route.create} newHearing={route.newHearing} />;
  }
}

/** The staff pages: everything under `/desk`. */
export default function DeskApp() {
  const route = routeOf(usePath());
  const me = useResource<StaffMe>("me");
  if (me.value === undefined) {
    return me.error === null || me.error.status === 401 ? (
      <Loading />
    ) : (
      <div className="desk-page">
        <ErrorNote error={me.error} retry={me.reload} />
      </div>
    );
  }
  return (
    <SessionProvider value={me.value}>
      <Shell>
        <Page route={route} />
      </Shell>
    </SessionProvider>
  );
}
