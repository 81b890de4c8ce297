import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { getSite } from "../core/api";
import { useText } from "../i18n";
import type { SiteInfo } from "../protocol";
import { Link } from "../router";
import { AppHead, Banner } from "../ui";

/** The court's name and telephone number; null until they are known. */
export function useSite(): SiteInfo | null {
  const [site, setSite] = useState<SiteInfo | null>(null);
  useEffect(() => {
    let current = true;
    getSite().then(
      (answer) => current && setSite(answer),
      () => undefined, // the page is usable without the court's name
    );
    return () => {
      current = false;
    };
  }, []);
  return site;
}

export function Landing() {
  const { t } = useTranslation();
  const text = useText();
  const site = useSite();
  return (
    <div className="page">
      <AppHead court={text(site?.court)} />
      <main className="page__main">
        <div className="card page__card">
          <div className="stack">
            <h1>{t("landing.title")}</h1>
            <p className="lead">{t("landing.lead")}</p>
          </div>
          <Banner>{t("landing.openLink")}</Banner>
          <p className="soft">{t("landing.help", { hotline: site?.hotline ?? "12368" })}</p>
          <div className="acts">
            <Link className="btn btn--large" href="/sign-in" data-testid="staff-sign-in">
              {t("landing.staff")}
            </Link>
          </div>
        </div>
      </main>
    </div>
  );
}
