import { useEffect } from "react";

/**
 * Another link of the court, opened in a tab that already shows this page, changes the fragment only: the browser
 * loads nothing. Without this the reader would go on looking at the old link's page.
 */
export function useStartOverAtNewLink(): void {
  useEffect(() => {
    const changed = () => {
      if (location.hash.length > 1) location.reload();
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
}
