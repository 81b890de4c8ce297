/* Generated from the server's models by `npm run generate`. Do not edit. */

/**
 * The body of each request, by its Socket.IO event name.
 */
export interface Requests {
  adjourn: Adjourn;
  admit: Admit;
  allow_screen: AllowScreen;
  approve_device: ApproveDevice;
  begin_check: BeginCheck;
  close_consumer: CloseConsumer;
  close_hearing: CloseHearing;
  close_producer: CloseProducer;
  connect_transport: ConnectTransport;
  consume: Consume;
  convert_offline: ConvertOffline;
  create_transport: CreateTransport;
  end_check: EndCheck;
  get_router_capabilities: GetRouterCapabilities;
  leave: Leave;
  lodge_objection: LodgeObjection;
  lower_hand: LowerHand;
  mute: Mute;
  mute_all: MuteAll;
  note_absent: NoteAbsent;
  note_present_at_court: NotePresentAtCourt;
  open_session: OpenSession;
  produce: Produce;
  raise_hand: RaiseHand;
  recess: Recess;
  remove: Remove;
  report_network: ReportNetwork;
  restart_ice: RestartIce;
  resume: Resume;
  resume_consumer: ResumeConsumer;
  send_back: SendBack;
  set_camera: SetCamera;
  set_microphone: SetMicrophone;
  set_preferred_layers: SetPreferredLayers;
  start_screen: StartScreen;
  stop_screen: StopScreen;
  suspend: Suspend;
  sync: Sync;
  unlock_microphone: UnlockMicrophone;
  verify_identity: VerifyIdentity;
}
/**
 * Presiding judge: from a technical suspension, end for today; the hearing is scheduled again.
 */
export interface Adjourn {
  reason: string;
}
export interface Admit {
  participant_id: string;
}
/**
 * Presiding judge: let this person share a screen; ``allowed`` false takes it back and ends what is shown.
 */
export interface AllowScreen {
  allowed?: boolean;
  participant_id: string;
}
/**
 * Clerk: let the waiting second device of a participant take over the place, or refuse it.
 */
export interface ApproveDevice {
  approve?: boolean;
  participant_id: string;
}
/**
 * Clerk: step into the check room with one waiting person (they see and hear each other).
 */
export interface BeginCheck {
  participant_id: string;
}
export interface CloseConsumer {
  consumer_id: string;
}
/**
 * Presiding judge: close. Passes transcript review at once while no transcript is kept.
 */
export interface CloseHearing {}
export interface CloseProducer {
  producer_id: string;
}
export interface ConnectTransport {
  dtls_parameters: {
    [k: string]: unknown;
  };
  transport_id: string;
}
/**
 * Result: ``{"id", "producerId", "kind", "rtpParameters"}``; starts paused, see ``resume_consumer``.
 */
export interface Consume {
  producer_id: string;
  rtp_capabilities: {
    [k: string]: unknown;
  };
  transport_id: string;
}
/**
 * Presiding judge: go on in a courtroom; what was done online stays valid (OLR 21 para 2).
 *
 * ``completed``: in the judge's words, what else was completed online beside what the record lists by itself.
 */
export interface ConvertOffline {
  /**
   * @maxItems 40
   */
  completed?: string[];
  reason: string;
}
/**
 * Result: ``{"id", "iceParameters", "iceCandidates", "dtlsParameters"}`` for mediasoup-client.
 */
export interface CreateTransport {
  direction: "send" | "recv";
}
export interface EndCheck {}
/**
 * Result: ``{"rtp_capabilities": Ortc}``.
 */
export interface GetRouterCapabilities {}
/**
 * Leave the room. In session, without the judge's permission, it is logged as such (OLR 25).
 */
export interface Leave {}
/**
 * A side, after the opening: object to going on online, or take back its consent (OLR 5(2), 21 para 2).
 */
export interface LodgeObjection {
  reasons?: string;
}
/**
 * Without ``participant_id`` the viewer's own hand; the bench and the clerk may lower another's.
 */
export interface LowerHand {
  participant_id?: string | null;
}
export interface Mute {
  lock?: boolean;
  participant_id: string;
}
/**
 * Everyone but the presiding judge.
 */
export interface MuteAll {
  lock?: boolean;
}
/**
 * Clerk: note on the record that a summoned person has not come, so that the room can become ready.
 */
export interface NoteAbsent {
  participant_id: string;
}
/**
 * Clerk: a person who attends in person is in the courtroom and was identified there; or is no longer there.
 */
export interface NotePresentAtCourt {
  method?: "id_card_shown" | "lawyer_licence_shown" | "known_to_court" | "online_id_platform";
  note?: string;
  participant_id: string;
  present?: boolean;
}
/**
 * Presiding judge: declare the hearing open. Needs phase ``ready`` and a determination of the current facts.
 */
export interface OpenSession {}
/**
 * Result: ``{"producer_id": str}``. A source already published is replaced.
 */
