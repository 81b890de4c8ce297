import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

/** A router of one function: the path is the whole state, the server answers every path with the page. */

const listeners = new Set<() => void>();

function announce(): void {
  for (const listener of listeners) listener();
}

window.addEventListener("popstate", announce);

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  if (!options.replace) window.scrollTo(0, 0);
  announce();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The current path, without query and fragment. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** The current query string, with its question mark. */
export function useQuery(): string {
  return useSyncExternalStore(subscribe, () => location.search);
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link inside the page; modified clicks and other targets stay with the browser. */
export function Link({ href, onClick, ...rest }: LinkProps) {
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain || rest.target) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={go} {...rest} />;
}

/**
 * The secret in the fragment of the address. It is read once and dropped from the address bar and the history at
 * once, so that it is in no screenshot, bookmark or shared link; the fragment is never sent to a server.
 */
export function takeSecret(): string | null {
  const secret = location.hash.slice(1);
  if (!secret) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return secret;
}
