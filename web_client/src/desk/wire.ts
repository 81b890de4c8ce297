/** The REST bodies the desk uses, by the names of the contract. Unions are read off the bodies that carry them. */

import type {
  Account,
  AccountCreated,
  AccountList,
  ActionInfo,
  Assertion,
  AwaitingList,
  AwaitingMatter,
  BiText,
  CaseDetail,
  CaseLine,
  CaseList,
  DeterminationView,
  FindingView,
  HearingDetail,
  HearingLine,
  HearingList,
  HearingParticipant,
  InvitationIssued,
  NewAssertion,
  NewCase,
  NewDeadline,
  NewHearing,
  NewPerson,
  NewRuling,
  ParticipationRef,
  Person,
  PlaybackEvent,
  RecordingDetail,
  Ruling,
  RulingPreview,
  SideLine,
  SiteInfo,
  StaffMe,
  Verification,
} from "../protocol/http.gen";

export type {
  Account,
  AccountCreated,
  AccountList,
  ActionInfo,
  Assertion,
  AwaitingList,
  AwaitingMatter,
  BiText,
  CaseDetail,
  CaseLine,
  CaseList,
  DeterminationView,
  FindingView,
  HearingDetail,
  HearingLine,
  HearingList,
  HearingParticipant,
  InvitationIssued,
  NewAssertion,
  NewCase,
  NewDeadline,
  NewHearing,
  NewPerson,
  NewRuling,
  ParticipationRef,
  Person,
  PlaybackEvent,
  RecordingDetail,
  Ruling,
  RulingPreview,
  SideLine,
  SiteInfo,
  StaffMe,
  Verification,
};

export type PhaseName = HearingDetail["phase"];
export type Outcome = DeterminationView["outcome"];
export type CaseType = NewCase["case_type"];
export type Stage = NewHearing["stage"];
export type PersonRole = NewPerson["role"];
export type Side = NonNullable<HearingParticipant["side"]>;
export type How = NewAssertion["how"];
export type StaffRole = StaffMe["roles"][number];