export interface Produce {
  kind: "audio" | "video";
  rtp_parameters: {
    [k: string]: unknown;
  };
  source: "microphone" | "camera" | "screen";
  transport_id: string;
}
export interface RaiseHand {}
export interface Recess {
  reason: string;
}
export interface Remove {
  participant_id: string;
  reason: string;
}
/**
 * The page's own measurement, kept as evidence of the connection's quality (OLR 25).
 */
export interface ReportNetwork {
  loss?: number | null;
  path?: "udp" | "tcp" | "relay" | "unknown";
  rtt_ms?: number | null;
}
/**
 * Result: ``{"ice_parameters": Ortc}``.
 */
export interface RestartIce {
  transport_id: string;
}
/**
 * Presiding judge: go on after a recess or a technical suspension.
 */
export interface Resume {}
export interface ResumeConsumer {
  consumer_id: string;
}
export interface SendBack {
  participant_id: string;
}
export interface SetCamera {
  on: boolean;
}
/**
 * The viewer's own microphone. Refused while locked; nobody can switch on another's microphone.
 */
export interface SetMicrophone {
  on: boolean;
}
/**
 * The largest layer that the page has use for, by the size it shows; 0 is the smallest. Its rank is the server's.
 */
export interface SetPreferredLayers {
  consumer_id: string;
  spatial_layer: number;
}
/**
 * Show the viewer's own screen to the room; then ``produce`` with the source ``screen``. One at a time.
 */
export interface StartScreen {}
/**
 * End the share; with ``participant_id`` only if it is still theirs. The judge and the clerk end anybody's.
 */
export interface StopScreen {
  participant_id?: string | null;
}
export interface Suspend {
  reason: string;
}
/**
 * First request on every connection. ``last_seq`` and ``stream`` from the previous connection, else null.
 */
export interface Sync {
  last_seq?: number | null;
  stream?: string | null;
}
/**
 * Presiding judge: lift a lock; the person switches the microphone on again themselves.
 */
export interface UnlockMicrophone {
  participant_id: string;
}
/**
 * Clerk: record the identity check (OLR 7).
 */
export interface VerifyIdentity {
  method: "id_card_shown" | "lawyer_licence_shown" | "known_to_court" | "online_id_platform";
  note?: string;
  participant_id: string;
}
/**
 * Acknowledgement of every request: exactly one of ``result`` and ``error`` is set.
 */
export interface Ack {
  error: WireError | null;
  ok: boolean;
  result: {
    [k: string]: unknown;
  };
}
/**
 * Why a request was refused. ``code`` is stable; ``text`` is for people; ``citation`` names the rule.
 */
export interface WireError {
  citation: string | null;
  code: string;
  message: string;
  text: BiText;
}
/**
 * The same sentence for a reader of Chinese and a reader of English.
 */
