import { ArrowLeft } from "lucide-react";

import { Link } from "../router";
import { Loading } from "../ui";
import { HearingForm } from "./HearingForm";
import { ErrorNote, PageHead } from "./parts";
import { useResource } from "./resource";
import type { CaseDetail, HearingDetail } from "./wire";
import { useWords } from "./words";

/** `/desk/hearings/{id}/edit` */
export function HearingEditPage({ id }: { id: string }) {
  const t = useWords();
  const hearing = useResource<HearingDetail>(`hearings/${id}`);
  const detail = useResource<CaseDetail>(hearing.value ? `cases/${hearing.value.case_id}` : null);
  const error = hearing.error ?? detail.error;
  return (
    <main id="desk-main" className="desk-page desk-page--narrow">
      <Link href={`/desk/hearings/${id}`} className="desk-back desk-back--always">
        <ArrowLeft size={16} aria-hidden="true" />
        {t("back.hearing")}
      </Link>
      {hearing.value !== undefined && detail.value !== undefined ? (
        <>
          <PageHead kicker={hearing.value.case_number} title={hearing.value.title} />
          <p className="banner">{t("hearing.editNote")}</p>
          <HearingForm detail={detail.value} existing={hearing.value} />
        </>
      ) : error === null ? (
        <Loading />
      ) : (
        <ErrorNote error={error} retry={hearing.value ? detail.reload : hearing.reload} />
      )}
    </main>
  );
}
