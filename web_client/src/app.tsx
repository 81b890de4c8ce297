import { lazy, Suspense } from "react";

import { usePath } from "./router";
import { Loading } from "./ui";
import { Landing } from "./views/Landing";
import { NotFound } from "./views/NotFound";
import { SignIn, SignInLink } from "./views/SignIn";

const DeskApp = lazy(() => import("./desk"));

/** The page for the path. Names never appear in a path; the secrets of links are in the fragment. */
export function App() {
  const path = usePath();
  return <Suspense fallback={<Loading />}>{page(path)}</Suspense>;
}

function page(path: string) {
  if (path === "/") return <Landing />;
  if (path === "/sign-in") return <SignIn />;
  if (path === "/sign-in/link") return <SignInLink />;
  if (path === "/desk" || path.startsWith("/desk/")) return <DeskApp />;
  return <NotFound />;
}