export interface BiText {
  en: string;
  zh: string;
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
 * What the clerk and the bench see beside :class:`ParticipantView` of a person on the list, by ``id``.
 */
export interface DeskParticipant {
  at_court: boolean;
  attends: "online" | "at_court";
  connected: boolean;
  declared: boolean;
  equipment: "untested" | "passed" | "problem";
  id: string;
  identity_method: string | null;
  identity_verified: boolean;
  last_disconnect_cause: string | null;
  name: string;
  network: number;
  path: "udp" | "tcp" | "relay" | "unknown";
  place: "outside" | "lobby" | "check" | "main";
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
  second_device_waiting: boolean;
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
  waiting_since: string | null;
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
 * The gate while the room is open, for clerk and bench.
 *
 * ``must_convert``: a ground is held, or all sides object, so that the hearing must be converted (OLR 21 para 2).
 * ``must_attend``: people who from now on have to attend at court. ``completed``: what a conversion would list as done.
 * ``seen_version`` goes into a ruling made from this view, so that one on facts that moved on is refused.
 */
export interface Eligibility {
  citation: string | null;
  completed: BiText[];
  matters: OpenMatter[];
  must_attend: string[];
  must_convert: BiText | null;
  seen_version: number;
}
/**
 * Something lodged after the opening that the judge answers on the record, for clerk and bench.
 *
 * ``ground`` is what is to be ruled on; None where nothing can be ruled and the matter is only noted. ``late``
 * matters came after the deadline or the opening. ``held`` and ``ruled_at`` are set once it was ruled on.
 */
export interface OpenMatter {
  at: string;
  ground: string | null;
  held: boolean | null;
  id: string;
  late: boolean;
  reasons: string;
  ruled_at: string | null;
  side: string | null;
  text: BiText;
}
export interface HandView {
  participant: string;
  place: number;
  raised_at: string;
}
/**
 * What the page head shows. ``gallery`` is false for hearings closed to the public and in every mediation.
 */
export interface HearingInfo {
  case_number: string;
  cause: string;
  court: BiText;
  courtroom: BiText;
  gallery: boolean;
  id: string;
  kind: "hearing" | "mediation";
  ruleset: string;
  scheduled_at: string | null;
  stage: string;
  title: string;
}
/**
 * A line of the record as this viewer may see it, newest last.
 */
export interface LogLine {
  at: string;
  sequence: number;
  text: BiText;
  type: string;
}
/**
 * The viewer. ``place`` is the room the viewer is in; ``admitted`` says that the clerk has let the viewer in.
 */
export interface Me {
  admitted: boolean;
  attends: "online" | "at_court";
  camera_on: boolean;
  declared: boolean;
  hand_place: number | null;
  hand_raised_at: string | null;
  id: string;
  identity_verified: boolean;
  microphone_locked: boolean;
  microphone_on: boolean;
  muted_by_court: boolean;
  name: string;
  path: "udp" | "tcp" | "relay" | "unknown";
  place: "outside" | "lobby" | "check" | "main";
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
/**
 * ``generation`` changes when the relay was restarted: the page then makes its transports anew.
 */
export interface MediaInfo {
  generation: string;
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
/**
 * A standing notice, shown until it goes away from the view.
 */
export interface Notice {
  at: string;
  id: string;
  level: "info" | "warning" | "stop";
  text: BiText;
}
/**
 * How the objection that the viewer lodged from the room stands. ``noted``: it awaits no ruling of its own.
 */
export interface OwnObjection {
  at: string;
  reasons: string;
  ruled_at: string | null;
  state: "lodged" | "noted" | "held" | "not_held";
}
/**
 * One person as this viewer may see them. ``network``: 0 unknown or gone, 1 bad … 4 good.
 *
 * ``at_court``: noted as present in the courtroom, where the participant of role ``courtroom`` shows and hears them.
 */
export interface ParticipantView {
  at_court: boolean;
  attends: "online" | "at_court";
  camera_on: boolean;
  connected: boolean;
  hand_raised_at: string | null;
  id: string;
  microphone_locked: boolean;
  microphone_on: boolean;
  muted_by_court: boolean;
  name: string;
  network: number;
  place: "outside" | "lobby" | "check" | "main";
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
  screen_allowed: boolean;
  seat: number;
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
/**
 * ``since`` is when the phase began; ``opened_at`` when the hearing was declared open, if it was.
 */
export interface PhaseInfo {
  name:
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
  opened_at: string | null;
  reason: string | null;
  since: string;
}
/**
 * A track this viewer may consume now. Consumers for ids no longer listed are to be closed by the page.
 */
export interface ProducerView {
  id: string;
  kind: "audio" | "video";
  participant: string;
  source: "microphone" | "camera" | "screen";
}
/**
 * One condition for opening, for clerk and bench.
 */
export interface ReadinessItem {
  done: boolean;
  key: string;
  text: BiText;
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
 * Whose screen is shown to the room. Its track, once it flows, is the producer of source ``screen``.
 */
export interface ScreenView {
  participant: string;
  since: string;
}
/**
 * Result of ``sync``: the events missed since ``last_seq``, or a snapshot where they are no longer kept.
 *
 * ``seq`` is the number of the last event the result contains. ``stream`` names the numbering; it goes with
 * ``seq`` into the next ``sync``, because a restarted server numbers anew.
 */
export interface SyncResult {
  events: ViewChanged[];
  kind: "events" | "snapshot";
  seq: number;
  server_time: string;
  stream: string;
  view: View | null;
}
/**
 * Event ``view_changed``: replace these sections of the view. ``seq`` grows by one for each viewer.
 */
export interface ViewChanged {
  changes: {
    [k: string]: unknown;
  };
  seq: number;
}
/**
 * Everything one viewer is shown. Each top-level field is a *section*; events replace whole sections.
 */
export interface View {
  actions: {
    [k: string]: ActionInfo;
  };
  desk: DeskParticipant[] | null;
  determination: DeterminationView | null;
  eligibility: Eligibility | null;
  hands: HandView[];
  hearing: HearingInfo;
  log: LogLine[];
  me: Me;
  media: MediaInfo;
  mediation: MediationView | null;
  notices: Notice[];
  own_objection: OwnObjection | null;
  participants: ParticipantView[];
  phase: PhaseInfo;
  producers: ProducerView[];
  readiness: ReadinessItem[] | null;
  recording: RecordingInfo;
  screen: ScreenView | null;
  speaker: string | null;
}
/**
 * Event ``terminated``: the last message; the page shows a terminal page and does not reconnect by itself.
 */
export interface Terminated {
  conversion: Conversion | null;
  may_return: boolean;
  reason:
    | "closed"
    | "removed"
    | "revoked"
    | "left"
    | "replaced"
    | "cancelled"
    | "converted_offline"
    | "terminated"
    | "signed_out"
    | "at_court";
  text: BiText;
}
