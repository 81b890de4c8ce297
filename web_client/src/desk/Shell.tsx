import { CalendarDays, FolderOpen, Gavel, HandHeart, LogOut, Users, Video, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { post } from "../core/api";
import { Link, navigate, usePath } from "../router";
import { Button, LanguageSwitch, Mark } from "../ui";
import { AWAITING_POLL_MS } from "./AwaitingPage";
import { dropDrafts } from "./draft";
import { ErrorNote } from "./parts";
import { forgetAll, useAction, useResource } from "./resource";
import { useMe } from "./session";
import type { AwaitingList } from "./wire";
import { useWords } from "./words";

interface Entry {
  href: string;
  key: string;
  icon: LucideIcon;
  count?: number;
}

function initials(name: string): string {
  if (/^[\x20-\x7e]+$/.test(name)) {
    return name
      .split(/\s+/)
      .map((word) => word[0] ?? "")
      .join("")
      .slice(0, 2)
      .toUpperCase();
  }
  return name.slice(0, 1);
}

function isCurrent(entry: string, path: string): boolean {
  if (entry === "/desk") return path === "/desk" || path.startsWith("/desk/hearings");
  return path === entry || path.startsWith(`${entry}/`);
}

/** Head of all staff pages and the place where a page is drawn. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useWords();
  const me = useMe();
  const path = usePath();
  const works = me.roles.includes("clerk") || me.roles.includes("judge");
  const mediates = me.roles.includes("mediator");
  const matters = useResource<AwaitingList>(works ? "awaiting" : null, AWAITING_POLL_MS);
  const awaiting = matters.value?.matters.length ?? 0;
  const entries: Entry[] = [];
  if (works) entries.push({ href: "/desk", key: "today", icon: CalendarDays });
  else if (mediates) entries.push({ href: "/desk", key: "mediations", icon: HandHeart });
  if (me.roles.includes("clerk")) entries.push({ href: "/desk/cases", key: "cases", icon: FolderOpen });
  if (works) {
    entries.push({ href: "/desk/awaiting", key: "awaiting", icon: Gavel, count: awaiting });
    entries.push({ href: "/desk/recordings", key: "recordings", icon: Video });
  }
  if (me.roles.includes("administrator")) entries.push({ href: "/desk/accounts", key: "accounts", icon: Users });

  const leave = useAction(async () => {
    await post("sign-out");
    forgetAll();
    dropDrafts();
    navigate("/sign-in");
  });
  const roles = me.roles.map((role) => t(`staff.${role}`)).join(t("listComma"));

  return (
    <div className="desk">
      <a className="skip-link" href="#desk-main">
        {t("head.skip")}
      </a>
      <header className="apphead desk-apphead">
        <Link href="/desk" className="brand">
          <Mark size={32} />
          {t("head.brand")}
        </Link>
        <nav aria-label={t("head.nav")} className="desk-nav">
          {entries.map(({ href, key, icon: Icon, count }) => (
            <Link key={href} href={href} aria-current={isCurrent(href, path) ? "page" : undefined}>
              <Icon size={16} aria-hidden="true" />
              {t(`nav.${key}`)}
              {count ? <span className="count count--hot" data-testid={`count-${key}`}>{count}</span> : null}
            </Link>
          ))}
        </nav>
        <span className="grow desk-apphead__gap" />
        <LanguageSwitch />
        <span className="desk-me">
          <span className="desk-avatar" aria-hidden="true">
            {initials(me.name)}
          </span>
          <span className="desk-me__words">
            <span data-testid="me-name">{me.name}</span>
            <span className="small soft">{roles}</span>
          </span>
        </span>
        <Button variant="quiet" icon onPress={() => void leave.run()} label={t("head.signOut")} testId="sign-out">
          <LogOut size={20} aria-hidden="true" />
        </Button>
      </header>
      <ErrorNote error={leave.error} />
      {children}
    </div>
  );
}
