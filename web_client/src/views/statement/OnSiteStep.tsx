import { useTranslation } from "react-i18next";

import { TextField } from "../../ui";
import { Tick } from "./Choices";
import { LIMITS, NEEDS, shownNeed, type FormNeed, type Need } from "./form";
import type { ScreenProps } from "./StatementPage";
import { useTried } from "./tried";

/** What has to be identified, compared or examined in court (OLR 21(3)), each with which one. */
export function OnSiteStep({ sheet, statement }: ScreenProps) {
  const { t } = useTranslation();
  const { form, edit } = statement;
  const tried = useTried();
  const set = (need: Need, value: FormNeed) => edit({ ...form, needs: { ...form.needs, [need]: value } });
  return (
    <>
      <div className="stack">
        <h1 tabIndex={-1}>{t("statement.onSite.title")}</h1>
        <p className="soft">{t("statement.onSite.lead")}</p>
      </div>
      <fieldset className="st-choices">
        <legend className="field__label">{t("statement.onSite.legend")}</legend>
        {NEEDS.map((need) => {
          const now = shownNeed(sheet, form, need);
          return (
            <div key={need} className="stack">
              <Tick
                checked={now.needed}
                label={t(`statement.onSite.need.${need}`)}
                below={t(`statement.onSite.how.${need}`)}
                onChange={(needed) => set(need, { ...now, needed })}
                testId={`need-${need}`}
              />
              {now.needed ? (
                <div className="st-which">
                  <TextField
                    label={t(`statement.onSite.which.${need}`)}
                    hint={t(`statement.onSite.whichHint.${need}`)}
                    error={tried && now.what.trim() === "" ? t("statement.onSite.whichNeeded") : null}
                    value={now.what}
                    onChange={(what) => set(need, { needed: true, what })}
                    maxLength={LIMITS.what}
                    testId={`which-${need}`}
                  />
                </div>
              ) : null}
            </div>
          );
        })}
      </fieldset>
    </>
  );
}
