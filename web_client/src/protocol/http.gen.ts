/* Generated from the server's models by `npm run generate`. Do not edit. */

/**
 * Every body of the REST API, by its name.
 */
export interface Bodies {
  AcceptInvitation: AcceptInvitation;
  Account: Account;
  AccountCreated: AccountCreated;
  AccountList: AccountList;
  AnsweredAssignment: AnsweredAssignment;
  AskedColumn: AskedColumn;
  Assertion: Assertion;
  AssignmentAnswer: AssignmentAnswer;
  AtCourt: AtCourt;
  AwaitingList: AwaitingList;
  AwaitingMatter: AwaitingMatter;
  AwaitingStatement: AwaitingStatement;
  CaseChanges: CaseChanges;
  CaseDetail: CaseDetail;
  CaseLine: CaseLine;
  CaseList: CaseList;
  ChainState: ChainState;
  ChangePassword: ChangePassword;
  ComparisonCell: ComparisonCell;
  ComparisonColumn: ComparisonColumn;
  ComparisonRow: ComparisonRow;
  ContemplatedRuling: ContemplatedRuling;
  DeadlineInfo: DeadlineInfo;
  Declaration: Declaration;
  DeterminationChanges: DeterminationChanges;
  DeterminationEntry: DeterminationEntry;
  DisclosureResponse: DisclosureResponse;
  EligibilityComparison: EligibilityComparison;
  EligibilityEntry: EligibilityEntry;
  EligibilityHistory: EligibilityHistory;
  EquipmentEvidence: EquipmentEvidence;
  EquipmentReport: EquipmentReport;
  FlagMove: FlagMove;
  HearingChanges: HearingChanges;
  HearingDetail: HearingDetail;
  HearingLine: HearingLine;
  HearingList: HearingList;
  HearingParticipant: HearingParticipant;
  IceServer: IceServer;
  InvitationInfo: InvitationInfo;
  InvitationIssued: InvitationIssued;
  InvitationState: InvitationState;
  JoinInfo: JoinInfo;
  MadeDisclosure: MadeDisclosure;
  MediationDetail: MediationDetail;
  MediationParty: MediationParty;
  MovedFinding: MovedFinding;
  NamedFinding: NamedFinding;
  NamedGround: NamedGround;
  NamedPerson: NamedPerson;
  NewAccount: NewAccount;
  NewAssertion: NewAssertion;
  NewCase: NewCase;
  NewComparison: NewComparison;
  NewDeadline: NewDeadline;
  NewDisclosure: NewDisclosure;
  NewHearing: NewHearing;
  NewPerson: NewPerson;
  NewRuling: NewRuling;
  NewStatement: NewStatement;
  OpenInvitation: OpenInvitation;
  OutcomeMove: OutcomeMove;
  ParticipationRef: ParticipationRef;
  Person: Person;
  PhaseEntry: PhaseEntry;
  PlaybackEvent: PlaybackEvent;
  Reason: Reason;
  RecordingDetail: RecordingDetail;
  ReplayState: ReplayState;
  RoomToken: RoomToken;
  RulesetChoice: RulesetChoice;
  RulesetSuccessor: RulesetSuccessor;
  Ruling: Ruling;
  RulingEntry: RulingEntry;
  RulingPreview: RulingPreview;
  SideLine: SideLine;
  SideMatter: SideMatter;
  SignIn: SignIn;
  SignInWithLink: SignInWithLink;
  SiteInfo: SiteInfo;
  StaffMe: StaffMe;
  StandingNeed: StandingNeed;
  StandingPosition: StandingPosition;
  StatedNeed: StatedNeed;
  StatedPosition: StatedPosition;
  StatementEntry: StatementEntry;
  StatementLine: StatementLine;
  StatementSheet: StatementSheet;
  TextMove: TextMove;
  Verification: Verification;
}
export interface AcceptInvitation {
  code?: string | null;
  secret: string;
}
export interface Account {
  id: string;
  name: string;
  roles: ("clerk" | "judge" | "mediator" | "administrator")[];
  username: string;
}
/**
 * ``sign_in_url`` works once and lets the person choose a password.
 */
export interface AccountCreated {
  account: Account;
  sign_in_url: string;
}
export interface AccountList {
  accounts: Account[];
}
export interface AnsweredAssignment {
  accepted: boolean;
  at: string;
  reason: string;
}
/**
 * A rule set by name, and a calendar day (YYYY-MM-DD) in Asia/Shanghai.
 */
export interface AskedColumn {
  on: string;
  ruleset: string;
}
export interface Assertion {
  asserted_by: string;
  at: string;
  entered_by: string;
  how: "link" | "desk" | "paper" | "phone";
  id: string;
  key: string;
  note: string;
  superseded: boolean;
  value: unknown;
}
/**
 * ``reason`` is needed where the mediator declines.
 */
