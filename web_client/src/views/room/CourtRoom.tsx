import { useTranslation } from "react-i18next";

import { useText } from "../../i18n";
import { Emblem, LanguageSwitch } from "../../ui";
import { CaptureBanner, ConnectionBanner, Notices, SoundBanner } from "./Banners";
import { Controls } from "./Controls";
import { NetworkBars, RecordingMark } from "./parts";
import { Rail } from "./Rail";
import { OwnScreenBanner } from "./screen/OwnScreen";
import { Stage } from "./Stage";
import { useOwnNetwork, useRoomContext } from "./useRoom";

/** The room at 768 px and wider. */
export function CourtRoom() {
  const { t } = useTranslation();
  const text = useText();
  const { view, state } = useRoomContext();
  const network = useOwnNetwork();
  return (
    <div className="room">
      <header className="room__head">
        <div className="room__case">
          <b>{view.hearing.case_number}</b>
          <span className="small soft">
            {view.hearing.cause} · {t(view.hearing.gallery ? "room.open" : "room.closed")}
          </span>
        </div>
        <div className="room__court">
          <Emblem />
          <div>
            <b>{text(view.hearing.court)}</b>
            <span className="small muted">{text(view.hearing.courtroom)}</span>
          </div>
        </div>
        <div className="room__state">
          <RecordingMark recording={view.recording} offsetMs={state.offsetMs} />
          <span className="row small soft room__network">
            <NetworkBars network={network} />
            {t(`yourNetwork.${network}`)}
          </span>
          <LanguageSwitch />
        </div>
      </header>
      <main className="room__main" id="main">
        <div className="room__notices">
          <ConnectionBanner />
          <CaptureBanner />
          <OwnScreenBanner />
          <Notices />
        </div>
        <Stage />
        <Rail />
      </main>
      <SoundBanner />
      <Controls />
    </div>
  );
}
