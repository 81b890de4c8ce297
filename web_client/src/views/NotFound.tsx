import { useTranslation } from "react-i18next";

import { Link } from "../router";
import { AppHead } from "../ui";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <AppHead />
      <main className="page__main">
        <div className="card page__card">
          <h1>{t("notFound.title")}</h1>
          <p className="lead">{t("notFound.lead")}</p>
          <div className="acts">
            <Link className="btn btn--large" href="/">
              {t("notFound.home")}
            </Link>
          </div>
        </div>
      </main>
    </div>
  );
}