export interface AssignmentAnswer {
  accepted: boolean;
  reason?: string;
}
/**
 * Why the person attends in person, as the determination found it, and whether the clerk has noted them present.
 */
export interface AtCourt {
  citation: string | null;
  present: boolean;
  reason: BiText | null;
}
/**
 * The same sentence for a reader of Chinese and a reader of English.
 */
export interface BiText {
  en: string;
  zh: string;
}
/**
 * What was raised after an opening first, then by the time the hearing is scheduled for.
 */
export interface AwaitingList {
  matters: AwaitingMatter[];
  notes: AwaitingMatter[];
}
/**
 * ``ground`` null: nothing to rule on, the judge is only told. ``may_rule``: this account may rule on it now.
 */
export interface AwaitingMatter {
  after_opening: boolean;
  deadline: string | null;
  ground: string | null;
  hearing: HearingLine;
  late: boolean;
  may_rule: boolean;
  since: string;
  statements: AwaitingStatement[];
  text: BiText;
}
/**
 * A hearing in a list.
 */
export interface HearingLine {
  case_id: string;
  case_number: string;
  cause: string;
  id: string;
  kind: "hearing" | "mediation";
  outcome: ("allow" | "warn" | "hybrid" | "await_ruling" | "block") | null;
  phase:
    | "draft"
    | "checking"
    | "eligible"
    | "hybrid"
    | "blocked"
    | "awaiting_ruling"
    | "scheduled"
    | "lobby_open"
    | "ready"
    | "in_session"
    | "recess"
    | "in_camera"
    | "court_mediation"
    | "suspended_technical"
    | "adjourned"
    | "transcript_review"
    | "converted_offline"
    | "closed"
    | "archived"
    | "archive_failed"
    | "cancelled"
    | "terminated";
  scheduled_at: string | null;
  stage: "mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement";
  title: string;
  waiting: number;
}
export interface AwaitingStatement {
  asserted_by: string;
  at: string;
  entered_by: string;
  how: "link" | "desk" | "paper" | "phone";
  late: boolean;
  reasons: string;
  text: BiText;
}
export interface CaseChanges {
  case_type?:
    | (
        | "civil"
        | "commercial"
        | "intellectual_property"
        | "maritime"
        | "financial"
        | "administrative"
        | "enforcement"
        | "special_procedure"
        | "criminal_expedited"
        | "criminal_commutation_parole"
        | "criminal_private_prosecution"
        | "criminal_other"
      )
    | null;
  cause?: string | null;
  number?: string | null;
  title?: string | null;
}
export interface CaseDetail {
  case_type:
    | "civil"
    | "commercial"
    | "intellectual_property"
    | "maritime"
    | "financial"
    | "administrative"
    | "enforcement"
    | "special_procedure"
    | "criminal_expedited"
    | "criminal_commutation_parole"
    | "criminal_private_prosecution"
    | "criminal_other";
  cause: string;
  created_at: string;
  hearings: HearingLine[];
  id: string;
  number: string;
  people: Person[];
  title: string;
}
export interface Person {
  id: string;
  name: string;
  phone: string;
  represents: string | null;
  role:
    | "party"
    | "legal_representative"
    | "counsel"
    | "prosecutor"
    | "defender"
    | "witness"
    | "expert"
    | "interpreter";
  side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
}
export interface CaseLine {
  case_type:
    | "civil"
    | "commercial"
    | "intellectual_property"
    | "maritime"
    | "financial"
    | "administrative"
    | "enforcement"
    | "special_procedure"
    | "criminal_expedited"
    | "criminal_commutation_parole"
    | "criminal_private_prosecution"
    | "criminal_other";
  cause: string;
  hearings: number;
  id: string;
  next_hearing_at: string | null;
  number: string;
  title: string;
}
export interface CaseList {
  cases: CaseLine[];
}
/**
 * ``first_problem``: the first entry that the hash chain does not bear out.
 */
export interface ChainState {
  entries: number;
  first_problem: number | null;
  head: string;
  verified: boolean;
}
/**
 * ``current`` may be left out only where the account has no password yet (first sign-in by link).
 */
export interface ChangePassword {
  current?: string | null;
  new: string;
}
/**
 * ``since``: from when the rule has stood as it does. ``source``: what the article says, shortened.
 */
export interface ComparisonCell {
  citation: string;
  final: boolean;
  gallery: boolean;
  outcome: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  since: string;
  source: BiText;
  text: BiText;
}
/**
 * ``stored``: this is the answer as it was stored then, not worked out now.
 */
