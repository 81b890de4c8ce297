/** The viewer's own screen: asked of the browser, shown while the court shows it. Framework-free. */

export type ScreenProblem =
  /** The reader closed the browser's question, or the browser or system refuses. */
  | "refused"
  /** Nothing could be captured: another program holds it, or the system failed. */
  | "failed"
  /** The room no longer shows it: ended by the court, in a recess, or another one came first. */
  | "ended";

export interface ScreenState {
  /** `asking`: the browser's question is open; `starting`: the court is asked; `shared`: the room may see it. */
  phase: "off" | "asking" | "starting" | "shared";
  track: MediaStreamTrack | null;
  problem: ScreenProblem | null;
}

const OFF: ScreenState = { phase: "off", track: null, problem: null };
const UNSHOWN_MS = 5000;
/** The reader's own page in the picture of it would repeat itself without end; sound stays the microphone's. */
const CAPTURE = {
  // Few pictures a second: documents stand still, and an old laptop has the rest of the hearing to carry as well.
  video: { frameRate: { ideal: 8, max: 15 }, width: { max: 1920 }, height: { max: 1080 } },
  audio: false,
  selfBrowserSurface: "exclude",
  surfaceSwitching: "include",
} as const;

/** Phones have no way to share their screen from a page. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

interface Court {
  /** Asks the court to show it; rejects with the refusal. */
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
}

export class ScreenShare {
  private state: ScreenState = OFF;
  private readonly court: Court;
  private readonly onChange: (state: ScreenState) => void;
  private interrupted = false;
  private ending = false;
  private unshown: ReturnType<typeof setTimeout> | null = null;

  constructor(court: Court, onChange: (state: ScreenState) => void) {
    this.court = court;
    this.onChange = onChange;
  }

  /** To be called from a press: only then a browser asks. Rejects with the court's refusal, if that is what stops it. */
  async share(): Promise<void> {
    if (this.state.phase !== "off") return;
    this.set({ ...OFF, phase: "asking" });
    let track: MediaStreamTrack | undefined;
    try {
      [track] = (await navigator.mediaDevices.getDisplayMedia(CAPTURE)).getVideoTracks();
    } catch (error) {
      this.set({ ...OFF, problem: problemOf(error) });
      return;
    }
    if (!track || this.phase() !== "asking") {
      track?.stop();
      if (this.phase() === "asking") this.set({ ...OFF, problem: "failed" });
      return;
    }
    track.contentHint = "detail";
    track.addEventListener("ended", () => {
      // The browser's own "stop sharing", or the window that was shown is closed.
      if (this.state.track === track) void this.end().catch(() => undefined);
    });
    this.set({ phase: "starting", track, problem: null });
    await this.begin(track);
  }

  /** Ends it on this device at once, then tells the court. */
  async end(): Promise<void> {
    if (this.state.phase === "off") return;
    this.drop(null);
    await this.tellEnd();
  }

  /** Whether the room is shown this viewer's screen, as the view has it. */
  shown(mine: boolean, connected: boolean): void {
    const { phase, track } = this.state;
    if (!connected) {
      this.interrupted ||= phase === "shared";
      return;
    }
    if (mine && track === null) {
      // A reloaded page, or one whose capture ended while it was away: what it shared is gone.
      if (!this.ending) void this.tellEnd().catch(() => undefined); // where it fails the next view comes back to it
    } else if (mine) {
      this.interrupted = false;
      if (phase !== "shared") this.set({ ...this.state, phase: "shared" });
    } else if (phase === "shared" && this.interrupted && track) {
      this.interrupted = false;
      this.set({ ...this.state, phase: "starting" });
      void this.begin(track).catch(() => undefined); // that it ended is said by `problem`
    } else if (phase === "shared") {
      this.drop("ended");
    }
  }

  /** The reader has read what went wrong. */
  dismiss(): void {
    if (this.state.problem) this.set({ ...this.state, problem: null });
  }

  stop(): void {
    this.drop(null);
  }

  private async begin(track: MediaStreamTrack): Promise<void> {
    try {
      await this.court.start();
    } catch (error) {
      if (this.state.track === track) this.drop("ended");
      throw error;
    }
    // Stopped while the court was asked: its end was sent after it, and is carried out after it.
    if (this.state.track === track && this.phase() === "starting") {
      // `shown` says when the room sees it; where it was ended before anybody did, no view ever says so.
      this.unshown = setTimeout(() => {
        if (this.state.track === track && this.phase() === "starting") this.drop("ended");
      }, UNSHOWN_MS);
    }
  }

  private async tellEnd(): Promise<void> {
    this.ending = true;
    try {
      await this.court.stop();
    } finally {
      this.ending = false;
    }
  }

  private phase(): ScreenState["phase"] {
    return this.state.phase;
  }

  private drop(problem: ScreenProblem | null): void {
    const { track } = this.state;
    this.interrupted = false;
    if (this.unshown) clearTimeout(this.unshown);
    this.unshown = null;
    this.set({ ...OFF, problem });
    track?.stop();
  }

  private set(state: ScreenState): void {
    this.state = state;
    this.onChange(state);
  }
}

function problemOf(error: unknown): ScreenProblem {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError" || name === "AbortError" ? "refused" : "failed";
}
