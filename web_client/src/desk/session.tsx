import { createContext, useContext } from "react";

import type { StaffMe, StaffRole } from "./wire";

const Session = createContext<StaffMe | null>(null);

export const SessionProvider = Session.Provider;

/** The member of staff who is signed in. Only drawn pages ask, and they are drawn after it is known. */
export function useMe(): StaffMe {
  const me = useContext(Session);
  if (me === null) throw new Error("useMe outside of the signed-in desk");
  return me;
}

export function useHasRole(role: StaffRole): boolean {
  return useMe().roles.includes(role);
}