export interface ComparisonColumn {
  awaiting: NamedGround[];
  final: boolean;
  gallery: boolean;
  in_person: NamedPerson[];
  on: string;
  outcome: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  ruleset: string;
  ruleset_sha256: string;
  stored: boolean;
  superseded_by: RulesetSuccessor | null;
  title: BiText;
}
export interface NamedGround {
  ground: string;
  text: BiText;
}
/**
 * ``role`` is null for an id that was never anybody in this proceeding.
 */
export interface NamedPerson {
  id: string;
  name: string;
  role:
    | (
        | "presiding_judge"
        | "panel_judge"
        | "peoples_assessor"
        | "judges_assistant"
        | "clerk"
        | "party"
        | "legal_representative"
        | "counsel"
        | "prosecutor"
        | "defender"
        | "witness"
        | "expert"
        | "interpreter"
        | "mediator"
        | "observer"
        | "court_technician"
        | "courtroom"
      )
    | null;
  side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
}
/**
 * The rule set that followed, and the day from which it was in force.
 */
export interface RulesetSuccessor {
  ruleset: string;
  since: string;
}
/**
 * ``cells``: for each column what its rules find, null for nothing.
 */
export interface ComparisonRow {
  about: string;
  cells: (ComparisonCell | null)[];
  differs: boolean;
  fact: BiText;
  rule: string;
  who: NamedPerson | null;
}
/**
 * A ruling that the judge thinks of giving.
 */
export interface ContemplatedRuling {
  ground: string;
  held: boolean;
}
/**
 * ``if_silent`` says what will follow for a side that has said nothing by then, before it does.
 *
 * ``reminded_h``: the reminders given so far, each as hours before the deadline.
 */
export interface DeadlineInfo {
  due_at: string;
  if_silent: BiText;
  passed: boolean;
  reminded_h: number[];
}
/**
 * ``accepted`` must be true; ``text_version`` names the declaration that was shown.
 */
export interface Declaration {
  accepted: true;
  text_version: string;
}
/**
 * Against the determination before; null where equal. ``same``: the conclusion is; ``facts``: they are others.
 */
export interface DeterminationChanges {
  at_court_added: NamedPerson[];
  at_court_removed: NamedPerson[];
  awaiting_added: NamedGround[];
  awaiting_removed: NamedGround[];
  facts: boolean;
  final: FlagMove | null;
  findings_added: NamedFinding[];
  findings_moved: MovedFinding[];
  findings_removed: NamedFinding[];
  gallery: FlagMove | null;
  outcome: OutcomeMove | null;
  ruleset: TextMove | null;
  same: boolean;
}
export interface FlagMove {
  after: boolean;
  before: boolean;
}
export interface NamedFinding {
  about: string;
  citation: string;
  outcome: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  rule: string;
  text: BiText;
  who: NamedPerson | null;
}
/**
 * ``before``: the outcome that the same rule had before.
 */
export interface MovedFinding {
  about: string;
  before: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  citation: string;
  outcome: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  rule: string;
  text: BiText;
  who: NamedPerson | null;
}
export interface OutcomeMove {
  after: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  before: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
}
export interface TextMove {
  after: string;
  before: string;
}
/**
 * ``changes`` is null for the first one.
 */
export interface DeterminationEntry {
  awaiting: NamedGround[];
  changes: DeterminationChanges | null;
  facts_sha256: string;
  final: boolean;
  findings: NamedFinding[];
  gallery: boolean;
  id: string;
  in_person: NamedPerson[];
  observers_out: NamedPerson[];
  on: string;
  outcome: "block" | "await_ruling" | "hybrid" | "warn" | "allow";
  ruleset: string;
  ruleset_sha256: string;
  superseded_by: RulesetSuccessor | null;
}
/**
 * A side's answer to what the mediator disclosed: whether it accepts this mediator all the same.
 *
 * ``version``: the ``disclosure_version`` of the text that was read. Where another stands by now: 409.
 */
export interface DisclosureResponse {
  accepts: boolean;
  version: number;
}
/**
 * ``aspects``: which of outcome, final, in_person, awaiting, gallery differ. Rows: the strongest first.
 */
export interface EligibilityComparison {
  aspects: string[];
  columns: ComparisonColumn[];
  differs: boolean;
  facts_sha256: string;
  replay: ReplayState | null;
  rows: ComparisonRow[];
}
/**
 * Whether the stored determination comes out again from its stored facts under the rules of then.
 *
 * ``problem``: why it does not, or cannot be told; null where it does.
 */
export interface ReplayState {
  at: string;
  determination_id: string;
  problem: BiText | null;
  same: boolean;
  stored: DeterminationView;
}
/**
 * The stored determination, for clerk and bench. ``current`` is false when the facts changed since.
 */
