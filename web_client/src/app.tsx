import { lazy, Suspense } from "react";

import { usePath } from "./router";
import { Loading } from "./ui";
import { JoinPage } from "./views/join/JoinPage";
import { Landing } from "./views/Landing";
import { NotFound } from "./views/NotFound";
import { ParticipationPage } from "./views/ParticipationPage";
import { SignIn, SignInLink } from "./views/SignIn";
import { readStatementPath } from "./views/statement/form";

const DeskApp = lazy(() => import("./desk"));
const StatementPage = lazy(() => import("./views/statement/StatementPage"));

/** The page for the path. Names never appear in a path; the secrets of links are in the fragment. */
export function App() {
  const path = usePath();
  return <Suspense fallback={<Loading />}>{page(path)}</Suspense>;
}

const PARTICIPATION = /^\/p\/(par_[A-Za-z0-9]{8,32})\/?$/;

function page(path: string) {
  if (path === "/") return <Landing />;
  if (path === "/join") return <JoinPage />;
  const participation = PARTICIPATION.exec(path)?.[1];
  if (participation) return <ParticipationPage key={participation} participation={participation} />;
  const stating = readStatementPath(path);
  if (stating) return <StatementPage key={stating.participation} {...stating} />;
  if (path === "/sign-in") return <SignIn />;
  if (path === "/sign-in/link") return <SignInLink />;
  if (path === "/desk" || path.startsWith("/desk/")) return <DeskApp />;
  return <NotFound />;
}
