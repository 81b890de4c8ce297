import { createContext, useContext } from "react";

const Tried = createContext(false);

export const TriedProvider = Tried.Provider;

/** Whether the reader has tried to go on: only then is what is missing said, next to where it is missing. */
export function useTried(): boolean {
  return useContext(Tried);
}