export interface DeterminationView {
  current: boolean;
  facts_sha256: string;
  findings: FindingView[];
  id: string;
  on: string;
  outcome: "allow" | "warn" | "hybrid" | "await_ruling" | "block";
  ruleset: string;
}
export interface FindingView {
  about: string | null;
  citation: string;
  outcome: "allow" | "warn" | "hybrid" | "await_ruling" | "block";
  rule: string;
  text: BiText;
}
/**
 * One of ``statement``, ``determination``, ``ruling`` and ``phase`` is set, by ``kind``; for the other kinds none.
 *
 * ``by``: who did it, with the role in this proceeding (or of the account, several joined by ``+``).
 */
export interface EligibilityEntry {
  at: string;
  by: string;
  by_kind: "staff" | "participant" | "system";
  by_role: string;
  by_side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
  citations: string[];
  determination: DeterminationEntry | null;
  group: "statements" | "determinations" | "rulings" | "course";
  hash: string;
  id: string;
  kind:
    | "drafted"
    | "file_changed"
    | "statement"
    | "deadline"
    | "reminder"
    | "deadline_passed"
    | "equipment"
    | "determination"
    | "ruling"
    | "phase"
    | "opened"
    | "steps_confirmed"
    | "at_court"
    | "assignment"
    | "disclosure"
    | "disclosure_answer";
  phase: PhaseEntry | null;
  ruling: RulingEntry | null;
  sequence: number;
  statement: StatementEntry | null;
  text: BiText;
}
/**
 * ``determination``: of the opening, the one it rests on.
 */
export interface PhaseEntry {
  after:
    | "draft"
    | "checking"
    | "eligible"
    | "hybrid"
    | "blocked"
    | "awaiting_ruling"
    | "scheduled"
    | "lobby_open"
    | "ready"
    | "in_session"
    | "recess"
    | "in_camera"
    | "court_mediation"
    | "suspended_technical"
    | "adjourned"
    | "transcript_review"
    | "converted_offline"
    | "closed"
    | "archived"
    | "archive_failed"
    | "cancelled"
    | "terminated";
  before:
    | "draft"
    | "checking"
    | "eligible"
    | "hybrid"
    | "blocked"
    | "awaiting_ruling"
    | "scheduled"
    | "lobby_open"
    | "ready"
    | "in_session"
    | "recess"
    | "in_camera"
    | "court_mediation"
    | "suspended_technical"
    | "adjourned"
    | "transcript_review"
    | "converted_offline"
    | "closed"
    | "archived"
    | "archive_failed"
    | "cancelled"
    | "terminated";
  determination: string | null;
}
/**
 * ``signed``: as in ``Ruling``. ``supersedes`` and ``superseded_by`` are sequences of other entries.
 */
export interface RulingEntry {
  about: BiText;
  article: string;
  by: string;
  during: string;
  ground: string;
  held: boolean;
  id: string;
  key_id: string | null;
  reasons: string;
  role: string;
  signed: boolean | null;
  superseded_by: number | null;
  supersedes: number | null;
}
/**
 * ``replaces`` and ``replaced_by`` are sequences of other entries.
 */
export interface StatementEntry {
  after_opening: boolean;
  asserted_by: string;
  assertion: string;
  entered_by: string;
  fact: BiText;
  how: "link" | "desk" | "paper" | "phone";
  late: boolean;
  note: string;
  reasons: string;
  replaced_by: number | null;
  replaces: number | null;
}
/**
 * ``today``: the calendar day in Asia/Shanghai. ``current``: the stored determination, and whether it still holds.
 */
export interface EligibilityHistory {
  case_number: string;
  chain: ChainState;
  current: DeterminationView | null;
  entries: EligibilityEntry[];
  hearing: string;
  kind: "hearing" | "mediation";
  ruleset: string;
  rulesets: RulesetChoice[];
  title: string;
  today: string;
}
/**
 * A rule set that can be compared under; in force from ``since``. ``version`` is ``name@date``.
 */
export interface RulesetChoice {
  name: string;
  since: string;
  superseded_by: RulesetSuccessor | null;
  title: BiText;
  until: string | null;
  version: string;
}
/**
 * One equipment test of this side, kept as evidence (OLR 21(2), 24).
 */
export interface EquipmentEvidence {
  at: string;
  browser: string;
  camera: string;
  microphone: string;
  network: string;
  result: "passed" | "problem";
  speaker: string;
  who: string;
}
/**
 * Result of the equipment test on the join page, kept as evidence (OLR 21(2), 24).
 */
