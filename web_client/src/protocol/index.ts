import type { BiText, ParticipantView, PhaseInfo, ProducerView } from "./signaling.gen";

export type * from "./http.gen";
export type {
  Ack,
  ActionInfo,
  DeskParticipant,
  HandView,
  LogLine,
  MediaInfo,
  Me,
  Notice,
  ParticipantView,
  PhaseInfo,
  ProducerView,
  ReadinessItem,
  RecordingInfo,
  ReportNetwork,
  Requests,
  SyncResult,
  Terminated,
  View,
  ViewChanged,
  WireError,
} from "./signaling.gen";

export type Role = ParticipantView["role"];
export type Side = NonNullable<ParticipantView["side"]>;
export type PhaseName = PhaseInfo["name"];
export type Source = ProducerView["source"];
export type Kind = ProducerView["kind"];
export type Text = BiText;
