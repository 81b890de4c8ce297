import { Check, Clock, Hourglass, ScanFace, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { JoinInfo } from "../../protocol";
import { Banner, Tag } from "../../ui";
import { JoinFrame } from "../join/JoinFrame";
import { useMeter } from "../join/meter";
import { useText } from "../../i18n";
import { OffBanner } from "../mediation/Disclosure";
import { WithdrawButton } from "../mediation/Withdraw";
import { COURT } from "../../core/roles";
import { useRoleLabel } from "../labels";
import { Picture, useLocalMedia } from "../media";
import { CaptureBanner, ConnectionBanner } from "./Banners";
import { CameraControl, MicrophoneControl } from "./Controls";
import { Tile } from "./Tile";
import { useRoomContext } from "./useRoom";

/** The waiting room: nobody sees or hears the reader, and the page says so. */
export function Lobby({ info }: { info: JoinInfo }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const role = useRoleLabel();
  const text = useText();
  const { audio, video } = useLocalMedia();
  const meter = useMeter(audio.state === "live" ? audio.track : null);
  const court = view.participants.filter((person) => person.id !== view.me.id && COURT.has(person.role));
  return (
    <JoinFrame step={4} court={info.court} info={info}>
      <ConnectionBanner />
      <OffBanner text={text(view.mediation?.off)} />
      <div className="waiting">
        <span className="waiting__mark">
          <Hourglass size={44} aria-hidden="true" />
        </span>
        <div className="stack" role="status" data-testid="lobby">
          <h1>{t("lobby.title")}</h1>
          <p className="lead">{t("lobby.lead")}</p>
        </div>
      </div>
      {court.length > 0 ? (
        <ul className="arrivals">
          {court.map((person) => (
            <li key={person.id}>
              <span>
                {role(person.role, person.side)} {person.name}
              </span>
              {person.connected ? (
                <Tag tone="ok" icon={Check}>
                  {t("lobby.here")}
                </Tag>
              ) : (
                <Tag icon={Clock}>{t("lobby.notHere")}</Tag>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      <Banner>{t("lobby.mayClose")}</Banner>
      {view.hearing.kind === "mediation" ? <WithdrawButton /> : null}
      <CaptureBanner />
      <div className="devices">
        <div className="preview">
          {video.track && video.state === "live" ? (
            <Picture track={video.track} mirrored label={t("equipment.preview")} />
          ) : (
            <span>{t("equipment.noPicture")}</span>
          )}
          <span className="preview__note">{t("equipment.onlyYou")}</span>
        </div>
        <ul className="checks">
          <li>
            <span aria-hidden="true" />
            <div>
              <b>{t("equipment.microphone")}</b>
              <p>{t("lobby.micOnlyYou")}</p>
              <div className="meter">
                <span className="meter__fill" style={{ transform: `scaleX(${meter.level})` }} />
              </div>
            </div>
            {audio.state === "live" ? (
              <Tag tone="ok" icon={Check}>
                {t("equipment.result.live")}
              </Tag>
            ) : (
              <Tag tone="wait" icon={X}>
                {t(`equipment.result.${audio.state}`)}
              </Tag>
            )}
          </li>
        </ul>
      </div>
    </JoinFrame>
  );
}

/** With the clerk: only these two see and hear each other. */
export function ClerkCheck({ info }: { info: JoinInfo }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const clerk = view.participants.find(
    (person) => person.place === "check" && person.id !== view.me.id && COURT.has(person.role),
  );
  const me = view.participants.find((person) => person.id === view.me.id);
  return (
    <JoinFrame step={4} court={info.court} info={info}>
      <ConnectionBanner />
      <div className="stack" role="status" data-testid="clerk-check">
        <h1 className="row">
          <ScanFace size={30} aria-hidden="true" />
          {t("clerkCheck.title")}
        </h1>
        <p className="lead">{t("clerkCheck.lead")}</p>
      </div>
      <CaptureBanner />
      <div className="check-pictures">
        {clerk ? <Tile participant={clerk} /> : null}
        {me ? <Tile participant={me} compact /> : null}
      </div>
      <div className="four">
        <MicrophoneControl split />
        <CameraControl split />
      </div>
    </JoinFrame>
  );
}