export interface EquipmentReport {
  browser: string;
  camera: "ok" | "none" | "denied" | "failed";
  microphone: "ok" | "silent" | "none" | "denied" | "failed";
  network: "good" | "weak" | "failed" | "untested";
  speaker: "ok" | "not_heard" | "untested";
}
export interface HearingChanges {
  clerk?: string | null;
  courtroom?: BiText | null;
  mediator?: string | null;
  panel?: string[] | null;
  people?: [string, ...string[]] | null;
  presiding_judge?: string | null;
  scheduled_at?: string | null;
  stage?: ("mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement") | null;
}
/**
 * ``actions``: as in ``domain.permissions.DESK_TAGS``, each with the reason where refused.
 *
 * ``version`` goes into ``NewRuling.seen_version``.
 */
export interface HearingDetail {
  actions: {
    [k: string]: ActionInfo;
  };
  assertions: Assertion[];
  awaiting: string[];
  case_id: string;
  case_number: string;
  case_type:
    | "civil"
    | "commercial"
    | "intellectual_property"
    | "maritime"
    | "financial"
    | "administrative"
    | "enforcement"
    | "special_procedure"
    | "criminal_expedited"
    | "criminal_commutation_parole"
    | "criminal_private_prosecution"
    | "criminal_other";
  cause: string;
  conversion: Conversion | null;
  courtroom: BiText;
  deadline: DeadlineInfo | null;
  determination: DeterminationView | null;
  facts: {
    [k: string]: unknown;
  };
  id: string;
  in_person: string[];
  kind: "hearing" | "mediation";
  mediation: MediationDetail | null;
  participants: HearingParticipant[];
  phase:
    | "draft"
    | "checking"
    | "eligible"
    | "hybrid"
    | "blocked"
    | "awaiting_ruling"
    | "scheduled"
    | "lobby_open"
    | "ready"
    | "in_session"
    | "recess"
    | "in_camera"
    | "court_mediation"
    | "suspended_technical"
    | "adjourned"
    | "transcript_review"
    | "converted_offline"
    | "closed"
    | "archived"
    | "archive_failed"
    | "cancelled"
    | "terminated";
  phase_since: string;
  recording: RecordingInfo;
  rulings: Ruling[];
  scheduled_at: string | null;
  sides: SideLine[];
  stage: "mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement";
  title: string;
  version: number;
}
/**
 * Whether the viewer may give a command now; if not, ``reason`` says which rule stands against it.
 */
export interface ActionInfo {
  allowed: boolean;
  citation: string | null;
  reason: BiText | null;
}
/**
 * The hearing goes on in a courtroom (OLR 21 para 2). ``completed``: what was done online and stays valid.
 */
export interface Conversion {
  completed: BiText[];
  reason: string;
}
/**
 * A mediation as the mediator and the clerk see it. ``own``: the account that looks is its mediator.
 *
 * ``conflict``: as the eligibility gate reads it; ``undisclosed`` also while a party has still to answer.
 */
export interface MediationDetail {
  account: string | null;
  assignment: AnsweredAssignment | null;
  conflict: "none" | "undisclosed" | "accepted" | "refused";
  disclosure: MadeDisclosure | null;
  mediator: string;
  own: boolean;
  parties: MediationParty[];
  step:
    | "applied"
    | "consent_pending"
    | "consented"
    | "assigned"
    | "accepted"
    | "disclosed"
    | "identity_verified"
    | "joint"
    | "ended";
  steps: (
    | "applied"
    | "consent_pending"
    | "consented"
    | "assigned"
    | "accepted"
    | "disclosed"
    | "identity_verified"
    | "joint"
    | "ended"
  )[];
}
export interface MadeDisclosure {
  at: string;
  conflict: string | null;
}
/**
 * One side: what stands of its consent, and its answer to the disclosure (null: none yet).
 */
export interface MediationParty {
  accepts_mediator: boolean | null;
  answer: "consents" | "refuses" | "silent";
  name: string;
  party: string;
  side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
}
/**
 * ``person`` is set for people of the case, ``account`` for staff.
 */
export interface HearingParticipant {
  account: string | null;
  at_court: boolean;
  attends: "online" | "at_court";
  connected: boolean;
  declared: boolean;
  equipment: "untested" | "passed" | "problem";
  id: string;
  identity_verified: boolean;
  invitation: InvitationState;
  name: string;
  person: string | null;
  represents: string | null;
  role:
    | "presiding_judge"
    | "panel_judge"
    | "peoples_assessor"
    | "judges_assistant"
    | "clerk"
    | "party"
    | "legal_representative"
    | "counsel"
    | "prosecutor"
    | "defender"
    | "witness"
    | "expert"
    | "interpreter"
    | "mediator"
    | "observer"
    | "court_technician"
    | "courtroom";
  side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
  state:
    | "invited"
    | "identity_pending"
    | "verified"
    | "lobby"
    | "in_room"
    | "disconnected"
    | "left"
    | "left_without_permission"
    | "removed";
}
export interface InvitationState {
  issued_at: string | null;
  opened_at: string | null;
  state: "none" | "issued" | "opened" | "revoked" | "locked";
}
/**
 * Recording as all may see it. ``elapsed_s`` counts recorded seconds at ``as_of``.
 */
