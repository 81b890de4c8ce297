/** Which staff page a path names. Pure. */

export type Show = "today" | "recordings";

export type Route =
  | { page: "hearings"; show: Show; id: string | null }
  | { page: "edit" | "gate" | "recording" | "eligibility"; id: string }
  | { page: "cases"; id: string | null; create: boolean; newHearing: boolean }
  | { page: "awaiting" }
  | { page: "accounts" }
  | { page: "none" };

export function routeOf(path: string): Route {
  const [root, section, id, view, ...more] = path.split("/").filter((part) => part !== "");
  if (root !== "desk" || more.length > 0) return { page: "none" };
  if (section === undefined) return { page: "hearings", show: "today", id: null };
  if (id === undefined) {
    if (section === "awaiting") return { page: "awaiting" };
    if (section === "recordings") return { page: "hearings", show: section, id: null };
    if (section === "cases") return { page: "cases", id: null, create: false, newHearing: false };
    if (section === "accounts") return { page: "accounts" };
    return section === "hearings" ? { page: "hearings", show: "today", id: null } : { page: "none" };
  }
  if (section === "hearings") {
    if (view === undefined) return { page: "hearings", show: "today", id };
    if (view === "edit" || view === "gate" || view === "recording" || view === "eligibility") return { page: view, id };
  }
  if (section === "cases") {
    if (id === "new" && view === undefined) return { page: "cases", id: null, create: true, newHearing: false };
    if (view === undefined) return { page: "cases", id, create: false, newHearing: false };
    if (view === "new-hearing") return { page: "cases", id, create: false, newHearing: true };
  }
  return { page: "none" };
}