export interface RecordingInfo {
  as_of: string;
  elapsed_s: number;
  progress: number | null;
  reason: string | null;
  state: "off" | "armed" | "recording" | "paused" | "unhealthy" | "composing" | "ready" | "failed";
}
/**
 * ``signed``: null for a ruling from before rulings were signed, false where the signature does not hold.
 */
export interface Ruling {
  article: string;
  at: string;
  by: string;
  during: string;
  facts_sha256: string;
  ground: string;
  held: boolean;
  id: string;
  key_id: string | null;
  reasons: string;
  signed: boolean | null;
  superseded: boolean;
  supersedes: string | null;
}
/**
 * One side on the desk: what stands for this stage, or that it is silent, which is shown as silence.
 */
export interface SideLine {
  at: string | null;
  how: ("link" | "desk" | "paper" | "phone") | null;
  late: boolean;
  link: "none" | "issued" | "opened" | "revoked" | "locked";
  name: string;
  party: string;
  phone: string;
  position: "consents" | "objects" | "silent" | "chose_online" | "retracts";
  spoken: boolean;
}
export interface HearingList {
  hearings: HearingLine[];
}
/**
 * A TURN server of this court with credentials of this participant, good for half a day.
 */
export interface IceServer {
  credential: string;
  urls: string[];
  username: string;
}
/**
 * What is told before the code: enough to see that the link is right, no more.
 */
export interface InvitationInfo {
  court: BiText;
  needs_code: boolean;
  role:
    | "presiding_judge"
    | "panel_judge"
    | "peoples_assessor"
    | "judges_assistant"
    | "clerk"
    | "party"
    | "legal_representative"
    | "counsel"
    | "prosecutor"
    | "defender"
    | "witness"
    | "expert"
    | "interpreter"
    | "mediator"
    | "observer"
    | "court_technician"
    | "courtroom";
  scheduled_at: string | null;
}
/**
 * The secret exists only here: the server keeps its hash. ``code`` goes another way than the link.
 */
export interface InvitationIssued {
  code: string | null;
  hearing: HearingDetail;
  participant: string;
  qr_svg: string;
  url: string;
}
/**
 * ``at_court`` is set for who attends in person. ``step`` is where the page goes on: reload or a second visit asks nothing twice.
 */
export interface JoinInfo {
  at_court: AtCourt | null;
  attends: "online" | "at_court";
  case_number: string;
  cause: string;
  conversion: Conversion | null;
  court: BiText;
  courtroom: BiText;
  declaration_version: string;
  declared: boolean;
  ended:
    ("closed" | "removed" | "revoked" | "cancelled" | "converted_offline" | "terminated" | "left") | null;
  equipment: "untested" | "passed" | "problem";
  hearing: string;
  hotline: string;
  kind: "hearing" | "mediation";
  mediation: MediationView | null;
  name: string;
  participation: string;
  phase:
    | "draft"
    | "checking"
    | "eligible"
    | "hybrid"
    | "blocked"
    | "awaiting_ruling"
    | "scheduled"
    | "lobby_open"
    | "ready"
    | "in_session"
    | "recess"
    | "in_camera"
    | "court_mediation"
    | "suspended_technical"
    | "adjourned"
    | "transcript_review"
    | "converted_offline"
    | "closed"
    | "archived"
    | "archive_failed"
    | "cancelled"
    | "terminated";
  role:
    | "presiding_judge"
    | "panel_judge"
    | "peoples_assessor"
    | "judges_assistant"
    | "clerk"
    | "party"
    | "legal_representative"
    | "counsel"
    | "prosecutor"
    | "defender"
    | "witness"
    | "expert"
    | "interpreter"
    | "mediator"
    | "observer"
    | "court_technician"
    | "courtroom";
  scheduled_at: string | null;
  side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
  step: "not_yet" | "equipment" | "declaration" | "room" | "at_court" | "ended";
  title: string;
}
/**
 * A mediation as one of its people may see it: nothing of another side's consent or answer.
 *
 * ``disclosed``: the mediator has spoken of own ties, ``conflict`` is the tie, None where there is none;
 * ``disclosure_version`` is to be named in the answer.
 * ``own_answer``: what the viewer's side answered to it. ``may_answer``: an answer is asked for, or may be changed.
 * ``off``: said to everybody while the mediation cannot take place.
 */
export interface MediationView {
  conflict: string | null;
  disclosed: boolean;
  disclosure_version: number | null;
  may_answer: boolean;
  mediator: string;
  off: BiText | null;
  own_answer: boolean | null;
  step:
    | "applied"
    | "consent_pending"
    | "consented"
    | "assigned"
    | "accepted"
    | "disclosed"
    | "identity_verified"
    | "joint"
    | "ended";
}
export interface NewAccount {
  name: string;
  /**
   * @minItems 1
   */
  roles: [
    "clerk" | "judge" | "mediator" | "administrator",
    ...("clerk" | "judge" | "mediator" | "administrator")[]
  ];
  username: string;
}
/**
 * A fact the gate needs, with who asserted it and how. ``key`` and its ``value``:
 *
 * ``closed``: Closed · ``need:on_site_identification|verification_of_originals|physical_examination``: bool ·
 * ``complexity``: "ordinary"|"significant_and_complex" · ``social_impact``: "ordinary"|"major" ·
 * ``position:<participant>`` and ``agent_position:<participant>``: {"position", "stage", "reasons"} ·
 * ``capability:<participant>``: "able"|"unable"|"untested" · ``served_by:<participant>``:
 * "personal"|"electronic"|"public_notice" · ``witness_objection:<participant>``: bool.
 * ``<participant>`` is the participant id of a party (or witness) in this hearing.
 */
export interface NewAssertion {
  asserted_by: string;
  how: "link" | "desk" | "paper" | "phone";
  key: string;
  note?: string;
  value: unknown;
}
export interface NewCase {
  case_type:
    | "civil"
    | "commercial"
    | "intellectual_property"
    | "maritime"
    | "financial"
    | "administrative"
    | "enforcement"
    | "special_procedure"
    | "criminal_expedited"
    | "criminal_commutation_parole"
    | "criminal_private_prosecution"
    | "criminal_other";
  cause: string;
  number: string;
  title: string;
}
/**
 * The facts are those of today, or the ones that a stored determination decided, which then is the first column.
 *
 * Two to four columns in all.
 */
export interface NewComparison {
  columns: AskedColumn[];
  determination_id: string | null;
}
/**
 * ``due_at``: ISO 8601 with offset, in the future.
 */
export interface NewDeadline {
  due_at: string;
}
/**
 * ``conflict``: the mediator's tie to the dispute or its people in words; null: there is none.
 */
export interface NewDisclosure {
  conflict: string | null;
}
/**
 * ``people`` are person ids of the case; judges, clerk and mediator are account ids. ``scheduled_at`` has an offset.
 *
 * A hearing needs judge and clerk and has no mediator. A mediation (stage ``mediation``) needs exactly the mediator; a
 * clerk may be named, judges may not.
 */
export interface NewHearing {
  clerk?: string | null;
  courtroom: BiText;
  mediator?: string | null;
  panel?: string[];
  /**
   * @minItems 1
   */
  people: [string, ...string[]];
  presiding_judge?: string | null;
  scheduled_at: string;
  stage: "mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement";
}
/**
 * ``represents`` is the person id of the party that counsel or a legal representative speaks for.
 */
export interface NewPerson {
  name: string;
  phone?: string;
  represents?: string | null;
  role:
    | "party"
    | "legal_representative"
    | "counsel"
    | "prosecutor"
    | "defender"
    | "witness"
    | "expert"
    | "interpreter";
  side?: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
}
/**
 * A judge's ruling on a ground that awaits one; signed in again by password.
 *
 * ``seen_version``: ``HearingDetail.version`` of what the judge was shown; refused (``facts_changed``,
 * ``ruled_meanwhile``), with what changed, where what the ruling rests on moved on since.
 */
export interface NewRuling {
  article: string;
  ground: string;
  held: boolean;
  password?: string;
  reasons: string;
  seen_version: number;
}
/**
 * Whatever is not in it (empty list, null) stays as it was stated before.
 */
export interface NewStatement {
  capability: ("able" | "unable") | null;
  capability_note: string;
  /**
   * @maxItems 3
   */
  needs: [] | [StatedNeed] | [StatedNeed, StatedNeed] | [StatedNeed, StatedNeed, StatedNeed];
  /**
   * @maxItems 6
   */
  positions:
    | []
    | [StatedPosition]
    | [StatedPosition, StatedPosition]
    | [StatedPosition, StatedPosition, StatedPosition]
    | [StatedPosition, StatedPosition, StatedPosition, StatedPosition]
    | [StatedPosition, StatedPosition, StatedPosition, StatedPosition, StatedPosition]
    | [StatedPosition, StatedPosition, StatedPosition, StatedPosition, StatedPosition, StatedPosition];
}
/**
 * ``what``: which original or thing. ``needed`` false takes an earlier statement back.
 */
export interface StatedNeed {
  need: "on_site_identification" | "verification_of_originals" | "physical_examination";
  needed: boolean;
  what: string;
}
/**
 * ``objects`` from a side that consented for this stage before counts as taking the consent back (OLR 5(2)).
 */
export interface StatedPosition {
  position: "consents" | "objects" | "chose_online";
  reasons: string;
  stage: "mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement";
}
export interface OpenInvitation {
  secret: string;
}
export interface ParticipationRef {
  participation: string;
}
/**
 * ``offset_s`` is the place in the composed file, null for what happened while nothing was recorded before it.
 */
export interface PlaybackEvent {
  at: string;
  offset_s: number | null;
  sequence: number;
  text: BiText;
  type: string;
}
export interface Reason {
  reason: string;
}
export interface RecordingDetail {
  case_number: string;
  duration_s: number | null;
  events: PlaybackEvent[];
  expected_s: number | null;
  hearing: string;
  info: RecordingInfo;
  public_key: string | null;
  title: string;
  verification: Verification | null;
  video: boolean;
}
export interface Verification {
  checked_at: string;
  entries: number;
  first_problem: BiText | null;
  head: string;
  ok: boolean;
  segments: number;
}
/**
 * ``ice_servers``: ways round a network that lets no media through; empty where the court has none.
 */
export interface RoomToken {
  expires_at: string;
  ice_servers: IceServer[];
  socket_path: string;
  token: string;
}
/**
 * What would follow if the ruling were given now; nothing is stored. ``before``: the outcome as it stands.
 *
 * ``in_person`` are participant ids, ``awaiting`` grounds that would still await a ruling.
 */
export interface RulingPreview {
  awaiting: string[];
  before: ("allow" | "warn" | "hybrid" | "await_ruling" | "block") | null;
  findings: FindingView[];
  in_person: string[];
  outcome: "allow" | "warn" | "hybrid" | "await_ruling" | "block";
}
/**
 * What the judge has to rule on or has ruled. The four last fields are empty while ``state`` is ``awaiting``.
 */
export interface SideMatter {
  article: string;
  at: string | null;
  by: string;
  ground: string;
  reasons: string;
  state: "awaiting" | "held" | "not_held";
  text: BiText;
}
export interface SignIn {
  password: string;
  username: string;
}
export interface SignInWithLink {
  secret: string;
}
export interface SiteInfo {
  court: BiText;
  demo: boolean;
  hotline: string;
  ruleset: string;
}
export interface StaffMe {
  has_password: boolean;
  id: string;
  name: string;
  roles: ("clerk" | "judge" | "mediator" | "administrator")[];
  username: string;
}
export interface StandingNeed {
  at: string;
  how: "link" | "desk" | "paper" | "phone";
  need: "on_site_identification" | "verification_of_originals" | "physical_examination";
  speaker: string;
  what: string;
}
/**
 * What stands for one stage from one speaker (``speaker``: the party itself or who speaks for it).
 */
export interface StandingPosition {
  at: string;
  how: "link" | "desk" | "paper" | "phone";
  late: boolean;
  own: boolean;
  position: "consents" | "objects" | "silent" | "chose_online" | "retracts";
  reasons: string;
  speaker: string;
  speaker_role:
    | "presiding_judge"
    | "panel_judge"
    | "peoples_assessor"
    | "judges_assistant"
    | "clerk"
    | "party"
    | "legal_representative"
    | "counsel"
    | "prosecutor"
    | "defender"
    | "witness"
    | "expert"
    | "interpreter"
    | "mediator"
    | "observer"
    | "court_technician"
    | "courtroom";
  stage: "mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement";
}
/**
 * One line of the side's own history, newest first. ``contestable``: entered by the court from paper or phone.
 */
export interface StatementLine {
  at: string;
  contestable: boolean;
  how: "link" | "desk" | "paper" | "phone";
  id: string;
  late: boolean;
  speaker: string;
  superseded: boolean;
  text: BiText;
}
/**
 * A side's own page. ``consequences``: for each position that could be taken now, what would follow from it
 * under the rules in force, worked out from the file as it stands and with nothing of another side's draft.
 * ``draft`` is this person's own unsent statement.
 */
export interface StatementSheet {
  capability: "able" | "unable" | "untested";
  consequences: {
    [k: string]: BiText;
  };
  deadline: DeadlineInfo | null;
  draft: NewStatement | null;
  draft_saved_at: string | null;
  equipment: EquipmentEvidence[];
  history: StatementLine[];
  kind: "hearing" | "mediation";
  matters: SideMatter[];
  needs: StandingNeed[];
  now: BiText | null;
  own_party: boolean;
  participation: string;
  positions: StandingPosition[];
  side: ("claimant" | "respondent" | "third_party" | "prosecutor" | "defendant") | null;
  speaks_for: string;
  stage: "mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement";
  stages: ("mediation" | "inquiry" | "evidence_exchange" | "pretrial" | "trial" | "pronouncement")[];
  state: ActionInfo;
}
